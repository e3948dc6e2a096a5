/** The rules of RFC 9568 §6.4 and RFC 3768 §6.4, one case each. The tables name the situation; the code is the same for all. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { step } from "../../../controller/vrrp/machine.ts";
import { INITIAL_STATE, type RouterConfig, type RouterEvent } from "../../../controller/vrrp/state.ts";
import { at, backup, config, FAULT, heard, master, outcome, owner } from "./machine-cases.ts";

describe("startup makes", () => {
  const cases = [
    {
      what: "a backup that listens first",
      to: config,
      role: "backup",
      deadline: 4109.375,
      does: ["report started"],
    },
    {
      what: "a master at once of the address owner",
      to: owner,
      role: "master",
      deadline: 1500,
      does: ["advertise 255", "claim-addresses", "announce", "report started"],
    },
    {
      what: "a router in fault when it is unfit",
      to: { ...config, fitness: "unfit" },
      role: "fault",
      deadline: null,
      does: ["report became-unfit"],
    },
    {
      what: "a router in fault when there is no link",
      to: { ...config, fitness: "link-down" },
      role: "fault",
      deadline: null,
      does: ["report link-lost"],
    },
  ] as const;
  for (const { what, to, role, deadline, does } of cases) {
    it(what, () => {
      assert.deepEqual(outcome(step(to, INITIAL_STATE, { type: "startup" }, at(500))), {
        role,
        deadline,
        does,
      });
    });
  }
});

describe("a backup of priority 100 that hears, half a second before its deadline,", () => {
  const cases = [
    { what: "its own priority follows, whoever wins ties", event: heard(100), deadline: 3000 + 3609.375 },
    { what: "a higher priority follows", event: heard(200), deadline: 3000 + 3609.375 },
    { what: "a lower priority preempts in its time", event: heard(99), deadline: 3500 },
    { what: "a resignation waits no longer than it would have", event: heard(0), deadline: 3500 },
  ];
  for (const { what, event, deadline } of cases) {
    it(what, () => {
      assert.deepEqual(outcome(step(config, backup(3500), event, at(3000))), {
        role: "backup",
        deadline,
        does: [],
      });
    });
  }
  it("a lower priority follows it when it may not preempt", () => {
    const next = step({ ...config, preempt: false }, backup(3500), heard(1), at(3000));
    assert.equal(next.state.deadline, 3000 + 3609.375);
  });
});

describe("the master's interval", () => {
  const v3: RouterConfig = { ...config, version: 3 };
  it("is adopted by a backup of version 3, and skews its deadline", () => {
    const next = step(v3, backup(3500), heard(200, { adverInterval: 100 }), at(3000));
    assert.equal(next.state.deadline, 3000 + 360.9375);
  });
  it("is adopted by a master of version 3 that yields", () => {
    const next = step(v3, master(3500), heard(200, { adverInterval: 100 }), at(3000));
    assert.equal(next.state.deadline, 3000 + 360.9375);
  });
  it("is ignored by version 2, in which both have the same", () => {
    const next = step(config, backup(3500), heard(200, { adverInterval: 100 }), at(3000));
    assert.equal(next.state.deadline, 3000 + 3609.375);
  });
  it("skews the wait after a resignation", () => {
    const followed = step(v3, backup(3500), heard(200, { adverInterval: 100 }), at(3000)).state;
    assert.equal(step(v3, followed, heard(0), at(3010)).state.deadline, 3010 + 60.9375);
  });
  it("is our own again for a router that becomes master", () => {
    const followed = step(v3, backup(3500), heard(200, { adverInterval: 100 }), at(3000)).state;
    assert.equal(step(v3, followed, { type: "deadline" }, at(3361)).state.deadline, 4361);
  });
});

describe("a backup whose deadline comes", () => {
  const due: RouterEvent = { type: "deadline" };
  const promotion = ["advertise 100", "claim-addresses", "announce"];
  // Who replaces a working master has the addresses before that one hears of it.
  const preemption = ["claim-addresses", "advertise 100", "announce"];
  for (const { watch, cause, does } of [
    { watch: "master-down", cause: "master-down", does: promotion },
    { watch: "resigned", cause: "master-resigned", does: promotion },
    { watch: "preempting", cause: "preempted", does: preemption },
  ] as const) {
    it(`takes over and knows why: ${cause}`, () => {
      const next = step(config, { ...backup(3500), watch }, due, at(3501));
      assert.deepEqual(outcome(next), {
        role: "master",
        deadline: 4501,
        does: [...does, `report ${cause}`],
      });
    });
  }
  it("an interval late, listens for one interval before it takes over, and then does", () => {
    const late = step(config, backup(3500), due, at(4500));
    assert.deepEqual(outcome(late), { role: "backup", deadline: 5500, does: ["held-up"] });
    assert.equal(step(config, late.state, due, at(9999)).state.role, "master");
  });
  it("an interval late, follows the master that was alive after all", () => {
    const late = step(config, backup(3500), due, at(4500));
    const next = step(config, late.state, heard(200), at(4501));
    assert.deepEqual(outcome(next), { role: "backup", deadline: 4501 + 3609.375, does: [] });
  });
});

describe("a backup that is reconfigured", () => {
  const reconfigured: RouterEvent = { type: "reconfigured", previous: config };
  const cases = [
    {
      what: "to a higher priority wakes sooner by the difference of the skews",
      to: { ...config, priority: 200 },
      deadline: 3500 - 390.625,
    },
    { what: "to a lower priority wakes later", to: { ...config, priority: 50 }, deadline: 3500 + 195.3125 },
    {
      what: "to another interval of version 2 listens anew",
      to: { ...config, adverInterval: at(2000) as never },
      deadline: 3000 + 6609.375,
    },
    { what: "to another version listens anew", to: { ...config, version: 3 }, deadline: 3000 + 3609.375 },
    { what: "in nothing keeps its deadline", to: config, deadline: 3500 },
  ] as const;
  for (const { what, to, deadline } of cases) {
    it(what, () => {
      assert.deepEqual(outcome(step(to, backup(3500), reconfigured, at(3000))), {
        role: "backup",
        deadline,
        does: [],
      });
    });
  }
  it("and is unfit goes into fault", () => {
    const next = step({ ...config, fitness: "unfit" }, backup(3500), reconfigured, at(3000));
    assert.deepEqual(outcome(next), { role: "fault", deadline: null, does: ["report became-unfit"] });
  });
  it("and stops ends at once", () => {
    const next = step(config, backup(3500), { type: "shutdown" }, at(3000));
    assert.deepEqual(outcome(next), { role: "initialize", deadline: null, does: ["report stopped"] });
  });
});

describe("a master of priority 100, due at 3500, that at 3000", () => {
  // The last word makes the winner announce itself over us.
  const yields = {
    role: "backup",
    deadline: 3000 + 3609.375,
    does: ["advertise 100", "release-addresses", "report heard-higher"],
  };
  const answers = { role: "master", deadline: 4000, does: ["advertise 100", "announce"] };
  const cases = [
    { what: "hears a higher priority, yields", event: heard(101), becomes: yields },
    {
      what: "hears its own from a higher address, yields",
      event: heard(100, { senderWinsTie: true }),
      becomes: yields,
    },
    { what: "hears its own from a lower address, answers", event: heard(100), becomes: answers },
    {
      what: "hears a lower priority from a higher address, answers",
      event: heard(99, { senderWinsTie: true }),
      becomes: answers,
    },
    {
      what: "hears a resignation, advertises",
      event: heard(0),
      becomes: { role: "master", deadline: 4000, does: ["advertise 100"] },
    },
    {
      what: "hears a resignation from a higher address, advertises",
      event: heard(0, { senderWinsTie: true }),
      becomes: { role: "master", deadline: 4000, does: ["advertise 100"] },
    },
    {
      what: "is started once more, stays",
      event: { type: "startup" } as const,
      becomes: { role: "master", deadline: 3500, does: [] },
    },
  ];
  for (const { what, event, becomes } of cases) {
    it(what, () => assert.deepEqual(outcome(step(config, master(3500), event, at(3000))), becomes));
  }
  it("may not preempt still answers and yields by rank", () => {
    const meek: RouterConfig = { ...config, preempt: false };
    assert.deepEqual(outcome(step(meek, master(3500), heard(99), at(3000))), answers);
    assert.deepEqual(outcome(step(meek, master(3500), heard(101), at(3000))), yields);
  });
});

describe("a master that is due", () => {
  const due: RouterEvent = { type: "deadline" };
  it("advertises, and again an interval after", () => {
    const next = step(config, master(3500), due, at(3502));
    assert.deepEqual(outcome(next), { role: "master", deadline: 4502, does: ["advertise 100"] });
  });
  it("so late that the rival may have taken over listens for an interval first", () => {
    const late = step(config, master(3500), due, at(3500 + 2640.625));
    assert.deepEqual(outcome(late), { role: "master", deadline: 7140.625, does: ["held-up"] });
    assert.deepEqual(late.effects, [{ type: "held-up", by: 2640.625 }]);
    const back = step(config, late.state, due, at(7141));
    assert.deepEqual(outcome(back).does, ["claim-addresses", "advertise 100", "announce"]);
    assert.deepEqual(outcome(step(config, back.state, due, at(8141))).does, ["advertise 100"]);
  });
  it("and hears while it listens of one of lower rank that has taken over, is back before it speaks", () => {
    const late = step(config, master(3500), due, at(9000));
    const next = step(config, late.state, heard(95), at(9400));
    assert.deepEqual(outcome(next), {
      role: "master",
      deadline: 10_400,
      does: ["claim-addresses", "advertise 100", "announce"],
    });
  });
  it("and hears while it listens of one of higher rank, yields", () => {
    const late = step(config, master(3500), due, at(9000));
    assert.equal(step(config, late.state, heard(200), at(9400)).state.role, "backup");
  });
  it("but first told what was heard during its pause, notes the pause all the same", () => {
    const lower = step(config, master(3500), heard(95), at(9000));
    assert.deepEqual(outcome(lower).does, ["held-up", "claim-addresses", "advertise 100", "announce"]);
    const higher = step(config, master(3500), heard(200), at(9000));
    assert.deepEqual(outcome(higher).does.at(0), "held-up");
    assert.equal(higher.state.role, "backup");
  });
  it("late again while it listens, listens again", () => {
    const late = step(config, master(3500), due, at(9000));
    assert.deepEqual(outcome(step(config, late.state, due, at(20_000))).does, ["held-up"]);
  });
  it("late, but not so late, advertises", () => {
    assert.deepEqual(outcome(step(config, master(3500), due, at(6000))).does, ["advertise 100"]);
  });
  it("very late, but without rivals, advertises", () => {
    const alone: RouterConfig = { ...config, rivalPriority: null };
    assert.deepEqual(outcome(step(alone, master(3500), due, at(99_999))).does, ["held-up", "advertise 100"]);
  });
});

it("a storm of lower claims is answered eight times per interval", () => {
  let state = step(config, backup(0), { type: "deadline" }, at(0)).state;
  let answers = 0;
  for (let time = 1; time < 1000; time++) {
    const isDue = state.deadline !== null && state.deadline <= time;
    const next = step(config, state, isDue ? { type: "deadline" } : heard(99), at(time));
    state = next.state;
    answers += next.effects.filter(({ type }) => type === "advertise").length;
  }
  assert.equal(answers, 8);
});

it("a claim that comes too soon after another is answered and announced over a little later", () => {
  const first = step(config, master(3500), heard(99), at(3000)).state;
  const second = step(config, first, heard(98), at(3001));
  assert.deepEqual(outcome(second), { role: "master", deadline: 3125, does: [] });
  const due = step(config, second.state, { type: "deadline" }, at(3125));
  assert.deepEqual(outcome(due), { role: "master", deadline: 4125, does: ["advertise 100", "announce"] });
});

it("a resignation that comes when such an answer is due does not take the announcement out of it", () => {
  const owing = { ...master(3125), answeredAt: at(3000), owesAnswer: true };
  assert.deepEqual(outcome(step(config, owing, heard(0), at(3126))).does, ["advertise 100", "announce"]);
});

describe("a router in fault", () => {
  for (const event of [heard(0), heard(1), heard(255), { type: "deadline" }, { type: "startup" }] as const) {
    it(`ignores ${event.type}${"priority" in event ? ` ${event.priority}` : ""}`, () => {
      const next = step({ ...config, fitness: "unfit" }, FAULT, event, at(0));
      assert.deepEqual(outcome(next), { role: "fault", deadline: null, does: [] });
    });
  }
  it("that is fit again listens for a whole master-down interval", () => {
    const previous: RouterConfig = { ...config, fitness: "unfit" };
    const next = step(config, FAULT, { type: "reconfigured", previous }, at(500));
    assert.deepEqual(outcome(next), { role: "backup", deadline: 4109.375, does: ["report became-fit"] });
  });
  it("whose link is back but whose check fails stays", () => {
    const previous: RouterConfig = { ...config, fitness: "link-down" };
    const next = step({ ...config, fitness: "unfit" }, FAULT, { type: "reconfigured", previous }, at(500));
    assert.deepEqual(outcome(next), { role: "fault", deadline: null, does: [] });
  });
  it("that stops ends at once", () => {
    const next = step({ ...config, fitness: "unfit" }, FAULT, { type: "shutdown" }, at(500));
    assert.deepEqual(outcome(next), { role: "initialize", deadline: null, does: ["report stopped"] });
  });
});

describe("a router that has not started, or has stopped, ignores", () => {
  for (const event of [
    heard(0),
    heard(100),
    { type: "deadline" },
    { type: "shutdown" },
    { type: "reconfigured", previous: config },
  ] as const) {
    it(`${event.type}${"priority" in event ? ` ${event.priority}` : ""}`, () =>
      assert.deepEqual(step(config, INITIAL_STATE, event, at(0)), { state: INITIAL_STATE, effects: [] }));
  }
});
