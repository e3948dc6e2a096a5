/** What is done less often, or in less company, where there are thousands of objects: it says what the long way says. */
import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { concerns } from "../../controller/plan/concern.ts";
import { checkReferences } from "../../controller/plan/cross-check-references.ts";
import { indexOf } from "../../controller/plan/desired.ts";
import { judgeAmong, judgeDelete, judgeWrite } from "../../controller/plan/judge-write.ts";
import { resolve } from "../../controller/plan/resolve.ts";
import type { Seen } from "../../controller/plan/seen.ts";
import { manifestOf } from "../../controller/plan/source-files.ts";
import { newStatusOf, sameStatus, statusOf } from "../../controller/plan/status.ts";
import { StatusMemory } from "../../controller/plan/status-memory.ts";
import { sceneOf } from "../../controller/plan/status-scene.ts";
import { isUnconcerned } from "../../controller/reconcile/desired.ts";
import { formatKey, hasKey, KINDS, keyOf, type Resource } from "../../controller/resource/meta.ts";
import type { StoredResource } from "../../controller/resource/stored.ts";
import { SortedList } from "../../controller/store/sorted-list.ts";
import { anyResource, anyResources, anySeen, stored } from "../support/any-world.ts";
import { aHealthCheck } from "../support/resources.ts";

const RUNS = { numRuns: 3000 };

it("a write is judged among the objects that it has to do with as it is among all", () => {
  let refused = 0;
  fc.assert(
    fc.property(anyResource, anyResources, (candidate, all) => {
      const present = all.map(stored);
      const judged = judgeWrite(candidate, present);
      assert.deepEqual(
        judged,
        judgeAmong(
          candidate,
          present.filter(({ resource }) => !hasKey(resource, keyOf(candidate))),
        ),
      );
      refused += judged.refusals.length;
    }),
    RUNS,
  );
  assert.ok(refused > RUNS.numRuns / 10, `only ${refused} refusals`);
});

it("whoever deletes an object is told of each field that refers to it, and those alone are then missing", () => {
  let told = 0;
  fc.assert(
    fc.property(anyResources, fc.nat(), (all, at) => {
      const gone = all[at % Math.max(1, all.length)];
      if (gone === undefined) return;
      const missed = judgeDelete(gone, all.map(stored));
      const after = checkReferences(all.filter((each) => each !== gone).map(located), {
        keys: new Set(),
        isAnybodysGuess: false,
      });
      const { kind, metadata } = gone;
      const isOfGone = (message: string): boolean =>
        message.startsWith(`there is no ${kind} "${metadata.name}" in namespace "${metadata.namespace}"`);
      const expected = after.filter(({ message }) => isOfGone(message));
      assert.deepEqual(
        missed,
        expected.map(({ resource, path }) => `${resource} refers to it in ${path}`),
      );
      told += missed.length;
    }),
    RUNS,
  );
  assert.ok(told > RUNS.numRuns / 10, `only ${told} references`);
});

function located(resource: Resource) {
  const start = { line: 1, column: 1 };
  return { file: "a.yaml", ...start, manifest: manifestOf(resource), position: () => start };
}

it("a status is written exactly where what is seen would be told otherwise than it stands there", () => {
  let [written, kept] = [0, 0];
  fc.assert(
    fc.property(anyResources, anySeen, anySeen, fc.boolean(), (all, before, seen, isNews) => {
      const found = all.map((each): Resource => ({ ...each, status: statusOf(each, all, before) }));
      const now = isNews ? seen : { ...before, now: seen.now };
      const scene = sceneOf(found, now);
      for (const each of found) {
        const next = statusOf(each, found, now);
        const isSame = sameStatus(each.status, next);
        assert.deepEqual(newStatusOf(each, scene), isSame ? null : next);
        if (isSame) kept += 1;
        else written += 1;
      }
      for (const each of all)
        assert.deepEqual(newStatusOf(each, sceneOf(all, now)), statusOf(each, all, now));
    }),
    { numRuns: 1000 },
  );
  assert.ok(written > 100 && kept > 100, `${written} written, ${kept} kept`);
});

it("an index finds each resource by its name, and lists each kind in order", () => {
  fc.assert(
    fc.property(
      anyResources.chain((all) => fc.shuffledSubarray([...all])),
      anyResource,
      (all, asked) => {
        const index = indexOf(all);
        const isSought = (each: Resource): boolean => formatKey(keyOf(each)) === formatKey(keyOf(asked));
        const { namespace, name } = asked.metadata;
        assert.equal(index.find(asked.kind, namespace, name), all.find(isSought) ?? null);
        for (const kind of KINDS) {
          const ofKind = all.filter((each) => each.kind === kind);
          const place = ({ metadata }: Resource): string => `${metadata.namespace}\0${metadata.name}`;
          assert.deepEqual(
            index.all(kind),
            ofKind.toSorted((a, b) => (place(a) < place(b) ? -1 : 1)),
          );
          for (const each of ofKind)
            assert.equal(index.find(kind, each.metadata.namespace, each.metadata.name), each);
        }
      },
    ),
    RUNS,
  );
});

it("a store's list is in order after each change, and what was answered before stays as it was", () => {
  const change = fc.record({ at: fc.nat({ max: 20 }), isRemoved: fc.boolean(), isListed: fc.boolean() });
  const keyAt = (at: number): string =>
    `HealthCheck/${at % 3 === 0 ? "a-b" : "a"}/${at % 2 === 0 ? "n" : "n-"}${at}`;
  fc.assert(
    fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
      const list = new SortedList();
      const model = new Map<string, StoredResource>();
      const answered: {
        readonly list: readonly StoredResource[];
        readonly copy: readonly StoredResource[];
      }[] = [];
      for (const { at, isRemoved, isListed } of changes) {
        const value = stored(aHealthCheck(`n${at}`), at);
        list.set(keyAt(at), isRemoved ? null : value);
        if (isRemoved) model.delete(keyAt(at));
        else model.set(keyAt(at), value);
        if (!isListed) continue;
        const expected = [...model]
          .map(([key, each]) => [key.split("/").join("\0"), each] as const)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([, each]) => each);
        assert.deepEqual(list.all(), expected);
        answered.push({ list: list.all(), copy: expected });
      }
      for (const each of answered) assert.deepEqual(each.list, each.copy);
    }),
    RUNS,
  );
});

it("what a memory of statuses answers, pass after pass, is what the long way says each time", () => {
  let skipped = 0;
  const step = fc.record({
    seen: anySeen,
    isCalm: fc.boolean(),
    isKin: fc.boolean(),
    changed: fc.nat({ max: 20 }),
  });
  fc.assert(
    fc.property(anyResources, fc.array(step, { minLength: 2, maxLength: 5 }), (all, steps) => {
      const memory = new StatusMemory();
      let present = all;
      let before: Seen | null = null;
      for (const { seen: any, isCalm, isKin, changed } of steps) {
        const next: Seen = isKin && before !== null ? kinOf(before, any) : any;
        const seen: Seen = isCalm ? { ...next, rejections: [], problems: [] } : next;
        before = seen;
        const scene = sceneOf(present, seen);
        memory.begin(scene);
        const found = present.map((each) => memory.newStatusOf(each, scene));
        assert.deepEqual(
          found,
          present.map((each) => newStatusOf(each, scene)),
        );
        skipped += found.filter((each) => each === null).length;
        present = present.map((each, index): Resource => {
          const status = found[index];
          const told = status === null || status === undefined ? each : { ...each, status };
          const metadata = { ...told.metadata, generation: told.metadata.generation + 1 };
          return index === changed ? { ...told, metadata } : told;
        });
      }
    }),
    { numRuns: 1000 },
  );
  assert.ok(skipped > 1000, `only ${skipped} were as they should be`);
});

/** The same but for what its own routers and checks say. */
const kinOf = (before: Seen, { routers }: Seen): Seen => ({
  ...before,
  routers,
  standings: new Map(
    [...before.standings].map(([check, standing]) => [
      check,
      { ...standing, verdict: standing.verdict === "healthy" ? "unhealthy" : "healthy" },
    ]),
  ),
});

it("an object that does not concern a node changes nothing of what it does, by coming, going or becoming another", () => {
  let remote = 0;
  const surroundings = {
    node: "keepalive-a",
    passwords: new Map(),
    verdicts: new Map(),
    nginx: { statusSocket: "/run/nginx.sock", runtimeDir: "/run/nginx" },
    drain: null,
  };
  const acts = (all: readonly Resource[]) => {
    const { routers, retained, checks, proxy, audiences, problems } = resolve(all, surroundings);
    return { routers, retained, checks, proxy, audiences, problems };
  };
  fc.assert(
    fc.property(anyResources, anyResource, (present, next) => {
      const all = present.filter(({ metadata }) => metadata.namespace === "default");
      const desired = resolve(all, surroundings);
      const key = keyOf(next);
      const former = all.find((each) => hasKey(each, key));
      const isRemote = (each: Resource | undefined): boolean =>
        each === undefined || !concerns(each, "keepalive-a", desired);
      if (!isRemote(former) || !isRemote(next) || next.metadata.namespace !== "default") return;
      remote += 1;
      const others = all.filter((each) => each !== former);
      assert.deepEqual(acts(others), acts(all));
      assert.deepEqual(acts([...others, next]), acts(all));
      const now = former === undefined ? [...all, next] : all.map((each) => (each === former ? next : each));
      assert.equal(isUnconcerned("keepalive-a", all, now, desired), former !== undefined);
      if (former !== undefined) assert.deepEqual(resolve(now, surroundings), desired);
    }),
    RUNS,
  );
  assert.ok(remote > RUNS.numRuns / 20, `only ${remote} did not concern it`);
});
