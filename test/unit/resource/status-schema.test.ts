/** The published schema of `status` is the type `ResourceStatus`: neither has a field that the other lacks. */
import assert from "node:assert/strict";
import { it } from "node:test";
import type * as z from "zod";
import type { NodeStatus, ResourceStatus } from "../../../controller/resource/meta.ts";
import { resourceStatus } from "../../../controller/resource/status-schema.ts";

type Published = z.input<typeof resourceStatus>;
/** Every field there is, so that one that is added to the type has to be added here. */
const node: Required<NodeStatus> = {
  node: "lb-1",
  state: "Master",
  priority: 90,
  holder: "lb-1",
  since: "2026-11-24T09:12:13.004Z",
  why: "its priority 90 is the highest",
};
const status: Required<ResourceStatus> = {
  observedGeneration: 3,
  conditions: [
    {
      type: "Ready",
      status: "True",
      reason: "Elected",
      message: "lb-1 holds the addresses",
      observedGeneration: 3,
      lastTransitionTime: "2026-11-24T09:12:13.004Z",
    },
  ],
  nodes: [node],
};

it("takes a status with every field of the type", () => {
  const published: Published = status;
  assert.deepEqual(resourceStatus.parse(published), status);
});

it("takes an entry without priority, as of kinds that have none", () => {
  const { priority: _none, ...rest } = node;
  assert.equal(resourceStatus.safeParse({ ...status, nodes: [rest] }).success, true);
});
