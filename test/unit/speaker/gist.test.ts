/** What is noticed of an event, and what is not. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { IpAddress } from "../../../controller/net/ip.ts";
import { type Instant, millis } from "../../../controller/net/time.ts";
import { Gist, type Told } from "../../../controller/speaker/gist.ts";
import type { BackupState } from "../../../controller/vrrp/state.ts";

const at = (moment: number): Instant => moment as Instant;
const backup = (different: Partial<BackupState> = {}): BackupState => ({
  role: "backup",
  deadline: at(361),
  masterAdverInterval: millis(100),
  watch: "master-down",
  betterSince: null,
  senders: [],
  isMuted: false,
  ...different,
});
const hearing = (moment: number, priority = 200, address = "10.0.0.1"): Told => ({
  failure: null,
  lastHeard: { at: at(moment), priority, address: address as IpAddress },
});

describe("the gist of a fate", () => {
  it("does not change with the moment at which the same is heard again", () => {
    const gist = new Gist();
    assert.equal(gist.changes(backup(), [hearing(0)]), true);
    assert.equal(gist.changes(backup({ deadline: at(461) }), [hearing(100)]), false);
  });

  it("changes with sender, priority, watch, role, failure and the number of lines, each once", () => {
    const gist = new Gist();
    gist.changes(backup(), [hearing(0)]);
    const master = {
      role: "master",
      deadline: at(1),
      leaving: null,
      answeredAt: null,
      owesAnswer: false,
      isListening: false,
      unheardSince: null,
      senders: [],
    } as const;
    for (const [state, lines] of [
      [backup(), [hearing(0, 200, "10.0.0.9")]],
      [backup(), [hearing(0, 201, "10.0.0.9")]],
      [backup({ watch: "resigned" }), [hearing(0, 201, "10.0.0.9")]],
      [master, [hearing(0, 201, "10.0.0.9")]],
      [master, [{ ...hearing(0, 201, "10.0.0.9"), failure: "send: EPERM" }]],
      [master, [hearing(0, 201, "10.0.0.9"), hearing(0)]],
      [master, [hearing(0, 201, "10.0.0.9")]],
    ] as const) {
      assert.equal(gist.changes(state, lines), true);
      assert.equal(gist.changes(state, lines), false);
    }
  });
});
