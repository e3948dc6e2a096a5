/** Make before break: a leaving master serves until its successor is heard, for a bounded time, and says so only once. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { step } from "../../../controller/vrrp/machine.ts";
import type { RouterConfig, RouterEvent } from "../../../controller/vrrp/state.ts";
import { at, config, heard, master, outcome } from "./machine-cases.ts";

const unfit: RouterConfig = { ...config, fitness: "unfit" };
const linkDown: RouterConfig = { ...config, fitness: "link-down" };
const degraded: RouterConfig = { ...config, priority: 85 };
const alone: RouterConfig = { ...config, rivalPriority: null };
const shutdown: RouterEvent = { type: "shutdown" };
const due: RouterEvent = { type: "deadline" };
const from = (previous: RouterConfig): RouterEvent => ({ type: "reconfigured", previous });

/** Now, the skew of priority 1, and one interval. */
const DEADLINE = 3000 + 996.09375 + 1000;
const resumed = (priority: number) => ({
  role: "master",
  deadline: 4000,
  does: [`advertise ${priority}`, "announce"],
});
const waits = { role: "master", deadline: 9000, does: [] };

describe("a master leaves, keeping its addresses, when", () => {
  const cases = [
    { what: "it is stopped", to: config, event: shutdown, leaving: "shutdown" },
    { what: "it becomes unfit", to: unfit, event: from(config), leaving: "unfit" },
    { what: "its priority falls below the rival's", to: degraded, event: from(config), leaving: "outranked" },
    {
      what: "its priority falls, and it may not be preempted",
      to: { ...degraded, preempt: false },
      event: from(config),
      leaving: "outranked",
    },
    {
      what: "it becomes unfit and its priority falls at once",
      to: { ...unfit, priority: 85 },
      event: from(config),
      leaving: "unfit",
    },
  ];
  for (const { what, to, event, leaving } of cases) {
    it(what, () => {
      const next = step(to, master(3500), event, at(3000));
      assert.deepEqual(outcome(next), { role: "master", deadline: DEADLINE, does: ["advertise 0"] });
      assert.equal(next.state.role === "master" && next.state.leaving, leaving);
    });
  }
});

describe("a master stays as it is when", () => {
  const stays = { role: "master", deadline: 3500, does: [] };
  const cases: { what: string; to: RouterConfig; previous: RouterConfig }[] = [
    { what: "its priority falls to the rival's", to: { ...config, priority: 95 }, previous: config },
    {
      what: "its priority falls further below the rival's",
      to: { ...config, priority: 75 },
      previous: degraded,
    },
    { what: "its priority rises", to: config, previous: degraded },
    {
      what: "a higher rival is added, who preempts by itself",
      to: { ...config, rivalPriority: 200 },
      previous: config,
    },
    {
      what: "a higher rival is added and its own priority falls with the same manifest",
      to: { ...config, priority: 90, rivalPriority: 100, preempt: false },
      previous: config,
    },
    { what: "its priority falls and there is no rival", to: { ...alone, priority: 1 }, previous: alone },
  ];
  for (const { what, to, previous } of cases) {
    it(what, () => assert.deepEqual(outcome(step(to, master(3500), from(previous), at(3000))), stays));
  }
});

it("a shorter interval is in force at once, a longer one after the next advertisement", () => {
  const faster: RouterConfig = { ...config, adverInterval: at(100) as never };
  assert.equal(step(faster, master(3500), from(config), at(3000)).state.deadline, 3100);
  assert.equal(step(config, master(3100), from(faster), at(3000)).state.deadline, 3100);
});

describe("a master without rivals lets go at once when", () => {
  it("it is stopped", () => {
    const next = step(alone, master(3500), shutdown, at(3000));
    assert.deepEqual(outcome(next), {
      role: "initialize",
      deadline: null,
      does: ["advertise 0", "release-addresses", "report stopped"],
    });
  });
  it("it becomes unfit", () => {
    const next = step({ ...alone, fitness: "unfit" }, master(3500), from(alone), at(3000));
    assert.deepEqual(outcome(next), {
      role: "fault",
      deadline: null,
      does: ["advertise 0", "release-addresses", "report became-unfit"],
    });
  });
});

it("a master that loses its link lets go without a word, which nobody could hear", () => {
  assert.deepEqual(outcome(step(linkDown, master(3500), from(config), at(3000))), {
    role: "fault",
    deadline: null,
    does: ["release-addresses", "report link-lost"],
  });
});

describe("a master that leaves because it is stopped", () => {
  const leaving = master(9000, "shutdown");
  const ended = (cause: string) => ({
    role: "initialize",
    deadline: null,
    does: ["release-addresses", `report ${cause}`],
  });
  const cases: { what: string; to: RouterConfig; event: RouterEvent; becomes: object }[] = [
    {
      what: "lets go when it hears a successor of any rank",
      to: config,
      event: heard(1),
      becomes: ended("heard-successor"),
    },
    { what: "lets go when its time is up", to: config, event: due, becomes: ended("no-successor") },
    { what: "lets go when it loses its link", to: linkDown, event: from(config), becomes: ended("stopped") },
    { what: "waits on when another resigns as well", to: config, event: heard(0), becomes: waits },
    { what: "waits on when it is stopped again", to: config, event: shutdown, becomes: waits },
    { what: "waits on when it becomes unfit", to: unfit, event: from(config), becomes: waits },
    { what: "waits on when it becomes fit", to: config, event: from(unfit), becomes: waits },
    { what: "waits on when it is started", to: config, event: { type: "startup" }, becomes: waits },
  ];
  for (const { what, to, event, becomes } of cases) {
    it(what, () => assert.deepEqual(outcome(step(to, leaving, event, at(3000))), becomes));
  }
});

describe("a master that leaves because it is unfit", () => {
  const leaving = master(9000, "unfit");
  const faulty = (cause: string) => ({
    role: "fault",
    deadline: null,
    does: ["release-addresses", `report ${cause}`],
  });
  const cases: { what: string; to: RouterConfig; event: RouterEvent; becomes: object }[] = [
    {
      what: "lets go when it hears a successor of any rank",
      to: unfit,
      event: heard(1),
      becomes: faulty("heard-successor"),
    },
    { what: "lets go when its time is up", to: unfit, event: due, becomes: faulty("no-successor") },
    {
      what: "lets go when it loses its link",
      to: linkDown,
      event: from(unfit),
      becomes: faulty("link-lost"),
    },
    { what: "waits on when another resigns as well", to: unfit, event: heard(0), becomes: waits },
    { what: "stays master when it is fit again", to: config, event: from(unfit), becomes: resumed(100) },
  ];
  for (const { what, to, event, becomes } of cases) {
    it(what, () => assert.deepEqual(outcome(step(to, leaving, event, at(3000))), becomes));
  }
  it("ends when it is stopped as well, and resigns no second time", () => {
    const stopping = step(unfit, leaving, shutdown, at(3000));
    assert.deepEqual(outcome(stopping), waits);
    assert.equal(step(unfit, stopping.state, heard(95), at(3001)).state.role, "initialize");
  });
});

describe("a master of priority 85 that leaves because it is outranked", () => {
  const leaving = master(9000, "outranked");
  const followed = {
    role: "backup",
    deadline: 3000 + 3000 + 667.96875,
    does: ["release-addresses", "report heard-successor"],
  };
  const cases: { what: string; to: RouterConfig; event: RouterEvent; becomes: object }[] = [
    { what: "follows a successor of higher rank", to: degraded, event: heard(95), becomes: followed },
    {
      what: "follows a successor of equal rank and higher address",
      to: degraded,
      event: heard(85, { senderWinsTie: true }),
      becomes: followed,
    },
    {
      what: "stays master when the successor is of equal rank and lower address",
      to: degraded,
      event: heard(85),
      becomes: resumed(85),
    },
    {
      what: "stays master when the successor is degraded even more",
      to: degraded,
      event: heard(75),
      becomes: resumed(85),
    },
    { what: "stays master when no successor comes", to: degraded, event: due, becomes: resumed(85) },
    { what: "stays master when another master resigns", to: degraded, event: heard(0), becomes: resumed(85) },
    {
      what: "stays master when its priority is back",
      to: config,
      event: from(degraded),
      becomes: resumed(100),
    },
    {
      what: "stays master when the rival is gone from the membership",
      to: { ...degraded, rivalPriority: null },
      event: from(degraded),
      becomes: resumed(85),
    },
    {
      what: "waits on when its priority falls further",
      to: { ...degraded, priority: 75 },
      event: from(degraded),
      becomes: waits,
    },
    {
      what: "waits on when it is unfit as well",
      to: { ...degraded, fitness: "unfit" },
      event: from(degraded),
      becomes: waits,
    },
    {
      what: "lets go when it loses its link",
      to: { ...degraded, fitness: "link-down" },
      event: from(degraded),
      becomes: { role: "fault", deadline: null, does: ["release-addresses", "report link-lost"] },
    },
  ];
  for (const { what, to, event, becomes } of cases) {
    it(what, () => assert.deepEqual(outcome(step(to, leaving, event, at(3000))), becomes));
  }
  it("that is unfit as well goes into fault when its successor is heard, of whatever rank", () => {
    const worse: RouterConfig = { ...degraded, fitness: "unfit" };
    const { state } = step(worse, leaving, from(degraded), at(3000));
    assert.equal(step(worse, state, heard(1), at(3001)).state.role, "fault");
  });
});
