import assert from "node:assert/strict";
import { it } from "node:test";
import type { WallTime } from "../../../controller/net/time.ts";
import { readApiCall } from "../../../controller/object/api-call.ts";
import { definitionObject } from "../../../controller/object/definition-object.ts";
import { groupDocument } from "../../../controller/object/discovery.ts";
import { readLabelSelector, selectsLabels } from "../../../controller/object/label-selector.ts";
import { isRefusal } from "../../../controller/object/refusal.ts";
import { at, mappingAt } from "../../../controller/object/tree.ts";
import { crdOf } from "../../../controller/resource/crd.ts";

it("a kind is found as its definition: what clusters get, as something that has been established", () => {
  const definition = definitionObject("VirtualIP", Date.parse("2026-11-24T12:00:00.123Z") as WallTime);
  assert.deepEqual(definition["spec"], crdOf("VirtualIP")["spec"]);
  assert.equal(at(definition, "metadata", "creationTimestamp"), "2026-11-24T12:00:00Z");
  assert.deepEqual(at(definition, "status", "storedVersions"), ["v1alpha1"]);
  assert.deepEqual(readApiCall("GET", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", false), {
    ...readApiCall("GET", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/x", false),
    verb: "list",
    name: "",
  });
});

it("an object of it may be the parent of an ApplySet: kubectl looks for the label", () => {
  const selector = readLabelSelector("applyset.kubernetes.io/is-parent-type");
  assert.ok(!isRefusal(selector));
  const labels = mappingAt(
    definitionObject("VirtualIP", Date.parse("2026-11-24T12:00:00Z") as WallTime),
    "metadata",
    "labels",
  );
  assert.ok(selectsLabels(selector, labels));
});

it("who one is can be asked in v1 and, as kubectl 1.27 does, in v1beta1; v1 comes first", () => {
  assert.deepEqual(at(groupDocument("authentication.k8s.io") ?? {}, "preferredVersion", "version"), "v1");
  const call = readApiCall("POST", "/apis/authentication.k8s.io/v1beta1/selfsubjectreviews", false);
  assert.ok(!isRefusal(call) && call.type === "resource");
  assert.equal(call.verb, "create");
});
