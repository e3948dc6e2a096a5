/** Writing otherwise than by apply: create, replace, edit, patch, label, annotate. */
import assert from "node:assert/strict";
import { all, check, given, held, managers, tellStatus, vip } from "./objects.ts";
import { DRY_RUN_SINCE, type Row, type Topic } from "./row.ts";

const create: Row = {
  command: "kubectl create -f",
  shows: "creates, also with generateName; refuses what is there already; tries without doing it",
  run: async (kubectl) => {
    const file = kubectl.file(check("dns"));
    if (kubectl.minor >= DRY_RUN_SINCE)
      assert.match(await kubectl.ok(`create -f ${file} --dry-run=server`), /created \(server dry run\)/);
    assert.deepEqual(await all(kubectl), []);
    assert.equal(await kubectl.ok(`create -f ${file}`), "healthcheck.holdfast.dev/dns created\n");
    const told = await kubectl.fails(`create -f ${file}`);
    assert.match(
      told,
      /Error from server \(AlreadyExists\): .*healthchecks.holdfast.dev "dns" already exists/,
    );
    const { name: _name, ...unnamed } = { name: "", generateName: "dns-" };
    const named = await kubectl.ok(`create -f ${kubectl.file({ ...check(""), metadata: unnamed })} -o name`);
    assert.match(named, /^healthcheck.holdfast.dev\/dns-[a-z0-9]{5}\n$/);
    assert.deepEqual(await all(kubectl), ["HealthCheck/dns", `HealthCheck/${named.trim().split("/")[1]}`]);
    assert.deepEqual(await managers(kubectl, "HealthCheck", "dns"), ["kubectl-create Update"]);
  },
};

const replace: Row = {
  command: "kubectl replace -f",
  shows:
    "puts one object in the place of another; refuses one that is not there, and one that has changed meanwhile",
  run: async (kubectl) => {
    assert.match(
      await kubectl.fails(`replace -f ${kubectl.file(check("dns"))}`),
      /\(NotFound\): .*"dns" not found/,
    );
    await given(kubectl, check("dns", { metadata: { labels: { team: "a" } } }));
    const next = kubectl.file(check("dns", { spec: { interval: "3s" } }));
    assert.equal(await kubectl.ok(`replace -f ${next}`), "healthcheck.holdfast.dev/dns replaced\n");
    assert.equal(await held(kubectl, "HealthCheck", "dns", "spec", "interval"), "3s");
    assert.equal(await held(kubectl, "HealthCheck", "dns", "metadata", "labels"), undefined);
    const old = kubectl.file(check("dns", { metadata: { resourceVersion: "1" } }));
    assert.match(await kubectl.fails(`replace -f ${old}`), /\(Conflict\): .*the object has been modified/);
    assert.equal(await held(kubectl, "HealthCheck", "dns", "spec", "interval"), "3s");
  },
};

const replaceForced: Row = {
  command: "kubectl replace --force",
  shows: "deletes and creates anew: another uid, generation 1",
  run: async (kubectl) => {
    await given(kubectl, check("dns"));
    const before = await held(kubectl, "HealthCheck", "dns", "metadata", "uid");
    const told = await kubectl.ok(
      `replace --force -f ${kubectl.file(check("dns", { spec: { interval: "3s" } }))}`,
    );
    assert.match(told, /"dns" (force )?deleted.*\nhealthcheck.holdfast.dev\/dns replaced\n/);
    assert.notEqual(await held(kubectl, "HealthCheck", "dns", "metadata", "uid"), before);
    assert.equal(await held(kubectl, "HealthCheck", "dns", "metadata", "generation"), 1);
    assert.equal(await held(kubectl, "HealthCheck", "dns", "spec", "interval"), "3s");
  },
};

const edit: Row = {
  command: "kubectl edit",
  shows: "what the editor leaves is stored; what is wrong comes back into the editor with the reason",
  run: async (kubectl) => {
    await given(kubectl, check("dns"));
    // Wrong at first; the second time, when the reason stands in the file, right.
    const editor = kubectl.script(
      'if grep -q "^# .*fall" "$1"; then sed -i "s/fall: .*/fall: 7/" "$1"; else sed -i "s/fall: .*/fall: 0/" "$1"; fi',
    );
    const { code, stdout, stderr } = await kubectl.call("edit hc dns", { env: { KUBE_EDITOR: editor } });
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /healthcheck.holdfast.dev\/dns edited/);
    assert.equal(await held(kubectl, "HealthCheck", "dns", "spec", "fall"), 7);
    const untouched = kubectl.script("true");
    const { stderr: told } = await kubectl.call("edit hc dns", { env: { KUBE_EDITOR: untouched } });
    assert.match(told, /Edit cancelled, no changes made/);
    assert.equal(await held(kubectl, "HealthCheck", "dns", "metadata", "generation"), 2);
    assert.ok((await managers(kubectl, "HealthCheck", "dns")).includes("kubectl-edit Update"));
  },
};

const patch: Row = {
  command: "kubectl patch --type=json|merge",
  shows: "changes what it names and nothing else; refuses a failed test and a value that is wrong",
  run: async (kubectl) => {
    await given(kubectl, vip("web"));
    const merged = await kubectl.ok([...PATCH, "--type=merge", "-p", '{"spec":{"vrrp":{"preempt":false}}}']);
    assert.equal(merged, "virtualip.holdfast.dev/web patched\n");
    assert.equal(await held(kubectl, "VirtualIP", "web", "spec", "vrrp", "preempt"), false);
    const same = await kubectl.ok([...PATCH, "--type=merge", "-p", '{"spec":{"vrrp":{"preempt":false}}}']);
    assert.equal(same, "virtualip.holdfast.dev/web patched (no change)\n");
    const operations = [
      { op: "test", path: "/spec/members/1/node", value: "lb2" },
      { op: "replace", path: "/spec/members/1/priority", value: 80 },
      { op: "add", path: "/spec/addresses/-", value: "192.0.2.11/32" },
    ];
    await kubectl.ok([...PATCH, "--type=json", "-p", JSON.stringify(operations)]);
    assert.deepEqual(await held(kubectl, "VirtualIP", "web", "spec", "addresses"), [
      "192.0.2.10/32",
      "192.0.2.11/32",
    ]);
    const failing = [
      { op: "test", path: "/spec/interface", value: "eth9" },
      { op: "remove", path: "/spec" },
    ];
    assert.match(
      await kubectl.fails([...PATCH, "--type=json", "-p", JSON.stringify(failing)]),
      kubectl.minor < 21 ? /invalid/ : /eth9|[Tt]est/,
    );
    const wrong = await kubectl.fails([
      ...PATCH,
      "--type=merge",
      "-p",
      '{"spec":{"vrrp":{"virtualRouterID":0}}}',
    ]);
    assert.match(wrong, /The VirtualIP "web" is invalid: spec.vrrp.virtualRouterID: Invalid value: 0/);
    const members = [
      { node: "lb1", priority: 100 },
      { node: "lb2", priority: 80 },
    ];
    assert.deepEqual(await held(kubectl, "VirtualIP", "web", "spec", "members"), members);
    assert.equal(await held(kubectl, "VirtualIP", "web", "metadata", "generation"), 3);
  },
};
const PATCH = ["patch", "vip", "web"];

const strategic: Row = {
  command: "kubectl patch (--type=strategic, the default)",
  shows: "is refused, as for all custom resources, and told which types there are",
  note: "`kubectl patch` needs `--type=merge` or `--type=json`: strategic merge is for Kubernetes' own kinds.",
  run: async (kubectl) => {
    await given(kubectl, vip("web"));
    const told = await kubectl.fails([...PATCH, "-p", '{"spec":{"interface":"eth1"}}']);
    assert.match(
      told,
      /accepted media types include: application\/json-patch\+json, application\/merge-patch\+json/,
    );
    assert.equal(await held(kubectl, "VirtualIP", "web", "spec", "interface"), "eth0");
  },
};

const status: Row = {
  command: "kubectl patch|get --subresource=status",
  shows: "changes the status alone, and no generation",
  since: 24,
  run: async (kubectl) => {
    await given(kubectl, check("dns"));
    const told = { spec: { interval: "9s" }, status: { observedGeneration: 1 } };
    await kubectl.ok([
      "patch",
      "hc",
      "dns",
      "--subresource=status",
      "--type=merge",
      "-p",
      JSON.stringify(told),
    ]);
    assert.equal(await held(kubectl, "HealthCheck", "dns", "status", "observedGeneration"), 1);
    assert.equal(await held(kubectl, "HealthCheck", "dns", "spec", "interval"), "2s");
    assert.equal(await held(kubectl, "HealthCheck", "dns", "metadata", "generation"), 1);
    const shown = "get hc dns --subresource=status -o jsonpath={.status.observedGeneration}";
    assert.equal(await kubectl.ok(shown), "1");
    await kubectl.ok(["patch", "hc", "dns", "--type=merge", "-p", '{"status":{"observedGeneration":9}}']);
    assert.equal(await held(kubectl, "HealthCheck", "dns", "status", "observedGeneration"), 1);
  },
};

const label: Row = {
  command: "kubectl label, kubectl annotate",
  shows: "sets, overwrites only when told to, takes off; the status and generation stay",
  run: async (kubectl) => {
    await given(kubectl, check("dns"), check("web"));
    await tellStatus(kubectl, "HealthCheck", "dns", { observedGeneration: 1 });
    for (const [verb, field] of [
      ["label", "labels"],
      ["annotate", "annotations"],
    ] as const) {
      const value = (): Promise<unknown> => held(kubectl, "HealthCheck", "dns", "metadata", field, "team");
      const done = { label: "labeled", annotate: "annotate" }[verb];
      assert.match(
        await kubectl.ok(`${verb} hc dns team=a`),
        new RegExp(`healthcheck.holdfast.dev/dns ${done}`),
      );
      assert.match(await kubectl.fails(`${verb} hc dns team=b`), /already has a value|overwrite is false/);
      assert.equal(await value(), "a");
      await kubectl.ok(`${verb} hc --all team=c --overwrite`);
      assert.equal(await value(), "c");
      assert.equal(await held(kubectl, "HealthCheck", "web", "metadata", field, "team"), "c");
      await kubectl.ok(`${verb} hc dns team-`);
      assert.equal(await value(), undefined);
    }
    assert.match(await kubectl.fails(["label", "hc", "dns", "team=a b"]), /invalid|must/i);
    assert.equal(await held(kubectl, "HealthCheck", "dns", "metadata", "generation"), 1);
    assert.equal(await held(kubectl, "HealthCheck", "dns", "status", "observedGeneration"), 1);
  },
};

export const WRITE: Topic = {
  title: "Create, replace, edit, patch, label",
  rows: [create, replace, replaceForced, edit, patch, strategic, status, label],
};
