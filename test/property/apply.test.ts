/** Laws of server-side apply, whatever is applied and updated by whom. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { completeObject } from "../../controller/object/complete-object.ts";
import { decideWrite, type WriteRequest } from "../../controller/object/decide-write.ts";
import {
  difference,
  type FieldSet,
  intersection,
  isEmptySet,
  NO_FIELDS,
  pathsOf,
  union,
} from "../../controller/object/field-set.ts";
import { decodeFields, encodeFields } from "../../controller/object/fields-v1.ts";
import { applyJsonPatch } from "../../controller/object/json-patch.ts";
import { managerId } from "../../controller/object/managed-fields.ts";
import { applyMergePatch } from "../../controller/object/merge-patch.ts";
import { formatFieldPath } from "../../controller/object/path-element.ts";
import { isRefusal } from "../../controller/object/refusal.ts";
import { compareTyped } from "../../controller/object/typed-compare.ts";
import { fieldsIn, withNamedFields } from "../../controller/object/typed-fields.ts";
import { shapeProblems } from "../../controller/object/typed-validate.ts";
import type { Json, JsonObject } from "../../controller/resource/json-schema.ts";
import { onVip, storedVip } from "../support/api-objects.ts";
import { type Deed, owned, STORY_TYPE, type State, tell } from "../support/merge-story.ts";
import { VIP_TYPE } from "../support/vip-owners.ts";

const letter = fc.constantFrom("a", "b", "c");
const textMap = fc.dictionary(letter, letter, { maxKeys: 3 });
const textSet = fc.uniqueArray(letter, { maxLength: 3 });
const item = fc.record(
  { name: letter, value: fc.nat(2), other: letter, map: textMap, set: textSet },
  { requiredKeys: ["name"] },
);
const object: fc.Arbitrary<JsonObject> = fc.record(
  {
    string: letter,
    numeric: fc.option(fc.nat(2)),
    struct: fc.option(
      fc.record({ name: letter, value: fc.nat(2), inner: fc.record({ name: letter }) }, { requiredKeys: [] }),
    ),
    map: textMap,
    mapOfMaps: fc.dictionary(letter, textMap, { maxKeys: 2 }),
    mapOfSets: fc.dictionary(letter, textSet, { maxKeys: 2 }),
    set: textSet,
    list: fc.uniqueArray(item, { maxLength: 3, selector: ({ name }) => name }),
    ports: fc.uniqueArray(
      fc.record({ port: fc.nat(2), protocol: fc.constantFrom("TCP", "UDP") }, { requiredKeys: ["port"] }),
      { maxLength: 3, selector: ({ port, protocol = "TCP" }) => `${port}/${protocol}` },
    ),
    atomicList: fc.array(letter, { maxLength: 2 }),
    atomicMap: textMap,
  },
  { requiredKeys: [] },
) as fc.Arbitrary<JsonObject>;

const manager = fc.constantFrom("one", "two", "three");
const deed: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({ apply: manager, object, isForced: fc.constant(true) }),
  fc.record({ update: manager, object }),
);
const deeds = fc.array(deed, { maxLength: 6 });

const ownedBy = ({ ownerships }: State, name: string): FieldSet =>
  ownerships.get(managerId({ name, operation: "Apply", subresource: "" }))?.fields ?? NO_FIELDS;
const ownedByAll = ({ ownerships }: State): FieldSet =>
  [...ownerships.values()].map(({ fields }) => fields).reduce(union, NO_FIELDS);
const told = (set: FieldSet): string[] => pathsOf(set).map(formatFieldPath);

describe("whatever has happened before", () => {
  it("the object is sound", () => {
    fc.assert(
      fc.property(deeds, (story) => {
        assert.deepEqual(shapeProblems(STORY_TYPE, tell(story).object), []);
      }),
    );
  });

  it("applying the same again changes nothing", () => {
    fc.assert(
      fc.property(deeds, object, (story, config) => {
        const once = tell([...story, { apply: "one", object: config, isForced: true }]);
        // Later, and without force: there is nothing to force.
        const again = tell([{ apply: "one", object: config }], once);
        assert.deepEqual(again, once);
      }),
    );
  });

  it("what is applied is so, and owned", () => {
    fc.assert(
      fc.property(deeds, object, (story, config) => {
        const end = tell([...story, { apply: "one", object: config, isForced: true }]);
        const { modified, removed } = compareTyped(STORY_TYPE, config, end.object);
        // What is applied as null or empty keeps what others have in it.
        const lost = difference(union(modified, removed), emptiesIn(config));
        assert.deepEqual(told(lost), []);
        assert.deepEqual(told(ownedBy(end, "one")), told(fieldsIn(STORY_TYPE, config)));
      }),
    );
  });

  it("what is applied no more is gone, unless somebody else owns it", () => {
    fc.assert(
      fc.property(deeds, object, (story, config) => {
        const applied = tell([...story, { apply: "one", object: config, isForced: true }]);
        const end = tell([{ apply: "one", object: {} }], applied);
        assert.ok(isEmptySet(ownedBy(end, "one")));
        const left = intersection(fieldsIn(STORY_TYPE, end.object), fieldsIn(STORY_TYPE, config));
        const kept = withNamedFields(STORY_TYPE, ownedByAll(applied));
        assert.deepEqual(told(difference(left, kept)), []);
        const others = tell([{ apply: "one", object: {} }], applied);
        const orphans = difference(left, withNamedFields(STORY_TYPE, ownedByAll(others)));
        assert.deepEqual(told(orphans), []);
      }),
    );
  });

  it("nobody owns a value that is not the one that he said", () => {
    fc.assert(
      fc.property(deeds, (story) => {
        const end = tell(story);
        const last = new Map(
          story.map((each) =>
            "apply" in each ? [each.apply, each.object] : [`${each.update} (update)`, each.object],
          ),
        );
        for (const name of Object.keys(owned(end)).filter((each) => !each.endsWith("(update)"))) {
          const said = last.get(name) ?? {};
          const { modified, removed } = compareTyped(STORY_TYPE, said, end.object);
          const differing = difference(union(modified, removed), emptiesIn(said));
          assert.deepEqual(told(intersection(ownedBy(end, name), differing)), []);
        }
      }),
    );
  });

  it("what is owned is there", () => {
    fc.assert(
      fc.property(deeds, (story) => {
        const end = tell(story);
        const { removed } = compareTyped(STORY_TYPE, end.object, {});
        assert.deepEqual(told(difference(ownedByAll(end), removed)), []);
      }),
    );
  });

  it("FieldsV1 tells all of a set", () => {
    fc.assert(
      fc.property(object, (config) => {
        const set = fieldsIn(STORY_TYPE, config);
        const decoded = decodeFields(JSON.parse(JSON.stringify(encodeFields(set))));
        assert.deepEqual(told(decoded ?? NO_FIELDS), told(set));
      }),
    );
  });
});

/** Places that are said to be null or empty. */
function emptiesIn(config: JsonObject): FieldSet {
  const all = fieldsIn(STORY_TYPE, config);
  const { modified } = compareTyped(STORY_TYPE, config, filled(config));
  return intersection(all, modified);
}

function filled(value: JsonObject): JsonObject {
  const changed = (inner: Json): Json => {
    if (inner === null || (typeof inner === "object" && Object.keys(inner).length === 0)) return "filled";
    if (Array.isArray(inner)) return inner.map(changed);
    return typeof inner === "object" ? filled(inner as JsonObject) : inner;
  };
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, changed(inner)]));
}

const anyJson = fc.oneof(
  fc.jsonValue({ maxDepth: 4 }),
  fc
    .constantFrom(
      '{"__proto__":{"polluted":true}}',
      '{"metadata":{"__proto__":1,"managedFields":[{}]}}',
      '{"metadata":{"managedFields":[{"manager":"a","operation":"Apply","apiVersion":"holdfast.dev/v1alpha1","fieldsType":"FieldsV1","fieldsV1":{"f:spec":{"k:{}":{}}}}]}}',
      '[{"op":"add","path":"/__proto__/x","value":1}]',
      '{"spec":{"members":[null,{},{"node":null},{"node":[]}],"addresses":[null,{}]}}',
    )
    .map((text) => JSON.parse(text)),
) as fc.Arbitrary<Json>;

const likeVip = fc.record(
  {
    metadata: fc.oneof(
      anyJson,
      fc.record(
        {
          name: fc.constant("web"),
          resourceVersion: fc.constant("7"),
          labels: anyJson,
          managedFields: fc.array(anyJson, { maxLength: 2 }),
        },
        { requiredKeys: ["name"] },
      ),
    ),
    spec: fc.oneof(
      anyJson,
      fc.dictionary(fc.constantFrom("addresses", "members", "vrrp", "track", "interface"), anyJson),
    ),
    status: anyJson,
  },
  { requiredKeys: [] },
) as fc.Arbitrary<Json>;

describe("no input", () => {
  const verbs = fc.constantFrom<WriteRequest["verb"]>(
    "create",
    "update",
    "json-patch",
    "merge-patch",
    "apply",
  );
  it("makes a write throw, or changes a prototype", () => {
    fc.assert(
      fc.property(verbs, fc.oneof(anyJson, likeVip), fc.oneof(anyJson, likeVip), (verb, body, extra) => {
        const request: WriteRequest = {
          verb,
          body,
          duplicates: [],
          fieldValidation: "Ignore",
          isForced: true,
        };
        const live = {
          ...storedVip(),
          ...(typeof extra === "object" ? extra : {}),
          metadata: storedVip()["metadata"] ?? null,
        };
        const context = {
          ...onVip(),
          type: VIP_TYPE,
          subresource: "" as const,
          manager: "kubectl",
          complete: (whole: JsonObject) => completeObject("VirtualIP", VIP_TYPE, "", whole),
        };
        for (const found of [live, null]) decideWrite(() => found, request, context);
        assert.equal(Reflect.get({}, "polluted"), undefined);
      }),
      { numRuns: 500 },
    );
  });

  it("makes a patch throw, and a patch that is refused has changed nothing", () => {
    const token = fc.constantFrom("", "a", "b", "0", "1", "-", "__proto__", "~0", "~1");
    const pointer = fc
      .array(token, { maxLength: 3 })
      .map((tokens) => tokens.map((each) => `/${each}`).join(""));
    const operation = fc.record(
      {
        op: fc.constantFrom("add", "remove", "replace", "move", "copy", "test", "x"),
        path: pointer,
        from: pointer,
        value: fc.constantFrom<Json>(1, null, { a: [1] }, []),
      },
      { requiredKeys: ["op", "path"] },
    ) as fc.Arbitrary<Json>;
    const document: Json = { a: [1, { b: 2 }], b: { a: {} } };
    const before = JSON.stringify(document);
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 6 }), anyJson, (patch, merge) => {
        const outcome = applyJsonPatch(document, patch);
        assert.ok(isRefusal(outcome) || JSON.stringify(outcome).length > 0);
        applyMergePatch(document, merge);
        assert.equal(JSON.stringify(document), before);
      }),
      { numRuns: 1000 },
    );
  });
});
