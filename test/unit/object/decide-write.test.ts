import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type Completed,
  decideWrite,
  type WriteContext,
  type WriteDecision,
  type WriteRequest,
} from "../../../controller/object/decide-write.ts";
import { metadataOf } from "../../../controller/object/metadata.ts";
import type { Outcome } from "../../../controller/object/outcome.ts";
import { badRequest } from "../../../controller/object/refusal.ts";
import { at, mappingAt } from "../../../controller/object/tree.ts";
import type { Json, JsonObject } from "../../../controller/resource/json-schema.ts";
import { objectIn, onVip, storedVip, told, vipSpec } from "../../support/api-objects.ts";
import { config, VIP_TYPE } from "../../support/vip-owners.ts";

const onWeb = (changes: Partial<WriteContext> = {}): WriteContext => ({
  ...onVip(),
  type: VIP_TYPE,
  subresource: "",
  manager: "kubectl",
  complete: (object) => ({ object, warnings: [] }),
  ...changes,
});
type Asked = Partial<WriteRequest> & Pick<WriteRequest, "verb" | "body">;
const decide = (live: JsonObject | null, asked: Asked, changes: Partial<WriteContext> = {}): WriteDecision =>
  decideWrite(
    (name) => (name === "web" ? live : null),
    { duplicates: [], fieldValidation: "Strict", isForced: false, ...asked },
    onWeb(changes),
  );
const write = (live: JsonObject | null, asked: Asked, changes: Partial<WriteContext> = {}): Outcome =>
  decide(live, asked, changes).outcome;
const managersOf = (object: JsonObject): (Json | undefined)[] =>
  (metadataOf(object).managedFields ?? []).map((entry) => at(entry, "manager"));

describe("a request to write", () => {
  it("creates, and records the creator", () => {
    const object = objectIn(write(null, { verb: "create", body: config(vipSpec()) }, { name: "" }), "create");
    assert.equal(at(object, "metadata", "uid"), "uid-new");
    assert.deepEqual(managersOf(object), ["kubectl"]);
  });

  it("applies to what is not there by creating it, but not through the status, nor for another uid", () => {
    const body = config(vipSpec());
    const apply = { verb: "apply", body, isForced: false } as const;
    assert.equal(write(null, apply).type, "create");
    assert.match(told(write(null, apply, { subresource: "status" })), /^404/);
    const meant = config(vipSpec(), { uid: "uid-0" });
    assert.equal(
      told(write(null, { ...apply, body: meant })),
      '409 Conflict: Operation cannot be fulfilled on virtualips.holdfast.dev "web": uid mismatch: the provided object specified uid uid-0, and no existing object was found',
    );
  });

  it("patches and replaces only what is there", () => {
    for (const verb of ["update", "json-patch", "merge-patch"] as const)
      assert.equal(
        told(write(null, { verb, body: {} })),
        '404 NotFound: virtualips.holdfast.dev "web" not found',
      );
  });

  it("patches in both ways", () => {
    const merge = write(storedVip(), { verb: "merge-patch", body: { spec: { interface: "eth1" } } });
    const json = write(storedVip(), {
      verb: "json-patch",
      body: [{ op: "replace", path: "/spec/interface", value: "eth1" }],
    });
    assert.deepEqual(merge, json);
    const object = objectIn(merge, "update");
    assert.equal(at(object, "spec", "interface"), "eth1");
    assert.equal(metadataOf(object).generation, 2);
  });

  it("with an empty patch, or the same apply again, changes nothing", () => {
    assert.equal(
      write(storedVip(), { verb: "merge-patch", body: { metadata: { annotations: {} } } }).type,
      "unchanged",
    );
    const apply = { verb: "apply", body: config(vipSpec()), isForced: false } as const;
    const live = { ...objectIn(write(null, apply), "create") };
    const stored = { ...live, metadata: { ...mappingAt(live, "metadata"), resourceVersion: "1" } };
    const again = write(stored, apply, { now: "2030-01-01T00:00:00Z" });
    assert.equal(objectIn(again, "unchanged"), stored);
  });

  it("is conditional on the version and the uid that it names", () => {
    const stale = { metadata: { resourceVersion: "6" }, spec: { interface: "eth1" } };
    assert.match(
      told(write(storedVip(), { verb: "merge-patch", body: stale })),
      /^409 .* the object has been modified/,
    );
    assert.equal(
      told(write(storedVip(), { verb: "update", body: storedVip({ uid: "uid-0" }) })),
      '409 Conflict: Operation cannot be fulfilled on virtualips.holdfast.dev "web": Precondition failed: UID in precondition: uid-0, UID in object meta: uid-1',
    );
    const apply = {
      verb: "apply",
      body: config(vipSpec(), { resourceVersion: "6" }),
      isForced: true,
    } as const;
    assert.match(told(write(storedVip(), apply)), /^409 .* the object has been modified/);
  });

  it("judges the whole object, never the patch", () => {
    const seen: JsonObject[] = [];
    const complete = (object: JsonObject): Completed => {
      seen.push(object);
      return {
        object: { ...object, spec: { ...mappingAt(object, "spec"), group: "filled in" } },
        warnings: [],
      };
    };
    const annotation = config({}, { annotations: { a: "b" } });
    const outcome = write(storedVip(), { verb: "apply", body: annotation, isForced: false }, { complete });
    assert.deepEqual(seen[0]?.["spec"], vipSpec());
    assert.equal(at(objectIn(outcome, "update"), "spec", "group"), "filled in");
    const refused = write(
      storedVip(),
      { verb: "update", body: storedVip() },
      { complete: () => badRequest("no") },
    );
    assert.equal(told(refused), "400 BadRequest: no");
  });

  it("to the status leaves the rest, and its owners", () => {
    const body = storedVip({ labels: { a: "b" } }, { spec: vipSpec(99), status: { observedGeneration: 1 } });
    const next = objectIn(write(storedVip(), { verb: "update", body }, { subresource: "status" }), "update");
    assert.deepEqual(next, storedVip({}, { status: { observedGeneration: 1 } }));
  });

  it("tells of fields that the kind does not have, or that stand twice, as the client wants it", () => {
    const body = { ...config({ ...vipSpec(), bogus: 1, members: [{ node: "lb-1", weight: 1 }] }), extra: 1 };
    const asked = { verb: "create", body, duplicates: ["spec.interface"] } as const;
    const toCollection = { name: "" };
    const all =
      'duplicate field "spec.interface", unknown field "spec.members[0].weight", unknown field "spec.bogus", unknown field "extra"';
    assert.equal(
      told(write(null, asked, toCollection)),
      `400 BadRequest: VirtualIP in version "v1alpha1" cannot be handled as a VirtualIP: strict decoding error: ${all}`,
    );
    const warned = decide(null, { ...asked, fieldValidation: "Warn" }, toCollection);
    assert.equal(warned.outcome.type, "create");
    assert.deepEqual(warned.warnings, all.split(", "));
    const ignored = decide(null, { ...asked, fieldValidation: "Ignore" }, toCollection);
    assert.deepEqual([ignored.outcome.type, ignored.warnings], ["create", []]);
    const patch = { verb: "merge-patch", body: { metadata: { bogus: 1 } } } as const;
    assert.match(
      told(write(storedVip(), patch)),
      /^422 Invalid: VirtualIP.holdfast.dev "web" is invalid: patch: Invalid value: ".*": strict decoding error: unknown field "metadata.bogus"$/,
    );
  });
});
