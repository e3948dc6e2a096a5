/** What nginx says when it refuses, and whether the configuration is to blame or the world. */

export interface Refusal {
  /** nginx's own words, without times and process numbers. */
  readonly output: string;
  /** Whether the same configuration may be taken another time: the port is free, the disk has room, the name is known. */
  readonly mayPass: boolean;
}

/** What nginx does not start with comes as `emerg`; what it warns of, it does not do. */
const SEVERE = /\[(emerg|alert|crit|error|warn)\] /;
/** nginx ends its sentence with the error of the operating system, e.g. `(98: Address already in use)`. */
const SYSTEM_ERROR = /\(\d+: [^)]+\)/;
const NAME_NOT_FOUND = /host not found/;
const OUTPUT_CHARACTERS_MAX = 2000;

/** `lines` as nginx printed or logged them. */
export function refusalIn(lines: readonly string[]): Refusal | null {
  const fatal = lines.filter((line) => line.includes("[emerg]"));
  const severe = fatal.length > 0 ? fatal : lines.filter((line) => SEVERE.test(line));
  const [first] = severe;
  if (first === undefined) return null;
  const words = [...new Set(severe.map(withoutPreamble))];
  return {
    output: words.join("; ").slice(0, OUTPUT_CHARACTERS_MAX),
    // The first word is the cause; what follows are consequences.
    mayPass: SYSTEM_ERROR.test(first) || NAME_NOT_FOUND.test(first),
  };
}

/** `nginx: [emerg] ...` and `2026/11/24 09:30:15 [emerg] 123#123: ...` alike. */
const withoutPreamble = (line: string): string =>
  line.replace(/^.*?\[(?:emerg|alert|crit|error|warn)\] (?:\d+#\d+: )?/, "").trim();
