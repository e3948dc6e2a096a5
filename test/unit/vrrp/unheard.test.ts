/** A router of priority 100 whose own kernel refuses what it sends; its rival has 95, intervals are one second. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { step } from "../../../controller/vrrp/machine.ts";
import type { BackupState, MasterState, RouterConfig, Step } from "../../../controller/vrrp/state.ts";
import { at, backup, config, heard, master, outcome, owner } from "./machine-cases.ts";

const REFUSED = { type: "refused" } as const;
const SENT = { type: "sent" } as const;
const DEADLINE = { type: "deadline" } as const;
/** Counted from the last advertisement that left; the slowest of the others waits for 3 s and its skew. */
const PATIENCE = 3000 + (1000 * 255) / 256;
const unheard: MasterState = { ...master(4000), unheardSince: at(0) };
const muted: BackupState = { ...backup(4000), isMuted: true };

/** Advertises in vain from the first second on, until it gives way or `until`. */
function inVain(terms: RouterConfig, until: number): { readonly now: number; readonly last: Step } {
  let last = step(terms, master(1000), DEADLINE, at(1000));
  let now = 1000;
  while (last.state.role === "master" && now <= until) {
    last = step(terms, last.state, REFUSED, at(now));
    if (last.state.role !== "master") break;
    now = last.state.deadline;
    last = step(terms, last.state, DEADLINE, at(now));
  }
  return { now, last };
}

describe("a master whose advertisements are refused", () => {
  it("gives way when the slowest of the others has waited long enough, with a last attempt at that moment", () => {
    const { now, last } = inVain(config, 10_000);
    assert.equal(now, PATIENCE);
    assert.deepEqual(outcome(last), {
      role: "backup",
      deadline: PATIENCE + 3609.375,
      does: ["release-addresses", "report unheard"],
    });
    assert.ok(last.state.role === "backup" && last.state.isMuted);
  });

  it("gives way to whoever is heard after as long a silence as others wait", () => {
    const next = step(config, unheard, heard(95), at(3100));
    assert.deepEqual(outcome(next).does, ["release-addresses", "report unheard"]);
    assert.ok(next.state.role === "backup" && next.state.isMuted);
  });

  it("answers whoever is heard before that, as any master does", () => {
    assert.deepEqual(outcome(step(config, unheard, heard(95), at(2900))), {
      role: "master",
      deadline: 3900,
      does: ["advertise 100", "announce"],
    });
  });

  it("goes on as if nothing had happened when a few were refused", () => {
    let { state } = step(config, master(1000), DEADLINE, at(1000));
    state = step(config, state, REFUSED, at(1000)).state;
    assert.deepEqual([state.role, state.deadline], ["master", 2000]);
    state = step(config, step(config, state, DEADLINE, at(2000)).state, SENT, at(2000)).state;
    assert.deepEqual(state, master(3000));
  });

  it("that drains lets go only of what somebody is heard to have taken, and follows nobody", () => {
    const draining: RouterConfig = { ...config, fitness: "draining" };
    assert.equal(inVain(draining, 60_000).last.state.role, "master");
    assert.deepEqual(outcome(step(draining, unheard, heard(95), at(3100))), {
      role: "fault",
      deadline: null,
      does: ["release-addresses", "report unheard"],
    });
  });

  it("stays where there is nobody else, and where the addresses are its own", () => {
    assert.equal(inVain({ ...config, rivalPriority: null }, 60_000).last.state.role, "master");
    assert.equal(inVain(owner, 60_000).last.state.role, "master");
    assert.equal(step(owner, unheard, heard(95), at(3100)).state.role, "master");
  });
});

describe("a backup whose advertisements were refused", () => {
  it("tries one where it would take over, again after each interval, and holds nothing", () => {
    const next = step(config, muted, DEADLINE, at(4000));
    assert.deepEqual(outcome(next), { role: "backup", deadline: 5000, does: ["advertise 100"] });
    const again = step(config, next.state, REFUSED, at(4000));
    assert.deepEqual(outcome(again), { role: "backup", deadline: 5000, does: [] });
    assert.ok(again.state.role === "backup" && again.state.isMuted);
  });

  it("takes over when it has left, without saying it twice", () => {
    const { state } = step(config, muted, DEADLINE, at(4000));
    assert.deepEqual(outcome(step(config, state, SENT, at(4000))), {
      role: "master",
      deadline: 5000,
      does: ["claim-addresses", "announce", "report master-down"],
    });
  });

  it("that is held until later stays what it is when one has left, but is muted no longer", () => {
    const held: RouterConfig = { ...config, heldUntil: at(9000) };
    const { state, effects } = step(held, muted, SENT, at(4000));
    assert.deepEqual([state, effects], [{ ...muted, isMuted: false }, []]);
  });

  it("follows a higher master in silence, and stays what it is", () => {
    const next = step(config, muted, heard(200), at(3000));
    assert.deepEqual(outcome(next), { role: "backup", deadline: 6609.375, does: [] });
    assert.ok(next.state.role === "backup" && next.state.isMuted);
  });
});
