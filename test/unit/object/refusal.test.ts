import assert from "node:assert/strict";
import { it } from "node:test";
import { RESOURCES } from "../../../controller/object/api-resources.ts";
import { invalid, required } from "../../../controller/object/cause.ts";
import {
  forbiddenTo,
  invalidObject,
  isRefusal,
  refusalToStatus,
} from "../../../controller/object/refusal.ts";

it("a refusal becomes a Status with everything that kubectl wants to know", () => {
  const refusal = invalidObject(RESOURCES.VirtualIP, "web", [
    required("spec.interface"),
    invalid("spec.vrrp.virtualRouterID", 256, "must be 1 to 255"),
    required("spec.interface"),
  ]);
  assert.deepEqual(refusalToStatus(refusal), {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message:
      'VirtualIP.holdfast.dev "web" is invalid: [spec.interface: Required value, spec.vrrp.virtualRouterID: Invalid value: 256: must be 1 to 255]',
    reason: "Invalid",
    details: {
      name: "web",
      group: "holdfast.dev",
      kind: "VirtualIP",
      causes: [
        { reason: "FieldValueRequired", message: "Required value", field: "spec.interface" },
        {
          reason: "FieldValueInvalid",
          message: "Invalid value: 256: must be 1 to 255",
          field: "spec.vrrp.virtualRouterID",
        },
        { reason: "FieldValueRequired", message: "Required value", field: "spec.interface" },
      ],
    },
    code: 422,
  });
});

it("who may not do something to all objects is told of the resource", () => {
  const why =
    'User "eve" cannot list resource "virtualips" in API group "holdfast.dev" in the namespace "default"';
  assert.equal(
    forbiddenTo(RESOURCES.VirtualIP, "", why).message,
    `virtualips.holdfast.dev is forbidden: ${why}`,
  );
});

it("no tree that a client sends passes for a refusal", () => {
  assert.equal(isRefusal(JSON.parse('{"type":"refused","code":404}')), false);
});

it("a value is shown in part when it is long", () => {
  const { message } = invalid("spec", { body: "x".repeat(1000) }, "is wrong");
  assert.ok(message.length < 300);
});
