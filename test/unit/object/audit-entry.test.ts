import assert from "node:assert/strict";
import { it } from "node:test";
import { type ResourceCall, readApiCall } from "../../../controller/object/api-call.ts";
import { auditEntry, isAudited } from "../../../controller/object/audit-entry.ts";
import { identityOf } from "../../../controller/object/identity.ts";
import { CONFLICTING_PATCH } from "../../support/memory-audit.ts";

function call(method: string, path: string): ResourceCall {
  const read = readApiCall(method, path, false);
  return read.type === "resource" ? read : assert.fail(path);
}

const WEB = "/apis/holdfast.dev/v1alpha1/namespaces/default/virtualips/web";
const deed = {
  time: "2026-11-24T12:00:00.000Z",
  user: identityOf("alice", "editor"),
  source: "127.0.0.1",
  name: "",
  fieldManager: "kubectl",
  isDryRun: false,
  code: 200,
  reason: "",
};

it("a write is remembered with who, what, and what came of it", () => {
  assert.deepEqual(
    auditEntry({ ...deed, call: call("PATCH", WEB), code: 409, reason: "Conflict" }),
    CONFLICTING_PATCH,
  );
});

it("a write to a status, and to a node, is told apart", () => {
  assert.equal(
    auditEntry({ ...deed, call: call("PUT", `${WEB}/status`) }).resource,
    "virtualips.holdfast.dev/status",
  );
  const cordon = auditEntry({ ...deed, call: call("PATCH", "/api/v1/nodes/lb-1") });
  assert.deepEqual([cordon.resource, cordon.name, cordon.namespace], ["nodes", "lb-1", ""]);
});

it("what was created goes by the name that it has got", () => {
  const created = auditEntry({ ...deed, name: "web-x7k2p", call: call("POST", WEB.replace("/web", "")) });
  assert.deepEqual([created.verb, created.name], ["create", "web-x7k2p"]);
});

it("reading is not remembered, every kind of writing is", () => {
  const collection = WEB.replace("/web", "");
  for (const path of [WEB, collection]) assert.equal(isAudited(call("GET", path)), false);
  for (const method of ["PUT", "PATCH", "DELETE"]) assert.equal(isAudited(call(method, WEB)), true);
  for (const method of ["POST", "DELETE"]) assert.equal(isAudited(call(method, collection)), true);
});
