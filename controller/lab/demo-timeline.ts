/** How the demo's story looks on a terminal: a line per event, with the time since its chapter began. Pure. */

/** What kind of line it is; on a colour terminal each has its own look. */
export type Tone = "deed" | "role" | "node" | "client" | "message" | "good" | "bad";

export interface Entry {
  /** Wall time in ms. */
  readonly at: number;
  /** A machine, or `lab` for what the demo itself does. */
  readonly who: string;
  readonly text: string;
  readonly tone: Tone;
}

export interface Paper {
  readonly colours: boolean;
}

export interface OutageRow {
  readonly situation: string;
  readonly address: string;
  readonly durationMs: number;
}

/** Terminals are at least that wide for all who read logs, and longer lines are no pleasure. */
const WIDTH = 100;
const TIME_WIDTH = 10;
const WHO_WIDTH = 11;
const MARGIN = "  ";
const TEXT_START = MARGIN.length + TIME_WIDTH + 2 + WHO_WIDTH + 2;

const CODES: Readonly<Record<Tone | "title" | "faint", string>> = {
  deed: "1",
  role: "36",
  node: "39",
  client: "33",
  message: "2",
  good: "32",
  bad: "31",
  title: "1;4",
  faint: "2",
};

export function formatEntry(entry: Entry, origin: number, paper: Paper): string {
  const time = `+${(Math.max(0, entry.at - origin) / 1000).toFixed(2)} s`.padStart(TIME_WIDTH);
  const lines = wrap(entry.text, WIDTH - TEXT_START);
  return lines
    .map((line, index) => {
      const text = painted(line, entry.tone, paper);
      if (index > 0) return `${" ".repeat(TEXT_START)}${text}`;
      return `${MARGIN}${painted(time, "faint", paper)}  ${painted(entry.who.padEnd(WHO_WIDTH), entry.tone, paper)}  ${text}`;
    })
    .join("\n");
}

/** A chapter's title, and what a newcomer should know before it begins. */
export function formatTitle(title: string, introduction: string, paper: Paper): string {
  const prose = introduction === "" ? [] : [formatProse(introduction, paper)];
  return ["", painted(title, "title", paper), ...prose].join("\n");
}

export function formatProse(text: string, paper: Paper): string {
  return wrap(text, WIDTH - MARGIN.length)
    .map((line) => `${MARGIN}${painted(line, "node", paper)}`)
    .join("\n");
}

/** What was to be shown, and whether it was. */
export function formatVerdict(sentence: string, holds: boolean, paper: Paper): string {
  const [first = "", ...others] = wrap(sentence, WIDTH - MARGIN.length - 2);
  const tone = holds ? "good" : "bad";
  return [
    `${MARGIN}${painted(`${holds ? "✓" : "✗"} ${first}`, tone, paper)}`,
    ...others.map((line) => `${MARGIN}  ${painted(line, tone, paper)}`),
  ].join("\n");
}

export function formatOutages(rows: readonly OutageRow[]): string {
  const header = { situation: "what happened", address: "address", duration: "no page for" };
  const cells = rows.map(({ situation, address, durationMs }) => ({
    situation,
    address,
    duration: formatMillis(durationMs),
  }));
  const width = (column: keyof typeof header): number =>
    Math.max(...[header, ...cells].map((row) => row[column].length));
  return [header, ...cells]
    .map(
      (row) =>
        `${MARGIN}${row.situation.padEnd(width("situation"))}  ${row.address.padEnd(width("address"))}  ${row.duration.padStart(width("duration"))}`,
    )
    .join("\n");
}

/** `2,954 ms`. */
export const formatMillis = (durationMs: number): string =>
  `${Math.round(durationMs)
    .toString()
    .replaceAll(/\B(?=(\d{3})+$)/g, ",")} ms`;

/** Breaks between words; a word that is longer than a line stays whole. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

function painted(text: string, tone: Tone | "title" | "faint", { colours }: Paper): string {
  return colours && text !== "" ? `\u001b[${CODES[tone]}m${text}\u001b[0m` : text;
}
