/** What may cross between agent and speaker, and what ends the conversation. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseFromSpeaker, parseToSpeaker } from "../../../controller/speaker/message-table.ts";
import { LINE_BYTES_MAX } from "../../../controller/speaker/messages.ts";
import { aRouter, aVerdict } from "../../support/speaker-host.ts";

describe("a message to the speaker", () => {
  const sound = [
    { type: "hello", protocol: 1 },
    { type: "membership", revision: "r1", routers: [aRouter()], retained: ["default/other"], departed: [] },
    { type: "membership", revision: "r1", routers: [], retained: [], departed: [] },
    {
      type: "membership",
      revision: "r2",
      routers: [aRouter({ drain: { because: "drained by root", isForced: true } })],
      retained: [],
      departed: [],
    },
    { type: "verdicts", verdicts: [aVerdict("default/up", "pending")] },
    { type: "acknowledge", sequence: 7 },
    { type: "stop" },
  ];
  for (const message of sound) {
    it(`${message.type} is taken as it is`, () => {
      const wire = JSON.parse(JSON.stringify(message)) as unknown;
      assert.deepEqual(parseToSpeaker(wire), { ok: true, message: wire });
    });
  }

  const malformed: readonly [string, unknown][] = [
    ["nothing", undefined],
    ["a list", []],
    ["a type that there is not", { type: "reboot" }],
    ["a type that every object has", { type: "toString" }],
    ["a membership without retained", { type: "membership", revision: "r1", routers: [] }],
    ["a router without addresses", membershipOf({ addresses: undefined })],
    ["a router of version 4", membershipOf({ version: 4 })],
    ["an interval that is no number", membershipOf({ adverInterval: "1s" })],
    ["a drain without a word on force", membershipOf({ drain: { because: "drained by root" } })],
    [
      "a verdict that there is not",
      { type: "verdicts", verdicts: [{ check: "c", verdict: "well", because: "" }] },
    ],
  ];
  for (const [what, value] of malformed) {
    it(`${what} is none`, () => assert.equal(parseToSpeaker(value).ok, false));
  }

  it("never makes the parser throw", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        parseToSpeaker(value);
        parseFromSpeaker(value);
      }),
    );
  });

  it("that carries the largest membership fits into a line", () => {
    const routers = Array.from({ length: 2000 }, (_, i) =>
      aRouter({
        name: `default/virtual-ip-number-${i}`,
        drain: { because: "x".repeat(300), isForced: false },
      }),
    );
    const line = JSON.stringify({
      type: "membership",
      revision: "r".repeat(64),
      routers,
      retained: [],
      departed: [],
    });
    assert.ok(line.length < LINE_BYTES_MAX);
  });
});

function membershipOf(different: Readonly<Record<string, unknown>>): unknown {
  return {
    type: "membership",
    revision: "r1",
    routers: [{ ...aRouter(), ...different }],
    retained: [],
    departed: [],
  };
}
