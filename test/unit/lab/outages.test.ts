import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Answer, answersSince, gaps } from "../../../controller/lab/prober.ts";

const TARGET = "192.0.2.10:80";
const isGood = ({ status }: Answer): boolean => status === 200;

/** `200 200 0 200`: one request each 10 ms, answered after 1 ms, or given up after 250. */
function answers(statuses: string): readonly Answer[] {
  return statuses.split(" ").map((text, index) => {
    const status = Number(text);
    const asked = index * 10;
    return { asked, answered: asked + (status === 0 ? 250 : 1), target: TARGET, status, body: "" };
  });
}

const cases: readonly {
  readonly what: string;
  readonly seen: string;
  readonly spans: readonly number[][];
}[] = [
  { what: "that gets every answer sees no outage", seen: "200 200 200", spans: [] },
  { what: "counts from the last good answer to the next good one", seen: "200 0 0 200", spans: [[1, 31]] },
  { what: "counts an error page as an outage too", seen: "200 502 200", spans: [[1, 21]] },
  {
    what: "sees each of several outages",
    seen: "200 0 200 200 0 200",
    spans: [
      [1, 21],
      [31, 51],
    ],
  },
  { what: "knows no end of an outage that goes on", seen: "200 0 0", spans: [] },
  { what: "knows no beginning of one that was there before", seen: "0 0 200", spans: [] },
];

describe("a client", () => {
  for (const { what, seen, spans } of cases) {
    it(what, () => {
      const found = gaps(TARGET, answers(seen), isGood);
      assert.deepEqual(
        found.map(({ from, to }) => [from, to]),
        spans,
      );
      assert.ok(found.every(({ from, to, durationMs }) => durationMs === to - from));
    });
  }

  it("that loses its server the moment one looks sees the outage from the last good answer on", () => {
    const seen = answersSince(answers("200 200 0 0 200"), 15);
    assert.deepEqual(
      gaps(TARGET, seen, isGood).map(({ from, to }) => [from, to]),
      [[11, 41]],
    );
  });

  it("is not asked about what was over before one looks", () => {
    assert.deepEqual(gaps(TARGET, answersSince(answers("200 0 200 200"), 300), isGood), []);
  });
});
