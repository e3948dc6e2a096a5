/** Laws of what a file makes of an object, whatever others have done to it before. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { it } from "node:test";
import fc from "fast-check";
import { decideWrite, type WriteContext } from "../../controller/object/decide-write.ts";
import { declare } from "../../controller/object/declare.ts";
import { isDeclared } from "../../controller/object/is-declared.ts";
import { metadataOf, withMetadata } from "../../controller/object/metadata.ts";
import { mergeTyped } from "../../controller/object/typed-merge.ts";
import { configOf, contextOf } from "../../controller/plan/source-declare.ts";
import { isObject, type Json, type JsonObject } from "../../controller/resource/json-schema.ts";
import { parseManifests, type Stated } from "../../controller/resource/parse.ts";
import { isSame } from "../../controller/resource/same.ts";
import { testApplier } from "../support/test-applier.ts";

const ALL = readdirSync("manifests").flatMap((folder) =>
  readdirSync(`manifests/${folder}`)
    .filter((file) => file.endsWith(".yaml"))
    .flatMap((file) => parseManifests(file, readFileSync(`manifests/${folder}/${file}`, "utf8")).manifests),
);
const stated = fc.constantFrom(...ALL);

/** Somebody changes one value, takes one field away, adds what another file says, or labels it. */
type Deed =
  | { readonly type: "change" | "remove"; readonly place: number; readonly manager: string }
  | { readonly type: "label"; readonly value: string; readonly manager: string }
  | { readonly type: "apply"; readonly other: number; readonly manager: string }
  | { readonly type: "forget" };
const manager = fc.constantFrom("kubectl-edit", "tuner");
const deed: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({ type: fc.constantFrom("change", "remove"), place: fc.nat(60), manager }),
  fc.record({ type: fc.constant("label"), value: fc.constantFrom("a", "b"), manager }),
  fc.record({ type: fc.constant("apply"), other: fc.nat(20), manager }),
  fc.constant({ type: "forget" } as const),
);
const deeds = fc.array(deed, { maxLength: 5 });

const onFile = ({ manifest }: Stated): WriteContext => contextOf("directory:/m", testApplier(), manifest);

function outcomeOf(live: JsonObject | null, file: Stated, context: WriteContext): JsonObject {
  const { outcome } = declare(live, configOf(file, context.type), context);
  assert.ok(outcome.type !== "refused", outcome.type === "refused" ? outcome.message : "");
  return withMetadata(outcome.object, { resourceVersion: "1" });
}

function happen(live: JsonObject, each: Deed, context: WriteContext): JsonObject {
  if (each.type === "forget") return withMetadata(live, { managedFields: [] });
  const asked = { ...context, manager: each.manager };
  const common = { duplicates: [], fieldValidation: "Ignore", isForced: true } as const;
  const request =
    each.type === "apply"
      ? ({ ...common, verb: "apply", body: otherSpec(live, each.other) } as const)
      : ({ ...common, verb: "update", body: changed(live, each) } as const);
  const { outcome } = decideWrite(() => live, request, asked);
  // What is refused to them has not happened.
  const isDone = outcome.type === "update" || outcome.type === "unchanged";
  return isDone ? withMetadata(outcome.object, { resourceVersion: "1" }) : live;
}

function otherSpec(live: JsonObject, index: number): JsonObject {
  const alike = ALL.filter(({ said }) => said["kind"] === live["kind"]);
  const { apiVersion, kind } = live as { apiVersion: string; kind: string };
  const { name, namespace } = metadataOf(live);
  return {
    apiVersion,
    kind,
    metadata: { name, namespace },
    spec: alike[index % alike.length]?.said["spec"] ?? {},
  };
}

function changed(live: JsonObject, each: Exclude<Deed, { type: "apply" | "forget" }>): JsonObject {
  if (each.type === "label") return withMetadata(live, { labels: { team: each.value } });
  const isChange = each.type === "change";
  let place = each.place;
  const visit = (value: Json): Json | undefined => {
    if (!isObject(value)) {
      if (place-- !== 0) return value;
      return isChange ? otherValue(value) : undefined;
    }
    const fields = Object.entries(value).flatMap(([name, field]): [string, Json][] => {
      const next = visit(field);
      return next === undefined ? [] : [[name, next]];
    });
    return Object.fromEntries(fields);
  };
  return { ...live, spec: visit(live["spec"] ?? {}) ?? {} };
}

function otherValue(value: Json): Json {
  if (typeof value === "number") return value + 1;
  if (typeof value === "boolean") return !value;
  return value === "9s" ? "10s" : "9s";
}

it("whatever others have done, one pass brings the object to where the file has nothing to say of it", () => {
  fc.assert(
    fc.property(stated, deeds, (file, done) => {
      const context = onFile(file);
      const live = done.reduce(
        (object, each) => happen(object, each, context),
        outcomeOf(null, file, context),
      );
      if (isDeclared(live, configOf(file, context.type), context)) return;
      const next = outcomeOf(live, file, context);
      assert.ok(isDeclared(next, configOf(file, context.type), context));
      assert.ok(isSame(mergeTyped(context.type, next, configOf(file, context.type)), next));
      assert.ok(isSame(outcomeOf(next, file, context), next));
    }),
    { numRuns: 200 },
  );
});

it("when others say nothing of it any more, the object is what the file says, with defaults", () => {
  fc.assert(
    fc.property(stated, deeds, (file, done) => {
      const context = onFile(file);
      const born = outcomeOf(null, file, context);
      const live = done.reduce((object, each) => happen(object, each, context), born);
      const alone = withMetadata(live, {
        managedFields: (metadataOf(live).managedFields ?? []).filter(
          (entry) => isObject(entry) && entry["manager"] === context.manager,
        ),
      });
      if (isDeclared(alone, configOf(file, context.type), context)) return;
      const next = outcomeOf(alone, file, context);
      assert.deepEqual(next["spec"], born["spec"]);
      assert.deepEqual(metadataOf(next).labels, metadataOf(born).labels);
    }),
    { numRuns: 200 },
  );
});

it("an object that nobody owns becomes its file's without another generation", () => {
  for (const file of ALL) {
    const context = onFile(file);
    const old = withMetadata(outcomeOf(null, file, context), { managedFields: null });
    const next = outcomeOf(old, file, context);
    assert.deepEqual(withMetadata(next, { managedFields: null }), old);
    assert.ok(isDeclared(next, configOf(file, context.type), context));
  }
});
