/** What a source's file makes of an object that others write to as well. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decideWrite, type WriteContext } from "../../../controller/object/decide-write.ts";
import { type Declared, declare } from "../../../controller/object/declare.ts";
import { isDeclared } from "../../../controller/object/is-declared.ts";
import { metadataOf, withMetadata } from "../../../controller/object/metadata.ts";
import { at, without } from "../../../controller/object/tree.ts";
import { contextOf } from "../../../controller/plan/source-declare.ts";
import type { Json, JsonObject } from "../../../controller/resource/json-schema.ts";
import type { Kind } from "../../../controller/resource/meta.ts";
import { LATER, NOW, objectIn } from "../../support/api-objects.ts";
import { checkManifest } from "../../support/stored-manifests.ts";
import { testApplier } from "../../support/test-applier.ts";

const FILE = "holdfast-directory";
const onCheck = (changes: Partial<WriteContext> = {}): WriteContext => ({
  ...contextOf("directory:/m", testApplier(), checkManifest("web")),
  now: NOW,
  ...changes,
});
const onVip = (): WriteContext => ({
  ...contextOf("directory:/m", testApplier(), {
    ...checkManifest("web"),
    kind: "VirtualIP",
  } as never),
  now: NOW,
});

const said = (spec: JsonObject, metadata: JsonObject = {}, kind: Kind = "HealthCheck"): JsonObject => ({
  apiVersion: "holdfast.dev/v1alpha1",
  kind,
  metadata: { name: "web", ...metadata },
  spec,
});
const HTTP = said({ http: { port: 80 }, interval: "5s" });
const VIP = said(
  {
    addresses: ["192.0.2.10/32"],
    interface: "eth0",
    vrrp: { virtualRouterID: 7 },
    members: [{ node: "a" }, { node: "b", priority: 90 }],
  },
  {},
  "VirtualIP",
);

/** As the store gives it back. */
const stored = (object: JsonObject, resourceVersion = "7"): JsonObject =>
  withMetadata(object, { resourceVersion });
const created = (config: JsonObject, context = onCheck()): JsonObject =>
  stored(objectIn(declare(null, config, context).outcome, "create"));
const updated = ({ outcome }: Declared): JsonObject => stored(objectIn(outcome, "update"), "9");

/** What somebody does through the API. */
function write(
  verb: "merge-patch" | "apply",
  manager: string,
  live: JsonObject,
  body: JsonObject,
  context = onCheck(),
): JsonObject {
  const request = { verb, body, duplicates: [], fieldValidation: "Strict", isForced: true } as const;
  return stored(
    objectIn(decideWrite(() => live, request, { ...context, manager, now: LATER }).outcome, "update"),
    "8",
  );
}
const patch = (manager: string, live: JsonObject, body: JsonObject, context = onCheck()): JsonObject =>
  write("merge-patch", manager, live, body, context);

const managers = (object: JsonObject): (Json | undefined)[] =>
  (metadataOf(object).managedFields ?? []).map((entry) => at(entry, "manager"));
const fieldsOf = (object: JsonObject, manager: string): Json | undefined =>
  at(
    (metadataOf(object).managedFields ?? []).find((entry) => at(entry, "manager") === manager),
    "fieldsV1",
  );

describe("a file that declares an object", () => {
  it("owns what it says, and none of the defaults", () => {
    const object = created(HTTP);
    assert.equal(at(object, "spec", "http", "path"), "/");
    assert.deepEqual(managers(object), [FILE]);
    assert.deepEqual(fieldsOf(object, FILE), {
      "f:spec": { "f:http": { "f:port": {} }, "f:interval": {} },
    });
    assert.equal(metadataOf(object).uid, "uid");
    assert.equal(isDeclared(object, HTTP, onCheck()), true);
  });

  it("takes with it what leaves the file: the default is back", () => {
    const next = updated(declare(created(HTTP), said({ http: { port: 80 } }), onCheck()));
    assert.equal(at(next, "spec", "interval"), "2s");
    assert.equal(metadataOf(next).generation, 2);
  });

  it("may turn to another probe, though it never said all that the old one had", () => {
    const next = updated(declare(created(HTTP), said({ tcp: { port: 80 } }), onCheck()));
    assert.deepEqual(at(next, "spec", "tcp"), { port: 80 });
    assert.equal(at(next, "spec", "http"), undefined);
    assert.equal(isDeclared(next, said({ tcp: { port: 80 } }), onCheck()), true);
  });

  it("may say of a mapping only that it is there", () => {
    const bare = said({ http: {} });
    const object = created(bare);
    assert.equal(isDeclared(object, bare, onCheck()), true);
    const moved = patch("kubectl-edit", object, { spec: { http: { path: "/health" } } });
    assert.equal(isDeclared(moved, bare, onCheck()), true);
    const next = updated(declare(moved, said({ http: {} }, { labels: { team: "a" } }), onCheck()));
    assert.equal(at(next, "spec", "http", "path"), "/health");
  });

  it("belongs to the file as a whole when it was stored before anybody recorded owners", () => {
    const old = withMetadata(created(HTTP), { managedFields: null, labels: { gone: "yes" } });
    const next = updated(declare(old, HTTP, onCheck()));
    assert.deepEqual(metadataOf(next).labels, {});
    assert.deepEqual(managers(next), [FILE]);
    assert.equal(metadataOf(next).generation, 1);
    const same = without(withMetadata(old, { managedFields: null }), "status");
    const quiet = updated(declare(withMetadata(same, { labels: {} }), HTTP, onCheck()));
    assert.deepEqual(
      withMetadata(quiet, { managedFields: null, resourceVersion: "7" }),
      withMetadata(same, { labels: {} }),
    );
  });
});

describe("what others write to an object of a file", () => {
  it("stays where the file says nothing of it", () => {
    let live = patch("kubectl-label", created(HTTP), { metadata: { labels: { team: "a" } } });
    live = write("apply", "tuner", live, said({ fall: 5 }));
    assert.equal(isDeclared(live, HTTP, onCheck()), true);
    const { outcome, overruled } = declare(live, said({ http: { port: 81 } }), onCheck());
    const next = objectIn(outcome, "update");
    assert.deepEqual(metadataOf(next).labels, { team: "a" });
    assert.deepEqual(
      [at(next, "spec", "fall"), at(next, "spec", "http", "port"), at(next, "spec", "interval")],
      [5, 81, "2s"],
    );
    assert.deepEqual(overruled, []);
  });

  it("goes again when they give it up", () => {
    const live = write("apply", "tuner", created(HTTP), said({ fall: 5 }));
    const less = write("apply", "tuner", live, said({ rise: 3 }));
    assert.deepEqual([at(less, "spec", "fall"), at(less, "spec", "rise")], [2, 3]);
  });

  it("is set back where the file says otherwise, and told with who it was", () => {
    const live = patch("kubectl-edit", created(HTTP), { spec: { interval: "9s", rise: 4 } });
    assert.equal(isDeclared(live, HTTP, onCheck()), false);
    const declared = declare(live, HTTP, onCheck());
    const next = updated(declared);
    assert.deepEqual([at(next, "spec", "interval"), at(next, "spec", "rise")], ["5s", 4]);
    assert.deepEqual(declared.overruled, [{ manager: "kubectl-edit", fields: ["spec.interval"] }]);
    assert.equal(isDeclared(next, HTTP, onCheck()), true);
  });

  it("is put back where they have taken it away", () => {
    const live = patch("kubectl-edit", created(HTTP), { spec: { interval: null } });
    assert.equal(at(live, "spec", "interval"), "2s");
    assert.equal(at(updated(declare(live, HTTP, onCheck())), "spec", "interval"), "5s");
  });

  it("is dropped where the object is not sound with it; labels stay", () => {
    let live = patch("kubectl-label", created(HTTP), { metadata: { labels: { team: "a" } } });
    live = patch("kubectl-edit", live, { spec: { http: null, tcp: { port: 8 }, rise: 4 } });
    const declared = declare(live, HTTP, onCheck());
    const next = updated(declared);
    assert.deepEqual([at(next, "spec", "tcp"), at(next, "spec", "rise")], [undefined, 2]);
    assert.deepEqual(metadataOf(next).labels, { team: "a" });
    assert.deepEqual(declared.overruled, [{ manager: "kubectl-edit", fields: ["spec.rise", "spec.tcp"] }]);
    assert.equal(isDeclared(next, HTTP, onCheck()), true);
  });

  it("is owned together where they apply the same, and stays when it leaves the file", () => {
    const live = write("apply", "tuner", created(HTTP), said({ interval: "5s" }));
    assert.equal(isDeclared(live, HTTP, onCheck()), true);
    const next = updated(declare(live, said({ http: { port: 80 } }), onCheck()));
    assert.equal(at(next, "spec", "interval"), "5s");
  });

  it("is refused before it is written where they apply without force", () => {
    const request = {
      verb: "apply",
      body: said({ interval: "9s" }),
      duplicates: [],
      fieldValidation: "Strict",
      isForced: false,
    } as const;
    const { outcome } = decideWrite(() => created(HTTP), request, onCheck({ manager: "kubectl" }));
    assert.match(outcome.type === "refused" ? outcome.message : "", /conflict with "holdfast-directory"/);
  });

  it("to an item of the file's list stays with the item, and goes with it", () => {
    const live = created(VIP, onVip());
    const members = [{ node: "a" }, { node: "b", priority: 90, address: "192.0.2.3" }];
    const addressed = patch("kubectl-edit", live, { spec: { members } }, onVip());
    const spec = VIP["spec"] as JsonObject;
    const other = said({ ...spec, members: [{ node: "c" }, { node: "b", priority: 90 }] }, {}, "VirtualIP");
    const next = updated(declare(addressed, other, onVip()));
    assert.deepEqual(at(next, "spec", "members"), [
      { node: "c", priority: 100 },
      { node: "b", priority: 90, address: "192.0.2.3" },
    ]);
    const shrunk = said({ ...spec, members: [{ node: "c" }] }, {}, "VirtualIP");
    const last = declare(next, shrunk, onVip());
    assert.deepEqual(at(updated(last), "spec", "members"), [{ node: "c", priority: 100 }]);
  });

  it("forgetting who owns what is mended without a new generation", () => {
    const live = stored(withMetadata(created(HTTP), { managedFields: [] }));
    assert.equal(isDeclared(live, HTTP, onCheck()), false);
    const next = updated(declare(live, HTTP, onCheck()));
    assert.equal(metadataOf(next).generation, 1);
    assert.equal(isDeclared(next, HTTP, onCheck()), true);
  });
});
