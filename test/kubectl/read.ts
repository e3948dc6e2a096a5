/** Reading: get in all its forms, describe, explain. */
import assert from "node:assert/strict";
import { aVirtualIP } from "../support/resources.ts";
import type { Kubectl } from "./kubectl.ts";
import { check, given, ready, tellStatus, vip } from "./objects.ts";
import type { Row, Topic } from "./row.ts";

async function some(kubectl: Kubectl): Promise<void> {
  const labelled = (name: string, team: string) => check(name, { metadata: { labels: { team } } });
  const objects = [vip("web"), labelled("alive", "b"), labelled("dns", "a")];
  await given(kubectl, ...objects);
  const told = { ...ready("True"), nodes: [{ node: "lb1", state: "Master", priority: 100, holder: "lb1" }] };
  await tellStatus(kubectl, "VirtualIP", "web", told);
}

/** Without what depends on the time. */
const table = (text: string): readonly string[] =>
  text
    .trimEnd()
    .split("\n")
    .map((line) =>
      line
        .trimEnd()
        .replaceAll(/ {2,}/g, "  ")
        .replace(/\d+[smhd]\d*[smhd]?/g, "AGE"),
    );

const tables: Row = {
  command: "kubectl get vip, -o wide, -A",
  shows: "addresses, holder, readiness and age; wide: VRID, priorities, nodes and why",
  run: async (kubectl) => {
    await some(kubectl);
    assert.deepEqual(table(await kubectl.ok("get vip")), [
      "NAME  ADDRESSES  HOLDER  READY  AGE",
      "web  192.0.2.10/32  lb1  True  AGE",
    ]);
    assert.deepEqual(table(await kubectl.ok("get virtualips.holdfast.dev -A")), [
      "NAMESPACE  NAME  ADDRESSES  HOLDER  READY  AGE",
      "default  web  192.0.2.10/32  lb1  True  AGE",
    ]);
    assert.deepEqual(table(await kubectl.ok("get virtualip web -o wide")), [
      "NAME  ADDRESSES  HOLDER  READY  AGE  VRID  PRIORITIES  NODES  WHY",
      "web  192.0.2.10/32  lb1  True  AGE  51  100,90  lb1,lb2  all is well",
    ]);
    assert.match(
      await kubectl.fails("get vip nope"),
      /\(NotFound\): virtualips.holdfast.dev "nope" not found/,
    );
    assert.match((await kubectl.call("get vip -n elsewhere")).stderr, /No resources found in elsewhere/);
    assert.match(await kubectl.fails("get nonsense"), /doesn't have a resource type "nonsense"/);
  },
};

const forms: Row = {
  command: "kubectl get -o yaml|json|name|jsonpath|custom-columns|go-template",
  shows: "the whole object, or what is asked of it",
  run: async (kubectl) => {
    await some(kubectl);
    const yaml = await kubectl.ok("get vip web -o yaml");
    assert.match(yaml, /^apiVersion: holdfast.dev\/v1alpha1\nkind: VirtualIP\nmetadata:\n/);
    if (kubectl.minor >= 21) assert.doesNotMatch(yaml, /managedFields/);
    if (kubectl.minor >= 21)
      assert.match(await kubectl.ok("get vip web -o yaml --show-managed-fields"), /managedFields/);
    const json = JSON.parse(await kubectl.ok("get vip,hc -o json"));
    assert.deepEqual(
      json.items.map((item: ReturnType<typeof vip>) => item["kind"]),
      ["VirtualIP", "HealthCheck", "HealthCheck"],
    );
    assert.equal(await kubectl.ok("get vip,hc -o name"), NAMES);
    assert.equal(await kubectl.ok("get vip web -o jsonpath={.spec.vrrp.virtualRouterID}"), "51");
    const columns = await kubectl.ok("get vip -o custom-columns=N:.metadata.name,I:.spec.interface");
    assert.deepEqual(table(columns), ["N  I", "web  eth0"]);
    assert.equal(await kubectl.ok("get vip web -o go-template={{.spec.interface}}"), "eth0");
    assert.equal(await kubectl.ok("get --raw /healthz"), "ok");
  },
};
const NAMES = "virtualip.holdfast.dev/web\nhealthcheck.holdfast.dev/alive\nhealthcheck.holdfast.dev/dns\n";

const selected: Row = {
  command: "kubectl get -l, --field-selector, --show-labels, -L, --sort-by",
  shows: "only those, in that order, with their labels",
  run: async (kubectl) => {
    await some(kubectl);
    const names = async (flags: string): Promise<string> =>
      (await kubectl.ok(`get hc -o name ${flags}`)).replaceAll(/healthcheck.holdfast.dev\/|\n/g, " ").trim();
    assert.equal(await names("-l team=a"), "dns");
    assert.equal(await names("-l team!=a"), "alive");
    assert.equal(
      await kubectl.ok(["get", "hc", "-o", "name", "-l", "team in (b,c)"]),
      `${NAMES.split("\n")[1]}\n`,
    );
    assert.equal(await names("-l !team"), "");
    assert.equal(await names("--field-selector metadata.name!=dns"), "alive");
    assert.match(
      await kubectl.fails("get hc --field-selector spec.fall=3"),
      /field label not supported: spec.fall/,
    );
    assert.match(await kubectl.ok("get hc dns --show-labels"), /LABELS\n.*team=a/);
    assert.match(await kubectl.ok("get hc -L team"), /TEAM\nalive .* b *\ndns .* a *\n/);
    assert.match(
      await kubectl.ok("get hc --sort-by=.metadata.labels.team --no-headers"),
      /^dns .*\nalive .*\n$/,
    );
  },
};

const everything: Row = {
  command: "kubectl get all, kubectl get holdfast",
  shows: "all kinds of ours",
  run: async (kubectl) => {
    await some(kubectl);
    assert.equal((await kubectl.ok("get all -o name")).split("\n").sort().join(" "), ALL);
    assert.match(await kubectl.ok("get holdfast"), /virtualip.holdfast.dev\/web .*lb1/);
  },
};
const ALL = ` ${NAMES.trim().split("\n").sort().join(" ")}`;

const watched: Row = {
  command: "kubectl get -w, --watch-only, --output-watch-events",
  shows: "each change as it happens, and what is deleted",
  run: async (kubectl) => {
    await some(kubectl);
    await using rows = kubectl.start("get hc -w --output-watch-events");
    await using one = kubectl.start('get hc dns -w -o jsonpath={.spec.interval}{"\\n"}');
    await using news = kubectl.start("get hc --watch-only -o name");
    await rows.printed(/ADDED +dns /);
    await one.printed("2s\n");
    // Nothing shows that it listens: it is told of changes until it has seen one.
    for (const interval of ["3s", "4s"])
      await kubectl.ok(["patch", "hc", "dns", "--type=merge", "-p", `{"spec":{"interval":"${interval}"}}`]);
    await rows.printed(/MODIFIED +dns .*4s/);
    await one.printed("4s\n");
    await news.printed("healthcheck.holdfast.dev/dns\n");
    await kubectl.ok("delete hc alive");
    await rows.printed(/DELETED +alive /);
    assert.doesNotMatch(one.output(), /alive/);
  },
};

const described: Row = {
  command: "kubectl describe",
  shows: "all fields, and the events of the object",
  run: async (kubectl) => {
    await some(kubectl);
    const stored = await kubectl.server.store.get({ kind: "VirtualIP", namespace: "default", name: "web" });
    const resource = stored?.resource ?? aVirtualIP();
    kubectl.server.events.tell([
      { resource, type: "Normal", reason: "BecameMaster", message: "lb1 holds the addresses" },
    ]);
    const told = await kubectl.ok("describe vip web");
    assert.match(told, /^Name: +web\nNamespace: +default\n/);
    assert.match(told, /Virtual Router ID: +51/);
    assert.match(
      told,
      /Events:\n +Type +Reason +Age +From +Message\n.*\n +Normal +BecameMaster .* lb1 holds the addresses/,
    );
    assert.match(await kubectl.ok("describe hc"), /Name: +alive[\s\S]*Name: +dns[\s\S]*Events: +<none>/);
    assert.match(await kubectl.ok("describe vip we"), /^Name: +web\n/, "by the beginning of its name");
    assert.match(await kubectl.fails("describe vip nope"), /NotFound|not found/);
  },
};

const explained: Row = {
  command: "kubectl explain, kubectl explain --recursive",
  shows: "each field with its type and what it is for",
  since: 27,
  run: async (kubectl) => {
    const kind = await kubectl.ok("explain vip");
    assert.match(kind, /KIND: +VirtualIP\nVERSION: +/);
    assert.match(kind, /addresses that exactly one node/i);
    const field = await kubectl.ok("explain virtualip.spec.vrrp.virtualRouterID");
    assert.match(field, /Names the virtual router on its link/);
    const whole = await kubectl.ok("explain --recursive vip");
    for (const name of ["virtualRouterID", "members", "priority", "conditions", "resourceVersion"])
      assert.match(whole, new RegExp(`^ +${name}\\t?`, "m"));
    assert.match(await kubectl.fails("explain vip.spec.nonsense"), /does not exist/);
  },
};

export const READ: Topic = {
  title: "Get, describe, explain",
  rows: [tables, forms, selected, everything, watched, described, explained],
};
