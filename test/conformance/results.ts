/** What became of the tests that name rows: folded from the events of node:test, kept between runs by test file. */
import type { EventData } from "node:test";
import type { TestEvent } from "node:test/reporters";
import { rowsOf } from "./titles.ts";

export interface TestResult {
  readonly title: string;
  readonly passed: boolean;
  /** What the test and its subtests reported with `t.diagnostic`. */
  readonly diagnostics: readonly string[];
}

/** By test file, from the root of the project. */
export type Results = Readonly<Record<string, readonly TestResult[]>>;

interface Open {
  readonly title: string;
  readonly diagnostics: string[];
}

/** One file's tests: parents start before their children and end after them; diagnostics follow the end of their test. */
class FileFold {
  readonly results: TestResult[] = [];
  /** By nesting; the last one of each depth stays for the diagnostics that follow its end. */
  readonly #open: Open[] = [];

  start({ name, nesting }: EventData.TestStart): void {
    this.#open.length = nesting;
    this.#open.push({ title: name, diagnostics: [] });
  }

  end({ name, nesting }: EventData.TestPass | EventData.TestFail, passed: boolean): void {
    const open = this.#open[nesting];
    if (open?.title !== name || rowsOf(name).length === 0) return;
    this.results.push({ title: name, passed, diagnostics: open.diagnostics });
  }

  diagnose({ message, nesting }: EventData.TestDiagnostic): void {
    for (const { diagnostics } of this.#open.slice(0, nesting + 1)) diagnostics.push(message);
  }
}

export class ResultsFold {
  readonly #files = new Map<string, FileFold>();
  #skipped = 0;

  /** Of all tests, not of those alone that name rows. */
  get skipped(): number {
    return this.#skipped;
  }

  take(event: TestEvent): void {
    switch (event.type) {
      case "test:start":
        this.#of(event.data)?.start(event.data);
        break;
      case "test:pass":
      case "test:fail":
        if (isSkipped(event.data)) this.#skipped += 1;
        this.#of(event.data)?.end(event.data, event.type === "test:pass");
        break;
      case "test:diagnostic":
        this.#of(event.data)?.diagnose(event.data);
        break;
    }
  }

  /** The run itself reports its totals, of no file. */
  #of({ file }: { readonly file?: string | undefined }): FileFold | null {
    if (file === undefined) return null;
    const source = sourceOf(file);
    const fold = this.#files.get(source) ?? new FileFold();
    this.#files.set(source, fold);
    return fold;
  }

  get results(): Results {
    return Object.fromEntries([...this.#files].map(([file, { results }]) => [file, results]));
  }
}

/** Node.js gives `true`, or the reason. */
const isSkipped = ({ skip = false, todo = false }: EventData.TestPass | EventData.TestFail): boolean =>
  skip !== false || todo !== false;

/** `/somewhere/dist/test/lab/x.test.js` was `test/lab/x.test.ts`. */
function sourceOf(file: string): string {
  const start = file.lastIndexOf("/test/", file.lastIndexOf("/") - 1);
  return file.slice(start + 1).replace(/\.js$/, ".ts");
}
