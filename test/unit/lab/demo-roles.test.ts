/** What the demo concludes from a look at a node about its roles since the look before. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { statesSince } from "../../../controller/lab/demo-roles.ts";
import type { Role } from "../../../controller/vrrp/virtual-router.ts";
import { aRouterStatus } from "../../support/reports.ts";

const router = (role: Role, becameMaster: number) =>
  aRouterStatus({ role, counters: { ...aRouterStatus().counters, becameMaster } });

describe("the roles since the look before", () => {
  it("are the one that is seen", () => {
    assert.deepEqual(statesSince(0, router("backup", 0)), ["BACKUP"]);
    assert.deepEqual(statesSince(0, router("master", 1)), ["MASTER"]);
    assert.deepEqual(statesSince(1, router("fault", 1)), ["FAULT"]);
  });

  it("have a mastership before it that was shorter than the pause between two looks", () => {
    assert.deepEqual(statesSince(0, router("backup", 1)), ["MASTER", "BACKUP"]);
  });

  it("are counted anew for a speaker that was started anew", () => {
    assert.deepEqual(statesSince(3, router("backup", 0)), ["BACKUP"]);
    assert.deepEqual(statesSince(3, router("backup", 1)), ["MASTER", "BACKUP"]);
  });
});
