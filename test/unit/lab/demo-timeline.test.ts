/** The lines of the demo's story. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  formatEntry,
  formatMillis,
  formatOutages,
  formatVerdict,
  wrap,
} from "../../../controller/lab/demo-timeline.ts";

const PLAIN = { colours: false };
const ESCAPE = "\u001b";

describe("a line of the story", () => {
  it("says when, who and what", () => {
    const entry = { at: 12_310, who: "keepalive-b", text: "takes 172.16.253.150", tone: "role" as const };
    assert.equal(formatEntry(entry, 10_000, PLAIN), "     +2.31 s  keepalive-b  takes 172.16.253.150");
  });

  it("goes on under its own beginning, within 100 columns", () => {
    const text = "keepalive-b has priority 95, above its own 90 = 100 - 10 (nginx-alive: no process)".repeat(
      3,
    );
    const lines = formatEntry({ at: 0, who: "keepalive-a", text, tone: "role" }, 0, PLAIN).split("\n");
    assert.ok(lines.length > 2);
    assert.ok(lines.every((line) => line.length <= 100));
    assert.ok(lines.slice(1).every((line) => /^ {27}\S/.test(line)));
  });

  it("has colours only where they are wanted", () => {
    const entry = { at: 0, who: "client", text: "gets no page", tone: "client" as const };
    assert.ok(!formatEntry(entry, 0, PLAIN).includes(ESCAPE));
    assert.ok(formatEntry(entry, 0, { colours: true }).includes(ESCAPE));
  });

  it("never begins before its chapter", () => {
    assert.match(formatEntry({ at: 5, who: "lab", text: "x", tone: "deed" }, 10, PLAIN), /\+0\.00 s/);
  });
});

describe("a verdict", () => {
  it("tells what came true from what did not", () => {
    assert.equal(formatVerdict("it moved", true, PLAIN), "  ✓ it moved");
    assert.equal(formatVerdict("it moved", false, PLAIN), "  ✗ it moved");
  });
});

describe("the table of outages", () => {
  it("aligns its columns", () => {
    const rows = [
      { situation: "power fails", address: "172.16.253.150", durationMs: 2954.4 },
      { situation: "x", address: "172.16.253.140", durationMs: 0 },
    ];
    const [header = "", ...lines] = formatOutages(rows).split("\n");
    assert.ok(lines.every((line) => line.length === header.length));
    assert.match(lines[0] ?? "", /^ {2}power fails +172\.16\.253\.150 +2,954 ms$/);
  });

  it("groups thousands", () => {
    assert.equal(formatMillis(1_234_567.4), "1,234,567 ms");
    assert.equal(formatMillis(37), "37 ms");
  });
});

describe("wrapping", () => {
  it("leaves a word whole that is longer than a line", () => {
    assert.deepEqual(wrap("a 0123456789 b", 5), ["a", "0123456789", "b"]);
  });
});
