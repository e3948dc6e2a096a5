import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decideCreate } from "../../../controller/object/decide-create.ts";
import { decideDelete, deletedStatus } from "../../../controller/object/decide-delete.ts";
import { decideStatusUpdate, decideUpdate } from "../../../controller/object/decide-update.ts";
import { readDeleteOptions } from "../../../controller/object/delete-options.ts";
import { isRefusal } from "../../../controller/object/refusal.ts";
import { at } from "../../../controller/object/tree.ts";
import type { Json, JsonObject } from "../../../controller/resource/json-schema.ts";
import { LATER, NOW, objectIn, onVip, storedVip, told, vipSpec } from "../../support/api-objects.ts";

const none = (): null => null;
const metadata = (object: JsonObject): Json | undefined => object["metadata"];

describe("a create", () => {
  const request = (fields: JsonObject): JsonObject => ({ ...storedVip(), metadata: fields });
  const toCollection = onVip({ name: "" });

  it("gives the object its identity, whatever the client says of it, and drops the status", () => {
    const asked = {
      name: "web",
      uid: "forged",
      generation: 9,
      creationTimestamp: NOW,
      deletionTimestamp: NOW,
    };
    const outcome = decideCreate(none, { ...request(asked), status: { nodes: [] } }, toCollection);
    assert.deepEqual(objectIn(outcome, "create"), {
      apiVersion: "holdfast.dev/v1alpha1",
      kind: "VirtualIP",
      metadata: {
        name: "web",
        namespace: "default",
        uid: "uid-new",
        generation: 1,
        creationTimestamp: LATER,
      },
      spec: vipSpec(),
    });
  });

  it("generates a name that fits", () => {
    const named = (base: string): Json | undefined =>
      at(
        objectIn(decideCreate(none, request({ generateName: base }), toCollection), "create"),
        "metadata",
        "name",
      );
    assert.equal(named("web-"), "web-x7k2q");
    assert.equal(named("w".repeat(80)), `${"w".repeat(58)}x7k2q`);
  });

  it("is refused with the words of kubectl's users", () => {
    const refusalOf = (fields: JsonObject, context = toCollection): string =>
      told(decideCreate(() => storedVip(), request(fields), context));
    assert.equal(
      refusalOf({ name: "web" }),
      '409 AlreadyExists: virtualips.holdfast.dev "web" already exists',
    );
    assert.equal(
      refusalOf({ generateName: "web-" }),
      '409 AlreadyExists: virtualips.holdfast.dev "web-x7k2q" already exists, the server was not able to generate a unique name for the object',
    );
    assert.equal(
      refusalOf({}),
      '422 Invalid: VirtualIP.holdfast.dev "" is invalid: metadata.name: Required value: name or generateName is required',
    );
    assert.equal(
      refusalOf({ name: "web", namespace: "lb" }),
      "400 BadRequest: the namespace of the provided object does not match the namespace sent on the request",
    );
    assert.equal(
      refusalOf({ name: "web", resourceVersion: "3" }),
      "400 BadRequest: resourceVersion should not be set on objects to be created",
    );
    assert.equal(
      refusalOf({ name: "other" }, onVip()),
      "400 BadRequest: the name of the object (other) does not match the name on the URL (web)",
    );
    assert.match(
      refusalOf({ name: "web", finalizers: ["a/b/c"] }),
      /metadata.finalizers: Invalid value: "a\/b\/c"/,
    );
  });
});

describe("an update", () => {
  const changed = (fields: JsonObject, content: JsonObject = {}): JsonObject => storedVip(fields, content);

  it("raises the generation when something outside the metadata changes", () => {
    const outcome = decideUpdate(storedVip(), changed({ generation: 77 }, { spec: vipSpec(52) }), onVip());
    assert.deepEqual(objectIn(outcome, "update"), storedVip({ generation: 2 }, { spec: vipSpec(52) }));
  });

  it("leaves the generation when only metadata changes", () => {
    const outcome = decideUpdate(storedVip(), changed({ labels: { team: "a" } }), onVip());
    assert.deepEqual(metadata(objectIn(outcome, "update")), metadata(storedVip({ labels: { team: "a" } })));
  });

  it("keeps the status, and what is the server's", () => {
    const live = storedVip({}, { status: { observedGeneration: 1 } });
    const request = changed(
      { uid: "", creationTimestamp: LATER, deletionTimestamp: LATER, labels: { a: "b" } },
      { status: { observedGeneration: 5 } },
    );
    const next = objectIn(decideUpdate(live, request, onVip()), "update");
    assert.deepEqual(next, storedVip({ labels: { a: "b" } }, { status: { observedGeneration: 1 } }));
    const bare = decideUpdate(storedVip(), changed({}, { status: {} }), onVip());
    assert.equal(bare.type, "unchanged");
  });

  it("that changes nothing is none", () => {
    const live = storedVip({ managedFields: [{ manager: "a", time: NOW }] });
    const again = decideUpdate(live, changed({ managedFields: [{ manager: "a", time: LATER }] }), onVip());
    assert.equal(objectIn(again, "unchanged"), live);
    const other = decideUpdate(live, changed({ managedFields: [{ manager: "b", time: LATER }] }), onVip());
    assert.equal(other.type, "update");
  });

  it("is refused with the words of kubectl's users", () => {
    const refusalOf = (fields: JsonObject, live: JsonObject | null = storedVip()): string =>
      told(decideUpdate(live, changed(fields), onVip()));
    assert.equal(refusalOf({}, null), '404 NotFound: virtualips.holdfast.dev "web" not found');
    assert.equal(
      refusalOf({ resourceVersion: "6" }),
      '409 Conflict: Operation cannot be fulfilled on virtualips.holdfast.dev "web": the object has been modified; please apply your changes to the latest version and try again',
    );
    assert.equal(
      refusalOf({ resourceVersion: "" }),
      '422 Invalid: virtualips.holdfast.dev "web" is invalid: metadata.resourceVersion: Invalid value: 0x0: must be specified for an update',
    );
    assert.equal(
      refusalOf({ uid: "uid-2" }),
      '422 Invalid: VirtualIP.holdfast.dev "web" is invalid: metadata.uid: Invalid value: "uid-2": field is immutable',
    );
    assert.equal(
      refusalOf({ name: "other" }),
      "400 BadRequest: the name of the object (other) does not match the name on the URL (web)",
    );
  });
});

describe("an update of the status", () => {
  it("changes the status and nothing else, and never the generation", () => {
    const request = storedVip(
      { labels: { a: "b" }, finalizers: ["example.com/x"] },
      { spec: vipSpec(99), status: { observedGeneration: 1 } },
    );
    const outcome = decideStatusUpdate(storedVip({ labels: { own: "1" } }), request, onVip());
    assert.deepEqual(
      objectIn(outcome, "update"),
      storedVip({ labels: { own: "1" } }, { status: { observedGeneration: 1 } }),
    );
  });

  it("takes the status away when there is none in it", () => {
    const live = storedVip({}, { status: { observedGeneration: 1 } });
    assert.deepEqual(objectIn(decideStatusUpdate(live, storedVip(), onVip()), "update"), storedVip());
  });

  it("needs the current version", () => {
    assert.match(told(decideStatusUpdate(storedVip(), storedVip({ resourceVersion: "1" }), onVip())), /^409/);
    assert.match(told(decideStatusUpdate(null, storedVip(), onVip())), /^404/);
  });
});

describe("a delete", () => {
  const anyway = { isDryRun: false, uid: null, resourceVersion: null };
  const finalized = { finalizers: ["example.com/drain"] };
  const dying = { ...finalized, deletionTimestamp: LATER, deletionGracePeriodSeconds: 0, generation: 2 };

  it("removes the object, and says which", () => {
    const gone = objectIn(decideDelete(storedVip(), anyway, onVip()), "delete");
    assert.deepEqual(deletedStatus(onVip().resource, gone), {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Success",
      details: { name: "web", group: "holdfast.dev", kind: "virtualips", uid: "uid-1" },
    });
  });

  it("waits for finalizers", () => {
    const marked = objectIn(decideDelete(storedVip(finalized), anyway, onVip()), "update");
    assert.deepEqual(marked, storedVip(dying));
    assert.equal(decideDelete(marked, anyway, onVip({ now: "2027-01-01T00:00:00Z" })).type, "unchanged");
  });

  it("is finished by whoever takes the last finalizer off", () => {
    const outcome = decideUpdate(storedVip(dying), storedVip({ ...dying, finalizers: [] }), onVip());
    assert.equal(outcome.type, "delete");
    const alive = decideUpdate(storedVip(finalized), storedVip({ finalizers: [] }), onVip());
    assert.equal(alive.type, "update");
  });

  it("under way takes no new finalizers, and cannot be revoked", () => {
    const more = { ...dying, finalizers: ["example.com/drain", "z", "a"] };
    assert.equal(
      told(decideUpdate(storedVip(dying), storedVip(more), onVip())),
      '422 Invalid: VirtualIP.holdfast.dev "web" is invalid: metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"a", "z"}',
    );
    const revoked = decideUpdate(storedVip(dying), storedVip({ ...finalized, generation: 2 }), onVip());
    assert.equal(revoked.type, "unchanged");
  });

  it("holds only for the object that it was meant for", () => {
    const refusalOf = (precondition: { uid?: string; resourceVersion?: string }): string =>
      told(decideDelete(storedVip(), { ...anyway, ...precondition }, onVip()));
    assert.equal(
      refusalOf({ uid: "uid-0" }),
      '409 Conflict: Operation cannot be fulfilled on VirtualIP.holdfast.dev "web": the UID in the precondition (uid-0) does not match the UID in record (uid-1). The object might have been deleted and then recreated',
    );
    assert.equal(
      refusalOf({ resourceVersion: "1" }),
      '409 Conflict: Operation cannot be fulfilled on VirtualIP.holdfast.dev "web": the ResourceVersion in the precondition (1) does not match the ResourceVersion in record (7). The object might have been modified',
    );
    assert.equal(
      told(decideDelete(null, anyway, onVip())),
      '404 NotFound: virtualips.holdfast.dev "web" not found',
    );
  });
});

describe("the options of a delete", () => {
  const optionsOf = (body: Json, dryRun: readonly string[] = []): Json => {
    const options = readDeleteOptions(body, dryRun);
    return isRefusal(options) ? told(options) : { ...options };
  };

  it("say in the body, too, that it is a rehearsal", () => {
    const rehearsal = { isDryRun: true, uid: null, resourceVersion: null };
    assert.deepEqual(optionsOf({ propagationPolicy: "Background", dryRun: ["All"] }), rehearsal);
    assert.deepEqual(optionsOf(null, ["All"]), rehearsal);
    assert.deepEqual(
      optionsOf({ kind: "DeleteOptions", preconditions: { uid: "u", resourceVersion: "3" } }),
      {
        isDryRun: false,
        uid: "u",
        resourceVersion: "3",
      },
    );
  });

  it("are refused where they are not known", () => {
    assert.equal(
      optionsOf({ propagationPolicy: "Later" }),
      '422 Invalid: DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "Later": supported values: "Foreground", "Background", "Orphan", "nil"',
    );
    assert.equal(
      optionsOf({ dryRun: ["Some"] }),
      '422 Invalid: DeleteOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Some"]: supported values: "All"',
    );
    assert.equal(optionsOf("x"), '400 BadRequest: DeleteOptions must be a mapping, found "x"');
  });
});
