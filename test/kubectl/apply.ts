/** `kubectl apply`: by the client, by the server, and from the one to the other. */
import assert from "node:assert/strict";
import type { JsonObject } from "../../controller/resource/json-schema.ts";
import { all, check, given, held, managers, vip } from "./objects.ts";
import { DRY_RUN_SINCE, type Row, type Topic } from "./row.ts";

const SERVER_SIDE = "apply --server-side -f";

const clientSide: Row = {
  command: "kubectl apply -f",
  shows: "creates, changes, takes a field back out, leaves what is the same alone",
  note: "Where items of a list get defaults (`members[].priority`), a second `apply` of the same file says `configured` although nothing is written: kubectl compares with its own copy of the file. The object keeps its resourceVersion.",
  run: async (kubectl) => {
    const file = kubectl.file(vip("web", { spec: { vrrp: { virtualRouterID: 51, preempt: false } } }));
    assert.equal(await kubectl.ok(`apply -f ${file}`), "virtualip.holdfast.dev/web created\n");
    const version = await kubectl.server.store.version();
    assert.match(
      await kubectl.ok(`apply -f ${file}`),
      /^virtualip.holdfast.dev\/web (unchanged|configured)\n$/,
    );
    assert.equal(await kubectl.server.store.version(), version, "nothing was written");
    const changed = kubectl.file(vip("web", { spec: { vrrp: { virtualRouterID: 52 } } }));
    assert.equal(await kubectl.ok(`apply -f ${changed}`), "virtualip.holdfast.dev/web configured\n");
    assert.equal(await held(kubectl, "VirtualIP", "web", "spec", "vrrp", "virtualRouterID"), 52);
    assert.equal(
      await held(kubectl, "VirtualIP", "web", "spec", "vrrp", "preempt"),
      true,
      "the default again",
    );
    assert.equal(await held(kubectl, "VirtualIP", "web", "metadata", "generation"), 2);
    assert.deepEqual(await managers(kubectl, "VirtualIP", "web"), ["kubectl-client-side-apply Update"]);
    assert.match(await kubectl.ok("apply view-last-applied vip/web"), /virtualRouterID: 52/);
  },
};

const several: Row = {
  command: "kubectl apply -f - (several objects)",
  shows:
    "those that are right are applied, those that are not are named with field and reason; exit status 1",
  run: async (kubectl) => {
    const list = { apiVersion: "v1", kind: "List", items: [check("dns"), vip("bad", BAD), check("web")] };
    const told = await kubectl.fails("apply -f -", 1, { stdin: JSON.stringify(list) });
    assert.match(told, /healthcheck.holdfast.dev\/dns created\n/);
    assert.match(told, /The VirtualIP "bad" is invalid: spec.vrrp.virtualRouterID: Invalid value: 256/);
    assert.deepEqual(await all(kubectl), ["HealthCheck/dns", "HealthCheck/web"]);
  },
};
const BAD = { spec: { vrrp: { virtualRouterID: 256 } } };

const serverSide: Row = {
  command: "kubectl apply --server-side",
  shows: "owns what is in the file; what is no longer in it goes",
  run: async (kubectl) => {
    const labelled = { metadata: { labels: { team: "a" } } };
    const told = await kubectl.ok(`${SERVER_SIDE} ${kubectl.file(check("dns", labelled))}`);
    assert.equal(told, "healthcheck.holdfast.dev/dns serverside-applied\n");
    assert.equal(await held(kubectl, "HealthCheck", "dns", "metadata", "labels", "team"), "a");
    const version = await kubectl.server.store.version();
    await kubectl.ok(`${SERVER_SIDE} ${kubectl.file(check("dns", labelled))}`);
    assert.equal(await kubectl.server.store.version(), version, "nothing was written");
    await kubectl.ok(`${SERVER_SIDE} ${kubectl.file(check("dns"))}`);
    assert.equal(await held(kubectl, "HealthCheck", "dns", "metadata", "labels", "team"), undefined);
    assert.deepEqual(await managers(kubectl, "HealthCheck", "dns"), ["kubectl Apply"]);
  },
};

const forced: Row = {
  command: "kubectl apply --server-side --force-conflicts",
  shows: "without it a field of another manager is refused by name; with it the field changes hands",
  run: async (kubectl) => {
    await kubectl.ok(`${SERVER_SIDE} ${kubectl.file(check("dns", every("2s")))} --field-manager=first`);
    const file = kubectl.file(check("dns", every("3s")));
    const told = await kubectl.fails(`${SERVER_SIDE} ${file} --field-manager=second`);
    assert.match(told, /Apply failed with 1 conflict: conflict with "first".*: \.spec\.interval/s);
    assert.match(told, /--force-conflicts/);
    assert.equal(await held(kubectl, "HealthCheck", "dns", "spec", "interval"), "2s");
    await kubectl.ok(`${SERVER_SIDE} ${file} --field-manager=second --force-conflicts`);
    assert.equal(await held(kubectl, "HealthCheck", "dns", "spec", "interval"), "3s");
    // What both want the same is owned by both.
    await kubectl.ok(`${SERVER_SIDE} ${kubectl.file(check("dns"))} --field-manager=first`);
    assert.deepEqual(await managers(kubectl, "HealthCheck", "dns"), ["first Apply", "second Apply"]);
    assert.equal(await held(kubectl, "HealthCheck", "dns", "spec", "interval"), "3s");
  },
};
const every = (interval: string) => ({ spec: { interval } });

const migrated: Row = {
  command: "kubectl apply, then apply --server-side",
  shows: "no conflict with oneself; fields taken out of the file afterwards go; the way back works, too",
  since: 26,
  run: async (kubectl) => {
    const before = check("dns", { metadata: { labels: { team: "a" } }, spec: { interval: "3s" } });
    await kubectl.ok(`apply -f ${kubectl.file(before)}`);
    await kubectl.ok(`${SERVER_SIDE} ${kubectl.file(before)}`);
    assert.deepEqual(await managers(kubectl, "HealthCheck", "dns"), [
      "kubectl Apply",
      "kubectl-last-applied Apply",
    ]);
    await kubectl.ok(`${SERVER_SIDE} ${kubectl.file(check("dns"))}`);
    assert.equal(await held(kubectl, "HealthCheck", "dns", "metadata", "labels", "team"), undefined);
    assert.equal(await held(kubectl, "HealthCheck", "dns", "spec", "interval"), "2s", "the default again");
    assert.equal(
      await kubectl.ok(`apply -f ${kubectl.file(check("dns", every("5s")))}`),
      "healthcheck.holdfast.dev/dns configured\n",
    );
    assert.equal(await held(kubectl, "HealthCheck", "dns", "spec", "interval"), "5s");
  },
};

const dryRun: Row = {
  command: "kubectl apply --dry-run=server|client",
  shows: "shows what would become of it, with defaults; writes nothing",
  since: DRY_RUN_SINCE,
  run: async (kubectl) => {
    const file = kubectl.file(check("dns"));
    const told = await kubectl.ok(`apply -f ${file} --dry-run=server -o yaml`);
    assert.match(told, /interval: 2s/);
    assert.match(await kubectl.ok(`apply -f ${file} --dry-run=client`), /dns created \(dry run\)/);
    assert.match(
      await kubectl.ok(`${SERVER_SIDE} ${file} --dry-run=server`),
      /serverside-applied \(server dry run\)/,
    );
    assert.deepEqual(await all(kubectl), []);
    await kubectl.ok(`apply -f ${file}`);
    const changed = kubectl.file(check("dns", every("3s")));
    assert.match(await kubectl.ok(`apply -f ${changed} --dry-run=server`), /configured \(server dry run\)/);
    assert.equal(await held(kubectl, "HealthCheck", "dns", "spec", "interval"), "2s");
  },
};

const validated: Row = {
  command: "kubectl apply --validate=strict|warn|ignore",
  shows: "an unknown field is refused, warned of, or left out in silence",
  since: 25,
  run: async (kubectl) => {
    const file = kubectl.file(check("dns", { spec: { intervall: "3s" } }));
    const refused = await kubectl.fails(`apply -f ${file}`);
    assert.match(refused, /strict decoding error: unknown field "spec.intervall"/);
    assert.deepEqual(await all(kubectl), []);
    const { stderr } = await kubectl.call(`apply -f ${file} --validate=warn`);
    assert.match(stderr, /Warning: unknown field "spec.intervall"/);
    assert.equal(await held(kubectl, "HealthCheck", "dns", "spec", "intervall"), undefined);
    const { code, stderr: silent } = await kubectl.call(`apply -f ${file} --validate=ignore`);
    assert.deepEqual([code, silent.replaceAll(/.*(last-applied|deprecated).*\n/g, "")], [0, ""]);
  },
};

const pruned: Row = {
  command: "kubectl apply --prune --prune-allowlist -l",
  shows: "what the selector finds and the files no longer have is deleted; nothing else is",
  since: 26,
  note: "`--prune-allowlist=holdfast.dev/v1alpha1/VirtualIP` and so on is needed: kubectl's own list has kinds that no node has.",
  run: async (kubectl) => {
    const team = (name: string) => check(name, { metadata: { labels: { team: "a" } } });
    await kubectl.ok(`apply -f ${kubectl.file(check("other"))}`);
    await kubectl.ok(`apply -f ${kubectl.file(team("dns"), team("web"))}`);
    const kinds = ["VirtualIP", "HealthCheck", "ProxyPool"].map(
      (kind) => `--prune-allowlist=holdfast.dev/v1alpha1/${kind}`,
    );
    const told = await kubectl.ok([
      "apply",
      "--prune",
      "-l",
      "team=a",
      "-f",
      kubectl.file(team("dns")),
      ...kinds,
    ]);
    assert.match(told, /healthcheck.holdfast.dev\/web pruned/);
    assert.deepEqual(await all(kubectl), ["HealthCheck/dns", "HealthCheck/other"]);
  },
};

const APPLY_SET = { env: { KUBECTL_APPLYSET: "true" } };

const applySet: Row = {
  command: "kubectl apply --prune --applyset=virtualips.holdfast.dev/NAME",
  shows:
    "an object of ours is the parent; what has left the set is deleted, nothing else is; a parent without the marks is refused",
  since: 27,
  note: 'With `KUBECTL_APPLYSET=true`. A node keeps no ConfigMaps and Secrets, which are what kubectl makes parents of by itself, so the parent is an object of ours, and is marked beforehand: annotations `applyset.kubernetes.io/tooling: kubectl/v1.27` and `applyset.kubernetes.io/contains-group-kinds: ""`, label `applyset.kubernetes.io/id`, whose value kubectl\'s complaint names.',
  run: async (kubectl) => {
    await given(kubectl, vip("web"), check("other"));
    const apply = (...objects: readonly JsonObject[]) =>
      kubectl.call(
        `apply --prune --applyset=virtualips.holdfast.dev/web -n default -f ${kubectl.file(...objects)}`,
        APPLY_SET,
      );
    const unmarked = await apply(check("a1"), check("a2"));
    assert.deepEqual([unmarked.code, await all(kubectl)], [1, ["HealthCheck/other", "VirtualIP/web"]]);
    assert.match(unmarked.stderr, /missing required annotation "applyset.kubernetes.io\/tooling"/);
    const marks = ["tooling=kubectl/v1.27", "contains-group-kinds=", "contains-group-resources="];
    await kubectl.ok(["annotate", "vip", "web", ...marks.map((mark) => `applyset.kubernetes.io/${mark}`)]);
    await kubectl.ok("label vip web applyset.kubernetes.io/id=unknown");
    const [, id = ""] = /want: "?(applyset-[\w-]+)/.exec((await apply(check("a1"))).stderr) ?? [];
    await kubectl.ok(`label vip web --overwrite applyset.kubernetes.io/id=${id}`);
    const first = await apply(check("a1"), check("a2"));
    assert.equal(first.code, 0, first.stderr);
    const second = await apply(check("a1"));
    assert.match(second.stdout, /healthcheck.holdfast.dev\/a2 pruned/);
    assert.deepEqual(await all(kubectl), ["HealthCheck/a1", "HealthCheck/other", "VirtualIP/web"]);
    const [mark, value] =
      kubectl.minor < 29
        ? ["contains-group-resources", "healthchecks.holdfast.dev"]
        : ["contains-group-kinds", "HealthCheck.holdfast.dev"];
    const annotations = await held(kubectl, "VirtualIP", "web", "metadata", "annotations");
    assert.equal((annotations as JsonObject)[`applyset.kubernetes.io/${mark}`], value);
  },
};

export const APPLY: Topic = {
  title: "Apply",
  rows: [clientSide, several, serverSide, forced, migrated, dryRun, validated, pruned, applySet],
};
