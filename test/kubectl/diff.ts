/** `kubectl diff`, by the client and by the server. */
import assert from "node:assert/strict";
import type { Kubectl } from "./kubectl.ts";
import { held, vip } from "./objects.ts";
import { DRY_RUN_SINCE, type Row, type Topic } from "./row.ts";

const before = vip("web");
const after = vip("web", { spec: { interface: "eth1", vrrp: { virtualRouterID: 52 } } });

async function differs(kubectl: Kubectl, flags: string): Promise<void> {
  await kubectl.ok(`apply ${flags}-f ${kubectl.file(before)}`);
  assert.equal(await kubectl.ok(`diff ${flags}-f ${kubectl.file(before)}`), "", "clean directly after apply");
  const told = await kubectl.fails(`diff ${flags}-f ${kubectl.file(after)}`, 1);
  assert.match(told, /^- {2}interface: eth0$/m);
  assert.match(told, /^\+ {2}interface: eth1$/m);
  assert.match(told, /^\+.*default\/web on lb1: re-election/m, "what the node would do");
  assert.doesNotMatch(told, /^[-+] .*managedFields/m);
  assert.equal(await held(kubectl, "VirtualIP", "web", "spec", "interface"), "eth0", "nothing was written");
}

const clientSide: Row = {
  command: "kubectl diff -f",
  shows:
    "says nothing directly after apply (exit 0); else what changes, and in `status.plan` what the node would do (exit 1)",
  since: DRY_RUN_SINCE,
  run: async (kubectl) => {
    assert.match(await kubectl.fails(`diff -f ${kubectl.file(before)}`, 1), /^\+ {2}interface: eth0$/m);
    await differs(kubectl, "");
  },
};

const serverSide: Row = {
  command: "kubectl diff --server-side",
  shows: "the same, with the fields of the file alone",
  since: DRY_RUN_SINCE,
  run: (kubectl) => differs(kubectl, "--server-side "),
};

export const DIFF: Topic = { title: "Diff", rows: [clientSide, serverSide] };
