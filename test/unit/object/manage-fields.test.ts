import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LAST_APPLIED } from "../../../controller/object/last-applied.ts";
import { managerName, managerNameCauses } from "../../../controller/object/manager-name.ts";
import { metadataOf, withMetadata } from "../../../controller/object/metadata.ts";
import { isRefusal, refusalToStatus } from "../../../controller/object/refusal.ts";
import { at } from "../../../controller/object/tree.ts";
import type { Json, JsonObject } from "../../../controller/resource/json-schema.ts";
import { LATER, NOW, refusalIn, told } from "../../support/api-objects.ts";
import { applyVip, config, sound, updateVip } from "../../support/vip-owners.ts";

const SPEC = { interface: "eth0", vrrp: { virtualRouterID: 51 }, members: [{ node: "lb-1", priority: 100 }] };
const withSpec = (object: JsonObject, spec: JsonObject): JsonObject => ({ ...object, spec });
const managers = (object: JsonObject): Json[] =>
  (metadataOf(object).managedFields ?? []).map(
    (entry) => `${String(at(entry, "manager"))} ${String(at(entry, "operation"))}`,
  );
const fieldsOf = (object: JsonObject, manager: string): Json | undefined =>
  at(
    (metadataOf(object).managedFields ?? []).find((entry) => at(entry, "manager") === manager),
    "fieldsV1",
  );

describe("an apply", () => {
  it("to what is not there creates it, owned by the applier", () => {
    const object = sound(applyVip(null, config(SPEC, { labels: { team: "a" } }), "kubectl"));
    assert.deepEqual(object, {
      ...config(SPEC),
      metadata: {
        name: "web",
        namespace: "default",
        labels: { team: "a" },
        managedFields: [
          {
            manager: "kubectl",
            operation: "Apply",
            apiVersion: "holdfast.dev/v1alpha1",
            time: NOW,
            fieldsType: "FieldsV1",
            fieldsV1: {
              "f:metadata": { "f:labels": { "f:team": {} } },
              "f:spec": {
                "f:interface": {},
                "f:members": { 'k:{"node":"lb-1"}': { ".": {}, "f:node": {}, "f:priority": {} } },
                "f:vrrp": { "f:virtualRouterID": {} },
              },
            },
          },
        ],
      },
    });
  });

  it("twice is one", () => {
    const once = sound(applyVip(null, config(SPEC), "kubectl"));
    assert.deepEqual(applyVip(once, config(SPEC), "kubectl", { now: LATER }), once);
  });

  it("conflicts in the words that kubectl explains", () => {
    const created = updateVip(null, config(SPEC), "kubectl-client-side-apply");
    const one = refusalIn(
      applyVip(created, config({ ...SPEC, vrrp: { virtualRouterID: 52 } }), "flux") as { type: string },
    );
    const what = 'conflict with "kubectl-client-side-apply" using holdfast.dev/v1alpha1';
    assert.deepEqual(refusalToStatus(one), {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message: `Apply failed with 1 conflict: ${what}: .spec.vrrp.virtualRouterID`,
      reason: "Conflict",
      details: {
        causes: [{ reason: "FieldManagerConflict", message: what, field: ".spec.vrrp.virtualRouterID" }],
      },
      code: 409,
    });
    const members = [{ node: "lb-1", priority: 90 }];
    const other = sound(applyVip(created, config({ interface: "eth0" }), "argo"));
    assert.equal(
      told(refusalIn(applyVip(other, config({ interface: "eth1", members }), "flux") as { type: string })),
      [
        '409 Conflict: Apply failed with 3 conflicts: conflicts with "argo":',
        "- .spec.interface",
        'conflicts with "kubectl-client-side-apply" using holdfast.dev/v1alpha1:',
        "- .spec.interface",
        '- .spec.members[node="lb-1"].priority',
      ].join("\n"),
    );
    const forced = sound(applyVip(other, config({ interface: "eth1" }), "flux", { isForced: true }));
    assert.equal(at(forced, "spec", "interface"), "eth1");
    assert.equal(at(fieldsOf(forced, "kubectl-client-side-apply"), "f:spec", "f:interface"), undefined);
    assert.equal(fieldsOf(forced, "argo"), undefined);
  });

  it("that is not of the kind's shape is refused with every place", () => {
    const refusalOf = (spec: JsonObject): string => {
      const outcome = applyVip(null, config(spec), "kubectl");
      assert.ok(isRefusal(outcome));
      return told(outcome);
    };
    const opening =
      "400 BadRequest: failed to create typed patch object (default/web; holdfast.dev/v1alpha1, Kind=VirtualIP): ";
    assert.equal(refusalOf({ bogus: 1 }), `${opening}.spec.bogus: field not declared in schema`);
    assert.equal(
      refusalOf({ addresses: ["192.0.2.1/32", "192.0.2.1/32"], members: {}, interface: 1 }),
      [
        `${opening}errors:`,
        '  .spec.addresses: duplicate entries for key [="192.0.2.1/32"]',
        "  .spec.members: expected list, got a mapping",
        "  .spec.interface: expected string, got 1",
      ].join("\n"),
    );
    assert.match(
      refusalOf({ members: [{ priority: 1 }] }),
      /element 0: associative list with keys has an element that omits all key fields \["node"\]/,
    );
  });

  it("may not bring managed fields, nor another version", () => {
    const bad = config(SPEC, { managedFields: [] });
    assert.equal(
      told(applyVip(null, bad, "kubectl") as { type: string }),
      "400 BadRequest: metadata.managedFields must be nil",
    );
  });

  it("takes over from unrecorded writers as from one", () => {
    const conflict = applyVip(config(SPEC), config({ interface: "eth1" }), "kubectl");
    assert.match(told(conflict as { type: string }), /conflict with "before-first-apply" using/);
    const agreed = sound(applyVip(config(SPEC), config({ interface: "eth0" }), "kubectl"));
    assert.deepEqual(managers(agreed), ["kubectl Apply", "before-first-apply Update"]);
  });

  it("of the status owns the status only, and one of the object nothing of the status", () => {
    const live = sound(applyVip(null, config(SPEC), "kubectl"));
    const status = { observedGeneration: 1, nodes: [{ node: "lb-1", state: "Master" }] };
    const next = sound(
      applyVip(live, { ...config({ interface: "eth9" }), status }, "lb-1", { subresource: "status" }),
    );
    assert.deepEqual(fieldsOf(next, "lb-1"), {
      "f:status": {
        "f:nodes": { 'k:{"node":"lb-1"}': { ".": {}, "f:node": {}, "f:state": {} } },
        "f:observedGeneration": {},
      },
    });
    const object = sound(applyVip(live, { ...config(SPEC), status }, "kubectl"));
    assert.equal(at(fieldsOf(object, "kubectl"), "f:status"), undefined);
  });
});

describe("an update", () => {
  it("owns what it has changed, and moves its time only then", () => {
    const created = updateVip(null, config(SPEC), "kubectl-create");
    const edited = updateVip(created, withSpec(created, { ...SPEC, interface: "eth1" }), "kubectl-edit", {
      now: LATER,
    });
    assert.deepEqual(managers(edited), ["kubectl-create Update", "kubectl-edit Update"]);
    assert.deepEqual(fieldsOf(edited, "kubectl-edit"), { "f:spec": { "f:interface": {} } });
    assert.deepEqual(updateVip(edited, edited, "kubectl-edit", { now: "2030-01-01T00:00:00Z" }), edited);
  });

  it("by a client that does not know managed fields keeps them", () => {
    const created = updateVip(null, config(SPEC), "one");
    const unaware = updateVip(created, withMetadata(created, { managedFields: null }), "two");
    assert.deepEqual(unaware, created);
    const garbled = updateVip(created, withMetadata(created, { managedFields: [{ manager: "x" }] }), "two");
    assert.deepEqual(garbled, created);
  });

  it("may rewrite them, or forget them", () => {
    const created = updateVip(null, config(SPEC), "one");
    const [entry] = metadataOf(created).managedFields ?? [];
    const renamed = updateVip(
      created,
      withMetadata(created, { managedFields: [{ ...(entry as JsonObject), manager: "new" }] }),
      "x",
    );
    assert.deepEqual(managers(renamed), ["new Update"]);
    for (const reset of [[], [{}]] satisfies Json[][]) {
      const forgotten = updateVip(created, withMetadata(created, { managedFields: reset }), "x");
      assert.equal(metadataOf(forgotten).managedFields, null);
    }
  });

  it("of the status cannot write them", () => {
    const created = updateVip(null, config(SPEC), "one");
    const asked = { ...withMetadata(created, { managedFields: [] }), status: { observedGeneration: 1 } };
    const next = updateVip(created, asked, "lb-1", { subresource: "status" });
    assert.deepEqual(managers(next), ["lb-1 Update", "one Update"]);
    assert.deepEqual(fieldsOf(next, "lb-1"), { "f:status": { ".": {}, "f:observedGeneration": {} } });
  });

  it("of an object that nobody is recorded of records nobody", () => {
    const next = updateVip(config(SPEC), config({ ...SPEC, interface: "eth1" }), "x");
    assert.equal(metadataOf(next).managedFields, null);
  });
});

describe("the way from client-side to server-side apply", () => {
  const csa = (spec: JsonObject): JsonObject => {
    const annotations = { [LAST_APPLIED]: `${JSON.stringify(config(spec))}\n` };
    return updateVip(null, config(spec, { annotations }), "kubectl-client-side-apply");
  };
  const lastApplied = (object: JsonObject): Json =>
    JSON.parse(String(metadataOf(object).annotations[LAST_APPLIED] ?? "null"));

  it("kubectl takes over, without conflicts, what it had applied itself, and rewrites the annotation", () => {
    const next = sound(applyVip(csa(SPEC), config({ ...SPEC, interface: "eth1" }), "kubectl"));
    assert.equal(at(next, "spec", "interface"), "eth1");
    assert.deepEqual(lastApplied(next), config({ ...SPEC, interface: "eth1" }));
  });

  it("not what others have changed since", () => {
    const live = csa(SPEC);
    const edited = updateVip(live, withSpec(live, { ...SPEC, interface: "eth7" }), "kubectl-edit");
    assert.equal(
      told(
        applyVip(edited, config({ interface: "eth1", vrrp: { virtualRouterID: 9 } }), "kubectl") as {
          type: string;
        },
      ),
      '409 Conflict: Apply failed with 1 conflict: conflict with "kubectl-edit" using holdfast.dev/v1alpha1: .spec.interface',
    );
  });

  it("nobody else is let in by the annotation, nor touches it", () => {
    const outcome = applyVip(csa(SPEC), config({ interface: "eth1" }), "flux");
    assert.match(told(outcome as { type: string }), /^409/);
    const agreed = sound(applyVip(csa(SPEC), config({ interface: "eth0" }), "flux"));
    assert.deepEqual(lastApplied(agreed), config(SPEC));
  });

  it("an annotation that is no configuration lets nobody in", () => {
    for (const text of ["{", "[]", '{"apiVersion":"v1"}', JSON.stringify(config({ bogus: 1 }))]) {
      const live = withMetadata(csa(SPEC), { annotations: { [LAST_APPLIED]: text } });
      assert.match(
        told(applyVip(live, config({ interface: "eth1" }), "kubectl") as { type: string }),
        /^409/,
      );
    }
  });

  it("the annotation goes when it would become too large", () => {
    const annotations = { note: "x".repeat(262_000) };
    const next = sound(applyVip(csa(SPEC), config(SPEC, { annotations }), "kubectl"));
    assert.deepEqual(metadataOf(next).annotations, annotations);
  });

  it("kubectl's patch that moves the fields over is honoured", () => {
    // As recorded: a JSON patch replaces the managed fields with those of one applier.
    const live = sound(applyVip(csa(SPEC), config(SPEC), "kubectl"));
    const entries = metadataOf(live).managedFields ?? [];
    const kept = entries.filter((entry) => at(entry, "operation") === "Apply");
    const migrated = updateVip(live, withMetadata(live, { managedFields: kept }), "kubectl");
    assert.deepEqual(managers(migrated), ["kubectl Apply"]);
    const removed = sound(applyVip(migrated, config({ interface: "eth0" }), "kubectl"));
    assert.deepEqual(removed["spec"], { interface: "eth0" });
  });
});

describe("the name of a manager", () => {
  it("is what the client says, or how it calls itself", () => {
    assert.equal(managerName("flux", "kubectl/v1.32"), "flux");
    assert.equal(managerName("", "kubectl/v1.32.5 (linux/amd64)"), "kubectl");
    assert.equal(managerName("", ""), "unknown");
    assert.equal(managerName("", `${"x".repeat(500)}/1`).length, 128);
  });

  it("must be there for an apply, short and printable", () => {
    const messages = (name: string, isApply = false): string[] =>
      managerNameCauses(name, isApply).map(({ message }) => message);
    assert.deepEqual(messages("", true), ["Required value: is required for apply patch"]);
    assert.deepEqual(messages(""), []);
    assert.deepEqual(messages("é".repeat(65)), ["Too long: may not be more than 128 bytes"]);
    assert.deepEqual(messages("a\u0007b"), [
      'Invalid value: "a\\u0007b": invalid character U+0007 (at position 1)',
    ]);
  });
});
