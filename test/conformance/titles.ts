/** Which rows a test's title names, and which tests there are for a row, read from their sources. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface NamedTest {
  /** From the root of the project: `test/lab/failover.test.ts`. */
  readonly file: string;
  readonly rows: readonly string[];
}

const NAMES = "[A-Z]\\d{1,2}(?:, [A-Z]\\d{1,2})*";
const TITLE = new RegExp(`^(${NAMES}): `);
/** A string that begins like a title: titles that are put together elsewhere would be overlooked. */
const LITERAL = new RegExp(`["'\`](${NAMES}): `, "g");

/** `E2, E3: keepalived follows us` names E2 and E3; other titles name nothing. */
export function rowsOf(title: string): readonly string[] {
  const [, names = ""] = TITLE.exec(title) ?? [];
  return names.split(", ").filter(Boolean);
}

export function namedTests(file: string, source: string): readonly NamedTest[] {
  return [...source.matchAll(LITERAL)].map(([, names = ""]) => ({ file, rows: names.split(", ") }));
}

/** Of all test files below `root`, the root of the project. */
export function testsNamingRows(root: string): readonly NamedTest[] {
  return readdirSync(join(root, "test"), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".test.ts"))
    .map((path) => `test/${path}`)
    .sort()
    .flatMap((file) => namedTests(file, readFileSync(join(root, file), "utf8")));
}
