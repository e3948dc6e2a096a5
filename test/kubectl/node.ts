/** What is about the node and its server: who one is, what happened, cordon, what is served. */
import assert from "node:assert/strict";
import { aVirtualIP } from "../support/resources.ts";
import { all, check, given, vip } from "./objects.ts";
import { DRY_RUN_SINCE, type Row, type Topic } from "./row.ts";

const canI: Row = {
  command: "kubectl auth can-i",
  shows: "yes and no by role, also for a subresource; --list",
  run: async (kubectl) => {
    assert.equal(await kubectl.ok("auth can-i create vip"), "yes\n");
    assert.equal(await kubectl.ok("auth can-i patch vip/web --subresource=status"), "yes\n");
    const viewer = { as: "viewer" } as const;
    assert.equal(await kubectl.ok("auth can-i get vip", viewer), "yes\n");
    assert.match(await kubectl.fails("auth can-i delete vip", 1, viewer), /^no/);
    assert.match(await kubectl.fails("auth can-i patch vip/web --subresource=status", 1, viewer), /^no/);
    const list = await kubectl.ok("auth can-i --list", viewer);
    assert.match(list, /virtualips.holdfast.dev +\[\] +\[\] +\[get list watch\]/);
    assert.match(list, /\[\/healthz\]/);
  },
};

const whoami: Row = {
  command: "kubectl auth whoami",
  shows: "the user and the groups of the certificate",
  since: 27,
  run: async (kubectl) => {
    const told = await kubectl.ok("auth whoami");
    assert.match(told, /Username +anna-admin\nGroups +\[holdfast:admin system:authenticated\]/);
  },
};

const forbidden: Row = {
  command: "kubectl (as a viewer)",
  shows: "reads; each write is refused by name, and nothing is written",
  run: async (kubectl) => {
    const viewer = { as: "viewer" } as const;
    await given(kubectl, check("dns"));
    assert.match(await kubectl.ok("get hc", viewer), /dns/);
    for (const words of [`apply -f ${kubectl.file(check("web"))}`, "delete hc dns", "cordon lb1"]) {
      const { stderr } = await kubectl.call(words, viewer);
      assert.match(stderr, /forbidden: User "anna-viewer" cannot (create|delete|patch)/i);
    }
    assert.deepEqual(await all(kubectl), ["HealthCheck/dns"]);
    assert.equal(kubectl.server.drain.order, null);
  },
};

const events: Row = {
  command: "kubectl get events, kubectl events",
  shows: "what happened, how often, of which object; by type and by object; -w",
  run: async (kubectl) => {
    const [web, dns] = [aVirtualIP("web"), aVirtualIP("dns")];
    const lost = { type: "Warning", reason: "Lost", message: "nobody is left" } as const;
    const became = { type: "Normal", reason: "BecameMaster", message: "lb1 holds it" } as const;
    kubectl.server.events.tell([
      { resource: web, ...lost },
      { resource: web, ...lost },
      { resource: dns, ...became },
    ]);
    const told = await kubectl.ok("get events");
    assert.match(told, /^LAST SEEN +TYPE +REASON +OBJECT +MESSAGE\n/);
    assert.match(told, /Warning +Lost +virtualip\/web +nobody is left/);
    const warnings = await kubectl.ok(
      "get events --field-selector type=Warning,involvedObject.name=web -o wide",
    );
    assert.match(warnings, /COUNT/);
    assert.doesNotMatch(warnings, /BecameMaster/);
    await using watching = kubectl.start("get events -w");
    await watching.printed("BecameMaster");
    kubectl.server.events.tell([{ resource: dns, ...became, reason: "Returned" }]);
    await watching.printed("Returned");
    if (kubectl.minor < 26) return;
    assert.match(
      await kubectl.ok("events --types=Warning"),
      /\(x2 over .*\) +Warning +Lost +VirtualIP\/web +nobody/,
    );
    assert.match(await kubectl.ok("events --for virtualip/dns"), /BecameMaster/);
  },
};

const nodes: Row = {
  command: "kubectl get nodes, kubectl describe node",
  shows: "the agent with its version, and whether it is ready",
  run: async (kubectl) => {
    assert.match(
      await kubectl.ok("get nodes"),
      /^NAME +STATUS +ROLES +AGE +VERSION\nlb1 +Ready +agent +\S+ +v0.0.0-test\n$/,
    );
    assert.match(await kubectl.ok("get nodes -o wide"), /lb1 .*Debian/);
    assert.match(await kubectl.ok("get node lb1 -o jsonpath={.status.nodeInfo.osImage}"), /Debian/);
  },
};

const cordon: Row = {
  command: "kubectl cordon, kubectl uncordon",
  shows: "the node is drained and returns, by whom it was wanted; what stands against it is said",
  note: "A `cordon` that the node refuses prints why, and ends with status 0 all the same: that is kubectl's doing. Scripts use `holdfast drain`, or look at the node afterwards (`kubectl wait --for=condition=Drained node/NAME`).",
  run: async (kubectl) => {
    const { drain } = kubectl.server;
    drain.objections = [{ virtualIP: "web", message: "nobody else can hold it" }];
    const { stderr } = await kubectl.call("cordon lb1");
    assert.match(stderr, /unable to cordon node "lb1": .*nobody else can hold it/);
    assert.equal(drain.order, null);
    drain.objections = [];
    if (kubectl.minor >= DRY_RUN_SINCE)
      assert.match(await kubectl.ok("cordon lb1 --dry-run=server"), /cordoned/);
    assert.equal(drain.order, null);
    assert.equal(await kubectl.ok("cordon lb1"), "node/lb1 cordoned\n");
    assert.deepEqual(drain.order, { by: "anna-admin", reason: "kubectl cordon", isForced: false });
    assert.match(await kubectl.ok("get nodes"), /lb1 +Ready,SchedulingDisabled/);
    assert.match(await kubectl.ok("cordon lb1"), /already cordoned/);
    assert.equal(await kubectl.ok("uncordon lb1"), "node/lb1 uncordoned\n");
    assert.equal(drain.order, null);
    assert.match(await kubectl.ok("get nodes"), /lb1 +Ready +agent/);
    assert.match((await kubectl.call("cordon lb9")).stderr, /nodes "lb9" not found/);
  },
};

const served: Row = {
  command: "kubectl api-resources, kubectl api-versions, kubectl version",
  shows: "our kinds with short names, and a server that kubectl understands",
  run: async (kubectl) => {
    const resources = await kubectl.ok("api-resources --api-group=holdfast.dev");
    assert.match(resources, /virtualips +vip +holdfast.dev\/v1alpha1 +true +VirtualIP/);
    assert.match(resources, /healthchecks +hc [\s\S]*proxypools +pp /);
    assert.match(
      await kubectl.ok("api-resources --verbs=patch -o name"),
      /nodes\n[\s\S]*virtualips.holdfast.dev\n/,
    );
    assert.match(await kubectl.ok("api-versions"), /^(.*\n)*holdfast.dev\/v1alpha1\n(.*\n)*v1\n$/);
    const version = JSON.parse(await kubectl.ok("version -o json"));
    assert.match(version.serverVersion.gitVersion, /^v1\.\d+\.0\+holdfast\.0\.0\.0-test$/);
  },
};

const namespaced: Row = {
  command: "kubectl -n OTHER",
  shows: "a namespace that the node does not serve is empty, and takes nothing",
  run: async (kubectl) => {
    assert.match(await kubectl.ok("get ns default"), /default +Active/);
    const told = await kubectl.fails(`apply -n other -f ${kubectl.file(vip("web"))}`);
    assert.match(told, /namespaces "other" not found/);
    assert.deepEqual(await all(kubectl), []);
  },
};

export const NODE: Topic = {
  title: "Access, events, nodes, server",
  rows: [canI, whoami, forbidden, events, nodes, cordon, served, namespaced],
};
