/** A node that is to be out of service: its routers hand over what somebody takes, serve on where nobody does, and follow nobody. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { step } from "../../../controller/vrrp/machine.ts";
import type { RouterConfig, RouterEvent, RouterState } from "../../../controller/vrrp/state.ts";
import { at, backup, config, FAULT, heard, master, outcome } from "./machine-cases.ts";

const draining: RouterConfig = { ...config, fitness: "draining" };
const due: RouterEvent = { type: "deadline" };
const from = (previous: RouterConfig): RouterEvent => ({ type: "reconfigured", previous });
const drain = (of: RouterConfig): RouterConfig => ({ ...of, fitness: "draining" });
/** Now, the skew of priority 1, and one interval. */
const DEADLINE = 3000 + 996.09375 + 1000;

describe("when the node is to be drained", () => {
  const inFault = { role: "fault", deadline: null };
  const stays = { role: "master", deadline: 3500, does: [] };
  const alone: RouterConfig = { ...config, rivalPriority: null };
  const owner: RouterConfig = { ...config, priority: 255 };
  const strict: RouterConfig = { ...config, strictRFC: true };
  const cases: { what: string; of: RouterConfig; state: RouterState; becomes: object }[] = [
    {
      what: "a master resigns once, and serves on until somebody follows",
      of: config,
      state: master(3500),
      becomes: { role: "master", deadline: DEADLINE, does: ["advertise 0"] },
    },
    {
      what: "a backup takes over from nobody any more",
      of: config,
      state: backup(3500),
      becomes: { ...inFault, does: ["report became-unfit"] },
    },
    { what: "a router in fault stays there", of: config, state: FAULT, becomes: { ...inFault, does: [] } },
    { what: "a master without rivals serves on", of: alone, state: master(3500), becomes: stays },
    { what: "an owner serves on", of: owner, state: master(3500), becomes: stays },
    { what: "a master under strictRFC serves on", of: strict, state: master(3500), becomes: stays },
    {
      what: "a master that has resigned for another reason waits on",
      of: config,
      state: master(9000, "outranked"),
      becomes: { role: "master", deadline: 9000, does: [] },
    },
  ];
  for (const { what, of, state, becomes } of cases)
    it(what, () => assert.deepEqual(outcome(step(drain(of), state, from(of), at(3000))), becomes));
});

describe("a master that is being drained", () => {
  const leaving = master(9000, "draining");
  const resumed = { role: "master", deadline: 4000, does: ["advertise 100", "announce"] };
  const inFault = (cause: string) => ({
    role: "fault",
    deadline: null,
    does: ["release-addresses", `report ${cause}`],
  });
  const waits = { role: "master", deadline: 9000, does: [] };
  const cases: { what: string; to: RouterConfig; event: RouterEvent; becomes: object }[] = [
    {
      what: "lets go when a successor of any rank is heard",
      to: draining,
      event: heard(1),
      becomes: inFault("heard-successor"),
    },
    { what: "serves on as before when nobody follows", to: draining, event: due, becomes: resumed },
    { what: "serves on when the other resigns as well", to: draining, event: heard(0), becomes: resumed },
    { what: "serves on when the drain is ended", to: config, event: from(draining), becomes: resumed },
    {
      what: "goes in any case when a check fails meanwhile",
      to: { ...config, fitness: "unfit" },
      event: from(draining),
      becomes: waits,
    },
    {
      what: "lets go at once when the link goes",
      to: { ...config, fitness: "link-down" },
      event: from(draining),
      becomes: inFault("link-lost"),
    },
    {
      what: "waits on when its priority changes",
      to: { ...draining, priority: 90 },
      event: from(draining),
      becomes: waits,
    },
  ];
  for (const { what, to, event, becomes } of cases)
    it(what, () => assert.deepEqual(outcome(step(to, leaving, event, at(3000))), becomes));
});

describe("a master that nobody has followed", () => {
  const serving = master(3500);
  it("does not resign again when something else changes", () => {
    const next = step({ ...draining, priority: 97 }, serving, from(draining), at(3000));
    assert.deepEqual(outcome(next), { role: "master", deadline: 3500, does: [] });
  });
  it("resigns once more when its priority falls below the rival's, and follows nobody then either", () => {
    const low = { ...draining, priority: 90 };
    const next = step(low, serving, from(draining), at(3000));
    assert.deepEqual(outcome(next).does, ["advertise 0"]);
    assert.equal(step(low, next.state, heard(95), at(3100)).state.role, "fault");
  });
  it("leaves for good when somebody of higher rank comes, whom it will not follow", () => {
    assert.deepEqual(outcome(step(draining, serving, heard(150), at(3000))), {
      role: "fault",
      deadline: null,
      does: ["advertise 100", "release-addresses", "report heard-higher"],
    });
  });
  it("resigns when it is forced", () => {
    const next = step({ ...config, fitness: "unfit" }, serving, from(draining), at(3000));
    assert.deepEqual(outcome(next), { role: "master", deadline: DEADLINE, does: ["advertise 0"] });
  });
});

it("a drained router that is started stays away, and listens anew once the drain is over", () => {
  const started = step(draining, { role: "initialize", deadline: null }, { type: "startup" }, at(0));
  assert.equal(started.state.role, "fault");
  const back = step(config, started.state, from(draining), at(1000));
  assert.deepEqual([back.state.role, back.effects], ["backup", [{ type: "report", cause: "became-fit" }]]);
});
