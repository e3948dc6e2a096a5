/** What a router waits for besides silence: preemptDelay, and the hold after the speaker or its link has come up. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { millis } from "../../../controller/net/time.ts";
import { step } from "../../../controller/vrrp/machine.ts";
import { type BackupState, INITIAL_STATE, type RouterConfig } from "../../../controller/vrrp/state.ts";
import { at, backup, config, FAULT, heard, outcome, owner } from "./machine-cases.ts";

const MASTER_DOWN = 3609.375;
const SKEW = 609.375;

describe("a router with a preemptDelay of one minute", () => {
  const patient: RouterConfig = { ...config, preemptDelay: millis(60_000) };
  const started = step(patient, INITIAL_STATE, { type: "startup" }, at(0)).state as BackupState;

  it("takes over as soon as anybody where nobody is heard", () => {
    assert.equal(started.deadline, MASTER_DOWN);
    assert.equal(step(patient, started, { type: "deadline" }, at(MASTER_DOWN)).state.role, "master");
  });

  it("follows a master of lower rank until the minute is over", () => {
    const next = step(patient, started, heard(95), at(59_999)).state as BackupState;
    assert.deepEqual([next.deadline, next.watch], [59_999 + MASTER_DOWN, "delayed"]);
  });

  it("then preempts it in the usual time", () => {
    const waiting = step(patient, started, heard(95), at(59_500)).state;
    const next = step(patient, waiting, heard(95), at(60_500)).state as BackupState;
    assert.deepEqual([next.deadline, next.watch], [59_500 + MASTER_DOWN, "preempting"]);
  });

  it("replaces such a master without delay when it dies", () => {
    const waiting = step(patient, started, heard(95), at(1000)).state;
    const next = step(patient, waiting, { type: "deadline" }, at(1000 + MASTER_DOWN));
    assert.deepEqual(outcome(next).does.at(-1), "report master-down");
  });

  it("replaces such a master without delay when it resigns, as an unfit or a degraded one does", () => {
    const waiting = step(patient, started, heard(95), at(1000)).state;
    assert.equal(step(patient, waiting, heard(0), at(1100)).state.deadline, 1100 + SKEW);
  });

  it("waits anew when its priority rises", () => {
    const worse: RouterConfig = { ...patient, priority: 90 };
    const before: BackupState = { ...backup(100_500), betterSince: at(0) };
    const better = step(patient, before, { type: "reconfigured", previous: worse }, at(100_000)).state;
    assert.equal((step(patient, better, heard(95), at(100_001)).state as BackupState).watch, "delayed");
    assert.equal((step(patient, better, heard(95), at(160_000)).state as BackupState).watch, "preempting");
  });

  it("waits anew when it is fit again", () => {
    const previous: RouterConfig = { ...patient, fitness: "unfit" };
    const fit = step(patient, FAULT, { type: "reconfigured", previous }, at(100_000)).state;
    assert.equal((step(patient, fit, heard(95), at(100_001)).state as BackupState).watch, "delayed");
  });

  it("does not wait when the master becomes worse while it was there all the time", () => {
    const next = step(patient, { ...backup(100_500), betterSince: at(0) }, heard(95), at(100_000));
    assert.equal((next.state as BackupState).watch, "preempting");
  });

  it("goes by the new delay when that is changed", () => {
    const waiting = step(patient, started, heard(95), at(10_000)).state;
    const hasty: RouterConfig = { ...patient, preemptDelay: millis(5000) };
    const changed = step(hasty, waiting, { type: "reconfigured", previous: patient }, at(10_100)).state;
    assert.equal(changed.deadline, 10_000 + MASTER_DOWN);
    assert.equal((step(hasty, changed, heard(95), at(11_000)).state as BackupState).watch, "preempting");
  });
});

describe("a router that is held for thirty seconds after its link came up", () => {
  const held: RouterConfig = { ...config, heldUntil: at(30_000) };
  const started = step(held, INITIAL_STATE, { type: "startup" }, at(0)).state as BackupState;

  it("listens for a whole master-down interval after that when it has heard nobody", () => {
    assert.deepEqual([started.deadline, started.watch], [30_000 + MASTER_DOWN, "held"]);
  });

  it("counts the silence from the last that it heard, since reception works", () => {
    const next = step(held, started, heard(200), at(29_000)).state;
    assert.equal(next.deadline, 29_000 + MASTER_DOWN);
  });

  it("waits for the end of the hold when a master falls silent in it", () => {
    assert.equal(step(held, started, heard(200), at(5000)).state.deadline, 30_000);
  });

  it("waits for the end of the hold when a master resigns in it", () => {
    assert.equal(step(held, started, heard(0), at(5000)).state.deadline, 30_000);
    assert.equal(step(held, started, heard(0), at(29_900)).state.deadline, 29_900 + SKEW);
  });

  it("lets a master of lower rank be, and preempts it afterwards", () => {
    const waiting = step(held, started, heard(95), at(29_500)).state as BackupState;
    assert.deepEqual([waiting.deadline, waiting.watch], [29_500 + MASTER_DOWN, "held"]);
    const next = step(held, waiting, heard(95), at(30_500)).state as BackupState;
    assert.deepEqual([next.deadline, next.watch], [29_500 + MASTER_DOWN, "preempting"]);
  });

  it("is held anew when the link has gone and come back", () => {
    const previous: RouterConfig = { ...held, fitness: "link-down", heldUntil: null };
    const again: RouterConfig = { ...held, heldUntil: at(70_000) };
    const next = step(again, FAULT, { type: "reconfigured", previous }, at(40_000));
    assert.equal(next.state.deadline, 70_000 + MASTER_DOWN);
  });

  it("listens anew when the hold is called off", () => {
    const free: RouterConfig = { ...held, heldUntil: null };
    const next = step(free, started, { type: "reconfigured", previous: held }, at(1000));
    assert.equal(next.state.deadline, 1000 + MASTER_DOWN);
  });

  it("is not disturbed when a hold that is over is called off", () => {
    const free: RouterConfig = { ...held, heldUntil: null };
    const next = step(free, backup(100_000), { type: "reconfigured", previous: held }, at(99_000));
    assert.equal(next.state.deadline, 100_000);
  });

  it("is master at once where it owns the addresses", () => {
    const next = step({ ...owner, heldUntil: at(30_000) }, INITIAL_STATE, { type: "startup" }, at(0));
    assert.equal(next.state.role, "master");
  });
});
