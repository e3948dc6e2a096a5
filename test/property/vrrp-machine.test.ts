/** What must hold of one router under any sequence of events, however unlikely, late or out of order. */
import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { type IpAddress, parseIpAddress } from "../../controller/net/ip.ts";
import { type Instant, millis } from "../../controller/net/time.ts";
import { step } from "../../controller/vrrp/machine.ts";
import {
  INITIAL_STATE,
  type RouterConfig,
  type RouterEvent,
  type RouterState,
  type Step,
} from "../../controller/vrrp/state.ts";
import { handOverTime, masterDownInterval, skewTime } from "../../controller/vrrp/timing.ts";

/** Something happens to the router; a change carries the configuration to which it leads. */
type Happening =
  | { readonly event: Exclude<RouterEvent, { type: "reconfigured" }> }
  | { readonly to: RouterConfig };

const someSenders = ["10.0.0.2", "10.0.0.3"].map((text) => parseIpAddress(text) ?? assert.fail(text)) as [
  IpAddress,
  IpAddress,
];
const HELD_UNTIL_MAX = 60_000;

const anyConfig: fc.Arbitrary<RouterConfig> = fc.record({
  version: fc.constantFrom(2, 3),
  adverInterval: fc.constantFrom(10, 100, 1000).map(millis),
  preempt: fc.boolean(),
  preemptDelay: fc.constantFrom(0, 0, 500, 20_000).map(millis),
  heldUntil: fc.option(fc.integer({ min: 0, max: HELD_UNTIL_MAX }).map((moment) => moment as Instant)),
  strictRFC: fc.boolean(),
  priority: fc.oneof(fc.integer({ min: 1, max: 254 }), fc.constant(255)),
  rivalPriority: fc.option(fc.integer({ min: 1, max: 254 })),
  fitness: fc.constantFrom("fit", "fit", "fit", "unfit", "draining", "link-down"),
});
const anyHappening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ event: { type: "deadline" } as const }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      { event: { type: "startup" } as const },
      { event: { type: "shutdown" } as const },
      { event: { type: "refused" } as const },
      { event: { type: "sent" } as const },
    ),
  },
  { weight: 2, arbitrary: anyConfig.map((to) => ({ to })) },
  {
    weight: 4,
    arbitrary: fc
      .record({
        type: fc.constant("advertisement" as const),
        sender: fc.constantFrom(...someSenders),
        priority: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 255 })),
        adverInterval: fc.integer({ min: 10, max: 40_950 }).map(millis),
        senderWinsTie: fc.boolean(),
      })
      .map((event) => ({ event })),
  },
);
/** Each with the time that has passed since the one before. */
const anyLife = fc.array(fc.tuple(anyHappening, fc.integer({ min: 0, max: 3000 })), {
  maxLength: 150,
  size: "max",
});

interface Moment {
  readonly config: RouterConfig;
  readonly before: RouterState;
  readonly event: RouterEvent;
  readonly now: Instant;
  readonly next: Step;
}

/** Lives one life and shows every moment of it to `check`. */
function live(
  start: RouterConfig,
  life: readonly [Happening, number][],
  check: (moment: Moment) => void,
): void {
  let config = start;
  let state = INITIAL_STATE;
  let now = 0;
  for (const [happening, span] of [[{ event: { type: "startup" } }, 0] as [Happening, number], ...life]) {
    now += span;
    const event: RouterEvent =
      "to" in happening ? { type: "reconfigured", previous: config } : happening.event;
    if ("to" in happening) config = happening.to;
    const next = step(config, state, event, now as Instant);
    check({ config, before: state, event, now: now as Instant, next });
    state = next.state;
  }
}

function always(law: string, makeCheck: () => (moment: Moment) => void): void {
  it(law, () => {
    fc.assert(
      fc.property(anyConfig, anyLife, (start, life) => live(start, life, makeCheck())),
      { numRuns: 500 },
    );
  });
}

/** A master that was held up claims what the kernel may have taken away. */
const wasHeldUp = (before: RouterState, { effects }: Step): boolean =>
  before.role === "master" && (before.isListening || effects.some(({ type }) => type === "held-up"));

function heldAfter({ effects }: Step, before: boolean, mayClaimAgain: boolean): boolean {
  let held = before;
  for (const { type } of effects) {
    if (type === "claim-addresses") assert.ok(!held || mayClaimAgain, "claimed twice");
    if (type === "release-addresses") assert.ok(held, "released twice");
    if (type === "announce") assert.ok(held, "announced without holding");
    if (type === "claim-addresses" || type === "release-addresses") held = type === "claim-addresses";
  }
  return held;
}

always("the addresses are held exactly while the role is master", () => {
  let held = false;
  return ({ before, next }) => {
    held = heldAfter(next, held, wasHeldUp(before, next));
    assert.equal(held, next.state.role === "master");
  };
});

always("there is a deadline in backup and master, and in no other role", () => ({ next: { state } }) => {
  const hasNone = state.role === "initialize" || state.role === "fault";
  assert.equal(state.deadline === null, hasNone);
});

always("a change of role is reported, once and last, and nothing else is", () => ({ before, next }) => {
  const reports = next.effects.filter(({ type }) => type === "report");
  assert.equal(reports.length, before.role === next.state.role ? 0 : 1);
  if (reports.length > 0) assert.equal(next.effects.at(-1)?.type, "report");
});

always("a master resigns once for each time that it leaves, and is silent from then on", () => {
  let isLeaving = false;
  return ({ before, next: { state, effects } }) => {
    const isLeavingNow = state.role === "master" && state.leaving !== null;
    const resignations = effects.filter((effect) => effect.type === "advertise" && effect.priority === 0);
    if (isLeaving) assert.equal(resignations.length, 0);
    if (isLeaving && isLeavingNow) assert.deepEqual(effects, []);
    if (!isLeaving && isLeavingNow) assert.deepEqual(effects, [{ type: "advertise", priority: 0 }]);
    if (resignations.length > 0) assert.equal(before.role, "master");
    isLeaving = isLeavingNow;
  };
});

always(
  "only a master advertises, or who would be one if it left, and only its own priority or its resignation",
  () => {
    return ({ config, before, next: { state, effects } }) => {
      for (const effect of effects) {
        if (effect.type !== "advertise") continue;
        const isAttempt = before.role === "backup" && before.isMuted && effect.priority > 0;
        assert.ok(before.role === "master" || state.role === "master" || isAttempt);
        assert.ok(effect.priority === config.priority || effect.priority === 0);
      }
    };
  },
);

always("whoever is not fit never becomes master", () => ({ config, before, next: { state } }) => {
  const isPromotion = before.role !== "master" && state.role === "master";
  if (isPromotion) assert.equal(config.fitness, "fit");
});

always("whoever is to be drained follows nobody, and lets go only of what somebody has taken", () => {
  return ({ config, before, event, next: { state, effects } }) => {
    if (config.fitness !== "draining") return;
    assert.notEqual(state.role, "backup");
    const hasLetGo = effects.some(({ type }) => type === "release-addresses");
    const wasStopping = before.role === "master" && before.leaving === "shutdown";
    if (!hasLetGo || wasStopping || event.type === "shutdown") return;
    assert.ok(event.type === "advertisement" && event.priority > 0);
  };
});

always("whoever is held takes over from nobody, unless it owns the addresses", () => {
  return ({ config, before, now, next: { state } }) => {
    const isPromotion = before.role !== "master" && state.role === "master";
    if (!isPromotion || config.priority === 255) return;
    assert.ok(config.heldUntil === null || config.heldUntil <= now);
  };
});

always("an owner is master as soon as it is fit, and only leaves when it must", () => {
  return ({ config, before, event, next: { state } }) => {
    if (config.priority !== 255 || config.fitness !== "fit") return;
    if (before.role === "backup" || before.role === "fault")
      assert.ok(event.type !== "reconfigured" || state.role === "master");
    if (before.role === "master" && before.leaving === null && event.type !== "shutdown")
      assert.equal(state.role, "master");
  };
});

always("by the letter of the RFC, and for an owner, nobody goes and serves on", () => {
  return ({ config, before, next: { state } }) => {
    if (!config.strictRFC && config.priority !== 255) return;
    const wasLeaving = before.role === "master" && before.leaving !== null;
    assert.ok(wasLeaving || state.role !== "master" || state.leaving === null);
  };
});

always("without a link nothing is sent, and the addresses are let go at once", () => {
  return ({ config, before, event, next: { state, effects } }) => {
    if (config.fitness !== "link-down" || event.type !== "reconfigured") return;
    assert.notEqual(state.role, "master");
    assert.deepEqual(
      effects.filter(({ type }) => type === "advertise" || type === "announce"),
      [],
    );
    assert.equal(
      effects.some(({ type }) => type === "release-addresses"),
      before.role === "master",
    );
  };
});

always(
  "nothing is ever waited for longer than the protocol allows",
  () =>
    ({ config, now, next: { state } }) => {
      if (state.deadline === null) return;
      // A running deadline of another configuration may still stand; 40.95 s is the longest interval of this test.
      const longest = masterDownInterval(3, 1, millis(40_950)) + Math.max(0, HELD_UNTIL_MAX - now);
      assert.ok(state.deadline - now <= longest);
      const isLeaving = state.role === "master" && state.leaving !== null;
      if (isLeaving) assert.ok(state.deadline - now <= handOverTime(config.version, millis(1000)));
    },
);

it("a higher priority always waits less, and less than the whole that its version skews by", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(2, 3),
      fc.integer({ min: 1, max: 254 }),
      fc.integer({ min: 10, max: 40_950 }).map(millis),
      (version, priority, interval) => {
        const skew = skewTime(version, priority, interval);
        assert.ok(skewTime(version, priority + 1, interval) < skew);
        assert.ok(skew > 0 && skew < (version === 2 ? 1000 : interval));
      },
    ),
  );
});

it("a storm of any adverts of lower rank is answered a bounded number of times, and each in the end", () => {
  const anyStorm = fc.array(fc.tuple(fc.integer({ min: 0, max: 99 }), fc.integer({ min: 0, max: 3 })), {
    minLength: 1,
    maxLength: 2000,
    size: "max",
  });
  fc.assert(
    fc.property(anyStorm, (storm) => {
      const { sent, state, lasted } = weather(storm);
      assert.equal(state.role, "master");
      // Eight answers and one advertisement by the clock.
      assert.ok(sent <= 1 + (lasted * 9) / 1000, `${sent} advertisements in ${lasted} ms`);
      assert.ok(state.role === "master" && (!state.owesAnswer || state.deadline - lasted <= 125));
    }),
    { numRuns: 50 },
  );
});

/** A master of priority 100 in a storm of priorities and the times between them; how often it advertises. */
function weather(storm: readonly [number, number][]): { sent: number; state: RouterState; lasted: number } {
  const config: RouterConfig = {
    version: 3,
    adverInterval: millis(1000),
    preempt: true,
    preemptDelay: millis(0),
    heldUntil: null,
    strictRFC: false,
    priority: 100,
    rivalPriority: 99,
    fitness: "fit",
  };
  let state: RouterState = { ...A_MASTER };
  let now = 0;
  let sent = 0;
  const feed = (event: RouterEvent): void => {
    const next = step(config, state, event, now as Instant);
    state = next.state;
    sent += next.effects.filter(({ type }) => type === "advertise").length;
  };
  for (const [priority, span] of storm) {
    now += span;
    if (state.deadline !== null && state.deadline <= now) feed({ type: "deadline" });
    feed({
      type: "advertisement",
      sender: someSenders[0],
      priority,
      adverInterval: millis(1000),
      senderWinsTie: true,
    });
  }
  return { sent, state, lasted: now };
}

const A_MASTER: RouterState = {
  role: "master",
  deadline: 1000 as Instant,
  leaving: null,
  answeredAt: null,
  owesAnswer: false,
  isListening: false,
  unheardSince: null,
  senders: [],
};
