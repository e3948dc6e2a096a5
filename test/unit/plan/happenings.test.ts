import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { happeningsOf } from "../../../controller/plan/happenings.ts";
import type { Condition } from "../../../controller/resource/condition.ts";
import type { NodeStatus, Resource, ResourceStatus } from "../../../controller/resource/meta.ts";
import { storedVip } from "../../support/api-objects.ts";

const T = "2026-01-01T00:00:00Z";

const condition = (type: Condition["type"], status: Condition["status"], reason: string): Condition => ({
  type,
  status,
  reason,
  message: `because of ${reason}`,
  observedGeneration: 1,
  lastTransitionTime: T,
});
const on = (node: string, state: string): NodeStatus => ({ node, state, since: T, why: `${state} it is` });
const status = (conditions: readonly Condition[], nodes: readonly NodeStatus[] = []): ResourceStatus => ({
  observedGeneration: 1,
  conditions,
  nodes,
});
const web = (before?: ResourceStatus): Resource =>
  ({ ...storedVip(), ...(before === undefined ? {} : { status: before }) }) as unknown as Resource;
const told = (before: ResourceStatus | undefined, after: ResourceStatus): string[] =>
  happeningsOf(web(before), after, "lb-1").map(
    ({ type, reason, message }) => `${type} ${reason}: ${message}`,
  );

describe("what is worth an event", () => {
  it("is another state of this node, and of no other", () => {
    const before = status([], [on("lb-1", "Backup"), on("lb-2", "Master")]);
    const after = status([], [on("lb-1", "Master"), on("lb-2", "Backup")]);
    assert.deepEqual(told(before, after), ["Normal Master: lb-1: Master it is"]);
    assert.deepEqual(told(after, status([], [on("lb-1", "Fault")])), ["Warning Fault: lb-1: Fault it is"]);
    assert.deepEqual(told(after, after), []);
  });

  it("is trouble from the start, and well-being only after trouble", () => {
    const good = status([
      condition("Elected", "True", "OneMaster"),
      condition("SplitBrain", "False", "NoRival"),
    ]);
    const bad = status([condition("Elected", "False", "NoMaster"), condition("SplitBrain", "True", "Rival")]);
    assert.deepEqual(told(undefined, good), []);
    const trouble = [
      "Warning NoMaster: Elected is False: because of NoMaster",
      "Warning Rival: SplitBrain is True: because of Rival",
    ];
    assert.deepEqual(told(undefined, bad), trouble);
    assert.deepEqual(told(good, bad), trouble);
    assert.deepEqual(told(bad, good), [
      "Normal OneMaster: Elected is True: because of OneMaster",
      "Normal NoRival: SplitBrain is False: because of NoRival",
    ]);
  });

  it("is not the same in other words", () => {
    const ready = (reason: string): ResourceStatus => status([condition("Ready", "False", reason)]);
    assert.deepEqual(told(ready("One"), ready("Other")), []);
  });
});
