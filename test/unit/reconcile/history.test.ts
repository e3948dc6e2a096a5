/** The history of roles is kept with the resources, bounded, and in order. */
import assert from "node:assert/strict";
import { it } from "node:test";
import type { WallTime } from "../../../controller/net/time.ts";
import { historyLines } from "../../../controller/plan/why-history.ts";
import {
  rememberTransition,
  TRANSITIONS_PER_ROUTER_MAX,
  transitionsOf,
} from "../../../controller/reconcile/history.ts";
import { followTransitions } from "../../../controller/reconcile/transitions.ts";
import type { Transition } from "../../../controller/vrrp/virtual-router.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { FakeLog } from "../../support/fake-log.ts";
import { memoryStore } from "../../support/memory-store.ts";

const transition = (router: string, sequence: number): Transition => ({
  sequence,
  speaker: "s",
  router,
  from: sequence % 2 === 0 ? "master" : "backup",
  to: sequence % 2 === 0 ? "backup" : "master",
  effectivePriority: 100,
  at: (sequence * 1000) as WallTime,
  because: `cause ${sequence}`,
});

it("keeps the last hundred of a router, oldest first, and takes nothing from another", async () => {
  const store = memoryStore();
  await rememberTransition(store, transition("default/other", 1));
  const count = TRANSITIONS_PER_ROUTER_MAX + 3;
  for (let sequence = 2; sequence <= count; sequence++)
    await rememberTransition(store, transition("default/web", sequence));
  const kept = await transitionsOf(store, "default/web");
  assert.equal(kept.length, TRANSITIONS_PER_ROUTER_MAX);
  assert.deepEqual(
    kept.map(({ sequence }) => sequence),
    Array.from({ length: TRANSITIONS_PER_ROUTER_MAX }, (_, i) => i + 4),
  );
  assert.equal((await transitionsOf(store, "default/other")).length, 1);
});

it("keeps once what the speaker tells twice", async () => {
  const store = memoryStore();
  for (let told = 0; told < 2; told++) await rememberTransition(store, transition("default/web", 1));
  assert.equal((await transitionsOf(store, "default/web")).length, 1);
});

it("is told from old to new, with time, priority and cause, and says when there is more", () => {
  const lines = historyLines(
    [1, 2, 3].map((sequence) => transition("default/web", sequence)),
    2,
  );
  assert.deepEqual(lines, [
    "The last 2 of 3 changes of role that are kept; --history N shows more:",
    "  1970-01-01T00:00:02.000Z  Master -> Backup, priority 100: cause 2",
    "  1970-01-01T00:00:03.000Z  Backup -> Master, priority 100: cause 3",
  ]);
  assert.deepEqual(historyLines([], 10), []);
});

it("O2: is told with what is missing from it, and so does the agent's log when it fetches the rest", async () => {
  const kept = [{ ...transition("default/web", 8), lostBefore: 7 }, transition("default/web", 9)];
  const [, missing, change] = historyLines(kept, 10);
  assert.equal(
    missing,
    "  (7 changes of role are lost here: the speaker keeps the last ones while no agent runs)",
  );
  assert.match(change ?? "", /cause 8$/);
  const [log, store, stopping] = [new FakeLog(), memoryStore(), new AbortController()];
  const link = {
    onTransition: (happened: (transition: Transition) => void): Disposable => {
      for (const each of kept) happened(each);
      return { [Symbol.dispose]: () => undefined };
    },
    acknowledge: (sequence: number) => {
      if (sequence === 9) stopping.abort();
    },
  };
  await followTransitions(
    {
      link,
      clock: new FakeClock(),
      log,
      audienceOf: async () => ({ notify: [], addresses: [], group: null }),
      keep: (each) => rememberTransition(store, each),
    },
    stopping.signal,
  );
  const told = log.fieldsOf("changes of role before this one are lost: no agent fetched them in time");
  assert.deepEqual(told, [{ router: "default/web", lost: 7 }]);
  assert.deepEqual(await transitionsOf(store, "default/web"), kept);
});
