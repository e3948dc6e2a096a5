/** By the letter of RFC 9568: what a master does not do under strictRFC; and what an owner of the addresses never does. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { step } from "../../../controller/vrrp/machine.ts";
import { INITIAL_STATE, type RouterConfig, type RouterEvent } from "../../../controller/vrrp/state.ts";
import { at, backup, config, heard, master, outcome, owner } from "./machine-cases.ts";

const strict: RouterConfig = { ...config, strictRFC: true };
const reconfigured: RouterEvent = { type: "reconfigured", previous: strict };
const GONE = ["advertise 0", "release-addresses"];

describe("a master under strictRFC", () => {
  it("that stops resigns and is gone at once", () => {
    const next = step(strict, master(3500), { type: "shutdown" }, at(3000));
    assert.deepEqual(outcome(next), {
      role: "initialize",
      deadline: null,
      does: [...GONE, "report stopped"],
    });
  });

  it("that is unfit resigns and is gone at once, whether or not it may be preempted", () => {
    for (const preempt of [true, false]) {
      const next = step({ ...strict, preempt, fitness: "unfit" }, master(3500), reconfigured, at(3000));
      assert.deepEqual(outcome(next), {
        role: "fault",
        deadline: null,
        does: [...GONE, "report became-unfit"],
      });
    }
  });

  it("whose priority falls below the rival's says so in its next advertisement, and waits to be preempted", () => {
    const degraded: RouterConfig = { ...strict, priority: 90 };
    const next = step(degraded, master(3500), reconfigured, at(3000));
    assert.deepEqual(outcome(next), { role: "master", deadline: 3500, does: [] });
    assert.deepEqual(outcome(step(degraded, next.state, { type: "deadline" }, at(3500))).does, [
      "advertise 90",
    ]);
  });

  it("that hears a higher priority yields without another word", () => {
    const next = step(strict, master(3500), heard(200), at(3000));
    assert.deepEqual(outcome(next).does, ["release-addresses", "report heard-higher"]);
  });
});

it("a backup under strictRFC that preempts advertises before it has the addresses (RFC 9568 §6.4.2)", () => {
  const next = step(strict, { ...backup(3500), watch: "preempting" }, { type: "deadline" }, at(3500));
  assert.deepEqual(outcome(next).does, ["advertise 100", "claim-addresses", "announce", "report preempted"]);
});

describe("the owner of the addresses", () => {
  const meek: RouterConfig = { ...owner, preempt: false, preemptDelay: at(60_000) as never };

  it("is master at once, whether or not it may preempt", () => {
    assert.equal(step(meek, INITIAL_STATE, { type: "startup" }, at(0)).state.role, "master");
  });

  it("is master at once when a backup becomes it", () => {
    const next = step(meek, backup(3500), { type: "reconfigured", previous: config }, at(3000));
    assert.deepEqual(outcome(next).does, [
      "claim-addresses",
      "advertise 255",
      "announce",
      "report preempted",
    ]);
  });

  it("answers a claim of lower rank, which has drawn its traffic away", () => {
    const next = step(owner, master(3500), heard(254, { senderWinsTie: true }), at(3000));
    assert.deepEqual(outcome(next), { role: "master", deadline: 4000, does: ["advertise 255", "announce"] });
  });

  it("neither yields to another owner nor answers it: both would answer for ever", () => {
    for (const senderWinsTie of [true, false]) {
      const next = step(owner, master(3500), heard(255, { senderWinsTie }), at(3000));
      assert.deepEqual(outcome(next), { role: "master", deadline: 3500, does: [] });
    }
  });

  it("that stops is gone at once: its addresses stay where they are, and there is nothing to bridge", () => {
    const next = step(owner, master(3500), { type: "shutdown" }, at(3000));
    assert.deepEqual(outcome(next), {
      role: "initialize",
      deadline: null,
      does: [...GONE, "report stopped"],
    });
  });
});
