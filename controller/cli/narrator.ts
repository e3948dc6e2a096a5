/** Tells a story on a terminal: titles, lines with a time in front, quotations, tables. Fits 100 columns. */

const COLUMNS = 100;
/** `  +12.345 s  `: what stands in front of a told line. */
const MARGIN = 13;
const ESCAPE = "\u001b[";

export interface Paper {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export class Narrator {
  readonly #paper: Paper;
  readonly #isColoured: boolean;
  #start = Date.now();
  #isWaiting = false;

  constructor(paper: Paper, noColour: boolean) {
    this.#paper = paper;
    this.#isColoured = paper.isTTY === true && !noColour;
  }

  title(text: string): void {
    this.#print(
      `\n${this.#style("1;36", text)}\n${this.#style("36", "─".repeat(Math.min(COLUMNS, text.length)))}\n`,
    );
  }

  /** From here on times are relative to now. Returns the wall time. */
  scene(text: string): number {
    this.#print(
      `\n${wrap(text, 2)
        .map((line) => this.#style("1", line))
        .join("\n")}\n`,
    );
    this.#start = Date.now();
    return this.#start;
  }

  /** A sentence, with the time since the scene began in front. */
  tell(text: string, at = Date.now()): void {
    const seconds = Math.max(0, (at - this.#start) / 1000).toFixed(3);
    const [first = "", ...rest] = wrap(text, MARGIN);
    const time = this.#style("33", `${`+${seconds}`.padStart(9)} s`);
    this.#print(`${time}  ${[first.trimStart(), ...rest].join("\n")}\n`);
  }

  /** A sentence without a time. */
  remark(text: string): void {
    this.#print(`${wrap(text, MARGIN).join("\n")}\n`);
  }

  /** Words that are not ours. */
  quote(lines: readonly string[]): void {
    const wrapped = lines.flatMap((line) => wrap(line, MARGIN + 2));
    this.#print(
      `${wrapped.map((line) => this.#style("2", line.replace(/^ {15}/, `${" ".repeat(MARGIN)}│ `))).join("\n")}\n`,
    );
  }

  /** Stands there until the next line is told; only where somebody watches. */
  waiting(text: string): void {
    if (this.#paper.isTTY !== true) return;
    this.#erase();
    this.#paper.write(this.#style("2", `${" ".repeat(MARGIN)}… ${text}`.slice(0, COLUMNS)));
    this.#isWaiting = true;
  }

  table(text: string): void {
    this.#print(
      `${text
        .split("\n")
        .map((line) => `  ${line}`)
        .join("\n")}\n`,
    );
  }

  good(text: string): void {
    this.#print(`\n${this.#style("1;32", text)}\n`);
  }

  #print(text: string): void {
    this.#erase();
    this.#paper.write(text);
  }

  #erase(): void {
    if (this.#isWaiting) this.#paper.write(`\r${ESCAPE}2K`);
    this.#isWaiting = false;
  }

  #style(code: string, text: string): string {
    return this.#isColoured ? `${ESCAPE}${code}m${text}${ESCAPE}0m` : text;
  }
}

/** Lines of at most 100 columns, each indented; a word that is longer than a line gets one of its own. */
export function wrap(text: string, indent: number): readonly string[] {
  const width = COLUMNS - indent;
  if (text.length <= width) return [`${" ".repeat(indent)}${text}`];
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
  return [...lines, line].map((each) => " ".repeat(indent) + each);
}
