import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { EventLog } from "../../../controller/api/event-log.ts";
import type { WallTime } from "../../../controller/net/time.ts";
import type { Happening } from "../../../controller/object/event-object.ts";
import { at } from "../../../controller/object/tree.ts";
import type { Resource } from "../../../controller/resource/meta.ts";
import { storedVip } from "../../support/api-objects.ts";

const resource = storedVip() as unknown as Resource;
const happening = (reason: string): Happening => ({
  resource,
  type: "Normal",
  reason,
  message: `it is ${reason}`,
});

function eventLog(): { readonly log: EventLog; readonly tick: () => void } {
  let now = 1_767_225_600_000;
  let births = 0;
  const clock = {
    now: () => 0 as never,
    wallTime: () => now as WallTime,
    sleep: async () => undefined,
  };
  const log = new EventLog({ node: "lb-1", clock, newUid: () => `uid-${++births}` });
  return {
    log,
    tick: () => {
      now += 1000;
    },
  };
}

describe("the event log", () => {
  it("counts what is the same again, and keeps when it was first and last", async () => {
    const { log, tick } = eventLog();
    log.tell([happening("Master")]);
    tick();
    log.tell([happening("Backup")]);
    tick();
    log.tell([happening("Master")]);
    const { objects } = await log.collection.list();
    assert.deepEqual(
      objects.map((event) => [
        at(event, "reason"),
        at(event, "count"),
        at(event, "firstTimestamp"),
        at(event, "lastTimestamp"),
      ]),
      [
        ["Master", 2, "2026-01-01T00:00:00Z", "2026-01-01T00:00:02Z"],
        ["Backup", 1, "2026-01-01T00:00:01Z", "2026-01-01T00:00:01Z"],
      ],
    );
    assert.deepEqual(at(objects[0], "involvedObject", "uid"), "uid-1");
  });

  it("tells whoever follows it", async () => {
    const { log } = eventLog();
    const version = await log.collection.version();
    let rings = 0;
    using _listening = log.collection.onVersion(() => {
      rings += 1;
    });
    log.tell([happening("Master")]);
    log.tell([]);
    const told = await log.collection.changesSince(version);
    assert.equal(rings, 1);
    assert.deepEqual(told.state === "known" && told.changes.map(({ type }) => type), ["ADDED"]);
  });

  const happenings = Array.from({ length: 1005 }, (_, count) => happening(`Reason${count}`));
  for (const [how, tells] of [
    ["one by one", happenings.map((one) => [one])],
    ["at once", [happenings]],
  ] as const)
    it(`forgets the oldest beyond a thousand, told ${how}`, async () => {
      const { log } = eventLog();
      for (const tell of tells) log.tell(tell);
      const { objects } = await log.collection.list();
      assert.equal(objects.length, 1000);
      assert.ok(!objects.some((event) => at(event, "reason") === "Reason4"));
      assert.ok(objects.some((event) => at(event, "reason") === "Reason5"));
      const version = await log.collection.version();
      log.tell([happening("Next")]);
      const told = await log.collection.changesSince(version);
      assert.deepEqual(
        told.state === "known" && told.changes.map(({ type, object }) => [type, at(object, "reason")]),
        [
          ["DELETED", "Reason5"],
          ["ADDED", "Next"],
        ],
      );
    });
});
