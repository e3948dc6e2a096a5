/** Deleting, and waiting for what others do. */
import assert from "node:assert/strict";
import { deadline } from "../support/deadline.ts";
import { PATIENCE_MS } from "./kubectl.ts";
import { all, check, given, held, ready, tellStatus, vip } from "./objects.ts";
import { DRY_RUN_SINCE, type Row, type Topic } from "./row.ts";

const waitCondition: Row = {
  command: "kubectl wait --for=condition=Ready",
  shows:
    "returns when, and not before, the condition holds for the generation that is wanted; else fails in time",
  run: async (kubectl) => {
    await given(kubectl, check("dns"));
    await using waiting = kubectl.start("wait --for=condition=Ready hc/dns --timeout=50s");
    await tellStatus(kubectl, "HealthCheck", "dns", ready("False"));
    await kubectl.ok("get hc");
    assert.equal(waiting.output(), "", "it waits");
    await tellStatus(kubectl, "HealthCheck", "dns", ready("True"));
    assert.equal((await waiting.ended).stdout, "healthcheck.holdfast.dev/dns condition met\n");
    await kubectl.ok(["patch", "hc", "dns", "--type=merge", "-p", '{"spec":{"interval":"3s"}}']);
    if (kubectl.minor >= 23) {
      const told = await kubectl.fails("wait --for=condition=Ready hc --all --timeout=1s");
      assert.match(told, /timed out waiting for the condition/, "it was said of the generation before");
    }
    await tellStatus(kubectl, "HealthCheck", "dns", ready("False", 2));
    assert.match(await kubectl.ok("wait --for=condition=ready=false hc/dns --timeout=50s"), /condition met/);
  },
};

const waitJsonpath: Row = {
  command: "kubectl wait --for=jsonpath",
  shows: "returns when, and not before, the field has the value",
  since: 23,
  run: async (kubectl) => {
    await given(kubectl, check("dns"));
    await using waiting = kubectl.start("wait --for=jsonpath={.spec.interval}=4s hc/dns --timeout=50s");
    await kubectl.ok(["patch", "hc", "dns", "--type=merge", "-p", '{"spec":{"interval":"3s"}}']);
    assert.equal(waiting.output(), "", "it waits");
    await kubectl.ok(["patch", "hc", "dns", "--type=merge", "-p", '{"spec":{"interval":"4s"}}']);
    assert.equal((await waiting.ended).stdout, "healthcheck.holdfast.dev/dns condition met\n");
  },
};

const waitDelete: Row = {
  command: "kubectl wait --for=delete",
  shows: "returns when the object is gone, and at once where it is gone already",
  run: async (kubectl) => {
    await given(kubectl, check("dns"));
    await using waiting = kubectl.start("wait --for=delete hc/dns --timeout=50s");
    await kubectl.ok("label hc dns team=a");
    assert.equal(waiting.output(), "", "it waits");
    await kubectl.ok("delete hc dns");
    assert.equal((await waiting.ended).code, 0);
    const { code, stdout } = await kubectl.call("wait --for=delete hc/dns --timeout=50s");
    assert.deepEqual([code, stdout], kubectl.minor < 24 ? [1, ""] : [0, ""]);
  },
};

const waitCreate: Row = {
  command: "kubectl wait --for=create",
  shows: "returns when the object is there",
  since: 31,
  run: async (kubectl) => {
    await using waiting = kubectl.start("wait --for=create hc/dns --timeout=50s");
    await kubectl.ok(`create -f ${kubectl.file(check("other"))}`);
    assert.equal(waiting.output(), "", "it waits");
    await kubectl.ok(`create -f ${kubectl.file(check("dns"))}`);
    assert.equal((await waiting.ended).stdout, "healthcheck.holdfast.dev/dns condition met\n");
  },
};

const deleted: Row = {
  command: "kubectl delete NAME, -f, -l, --all",
  shows: "deletes those and no others, and returns when they are gone",
  run: async (kubectl) => {
    const labelled = (name: string) => check(name, { metadata: { labels: { team: "a" } } });
    const objects = [vip("web"), labelled("a1"), labelled("a2"), check("b1"), check("b2"), check("b3")];
    await kubectl.ok(`create -f ${kubectl.file(...objects)}`);
    assert.match(await kubectl.ok("delete hc b1"), /^healthcheck.holdfast.dev "b1" deleted/);
    assert.match(await kubectl.ok("delete hc -l team=a"), /"a1" deleted[^\n]*\n.*"a2" deleted/);
    assert.deepEqual(await all(kubectl), ["HealthCheck/b2", "HealthCheck/b3", "VirtualIP/web"]);
    await kubectl.ok(`delete -f ${kubectl.file(check("b2"))}`);
    await kubectl.ok("delete hc --all");
    assert.deepEqual(await all(kubectl), ["VirtualIP/web"]);
    assert.match(
      await kubectl.fails("delete hc b1"),
      /\(NotFound\): healthchecks.holdfast.dev "b1" not found/,
    );
    assert.equal(await kubectl.ok("delete hc b1 --ignore-not-found"), "");
  },
};

const finalized: Row = {
  command: "kubectl delete (with a finalizer)",
  shows: "waits until whoever has set the finalizer takes it off; --wait=false does not",
  run: async (kubectl) => {
    const kept = check("dns", { metadata: { finalizers: ["example.com/dns"] } });
    await given(kubectl, kept);
    await using deleting = kubectl.start("delete hc dns --timeout=50s");
    const isMarked = async (): Promise<boolean> =>
      (await held(kubectl, "HealthCheck", "dns", "metadata", "deletionTimestamp")) !== undefined;
    await deadline("it is marked as being deleted", isMarked, PATIENCE_MS);
    await kubectl.ok("delete hc dns --wait=false");
    assert.deepEqual(await all(kubectl), ["HealthCheck/dns"]);
    const off = '[{"op":"remove","path":"/metadata/finalizers"}]';
    await kubectl.ok(["patch", "hc", "dns", "--type=json", "-p", off]);
    const { code, stdout } = await deleting.ended;
    assert.equal(code, 0);
    assert.match(stdout, /"dns" deleted/);
    assert.deepEqual(await all(kubectl), []);
  },
};

const tried: Row = {
  command: "kubectl delete --dry-run=server",
  shows: "deletes nothing",
  since: DRY_RUN_SINCE,
  run: async (kubectl) => {
    await given(kubectl, check("dns"));
    assert.match(await kubectl.ok("delete hc dns --dry-run=server"), /"dns" deleted.*\(server dry run\)/);
    assert.match(await kubectl.ok("delete hc --all --dry-run=server"), /"dns" deleted.*\(server dry run\)/);
    assert.deepEqual(await all(kubectl), ["HealthCheck/dns"]);
  },
};

const cascaded: Row = {
  command: "kubectl delete --cascade=background|foreground|orphan, --force, --now",
  shows: "all mean the same here, since nothing depends on an object by owner references",
  run: async (kubectl) => {
    const names = Object.keys(CASCADES);
    await given(kubectl, ...names.map((name) => check(name)));
    for (const [name, flags] of Object.entries(CASCADES)) {
      await kubectl.ok(`delete hc ${name} ${flags}`);
      assert.equal(await held(kubectl, "HealthCheck", name), undefined, flags);
    }
  },
};
const CASCADES: Readonly<Record<string, string>> = {
  background: "--cascade=background",
  foreground: "--cascade=foreground",
  orphan: "--cascade=orphan",
  forced: "--force --grace-period=0",
  now: "--now",
};

export const DELETE: Topic = {
  title: "Wait, delete",
  rows: [waitCondition, waitJsonpath, waitDelete, waitCreate, deleted, finalized, tried, cascaded],
};
