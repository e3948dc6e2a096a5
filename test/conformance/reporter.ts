/** A reporter for node:test: how many tests were skipped, and what became of those that name rows, as JSON. */
import type { TestEvent } from "node:test/reporters";
import { ResultsFold } from "./results.ts";

// biome-ignore lint/style/noDefaultExport: node:test takes a reporter from there.
export default async function* reportConformance(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const fold = new ResultsFold();
  for await (const event of events) fold.take(event);
  yield JSON.stringify({ skipped: fold.skipped, results: fold.results });
}
