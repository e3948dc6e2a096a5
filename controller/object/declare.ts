/**
 * What a source of manifests makes of an object. It is server-side apply, with two differences: what others have set otherwise
 * is taken from them, for the file says what the object is to be; and what nobody has said has its default, whatever it was
 * before. So a file that says `tcp` instead of `http` leaves nothing of `http` behind, though it never said all that was in it.
 */
import type { JsonObject } from "../resource/json-schema.ts";
import { apiVersionOf } from "./api-resource.ts";
import { decideCreate } from "./decide-create.ts";
import { decideUpdate } from "./decide-update.ts";
import type { WriteContext } from "./decide-write.ts";
import {
  difference,
  type FieldSet,
  fieldSetOf,
  NO_FIELDS,
  outermostPaths,
  union,
  withoutBranches,
} from "./field-set.ts";
import { manageApply } from "./manage-fields.ts";
import { type Ownerships, ownershipsIn, withOwnership, withOwnerships } from "./managed-fields.ts";
import { withMetadata } from "./metadata.ts";
import type { Outcome } from "./outcome.ts";
import { fieldElement, formatFieldPath } from "./path-element.ts";
import { isRefusal, type Refusal } from "./refusal.ts";
import { mappingAt, without } from "./tree.ts";
import { extractTyped, fieldsBelow } from "./typed-extract.ts";
import { typeOfField } from "./typed-fields.ts";

export interface Declared {
  readonly outcome: Outcome;
  /** What others have lost by it. */
  readonly overruled: readonly Overruled[];
}

export interface Overruled {
  readonly manager: string;
  /** `spec.interval`. */
  readonly fields: readonly string[];
}

const SPEC = fieldSetOf([[fieldElement("spec")]]);
const CONTENT = fieldSetOf([
  [fieldElement("spec")],
  [fieldElement("metadata"), fieldElement("labels")],
  [fieldElement("metadata"), fieldElement("annotations")],
]);

/** `live` null: there is no such object. What others have added stays as long as the whole is sound with it. */
export function declare(live: JsonObject | null, config: JsonObject, context: WriteContext): Declared {
  if (live === null) {
    const next = declared(null, config, context);
    return { outcome: isRefusal(next) ? next : decideCreate(() => null, next, context), overruled: [] };
  }
  const next = soundest([NO_FIELDS, SPEC, CONTENT], (taken) =>
    declared(withoutClaims(live, taken, context), config, context),
  );
  if (isRefusal(next)) return { outcome: next, overruled: [] };
  return { outcome: decideUpdate(live, next, context), overruled: overruledBy(live, next, context) };
}

function soundest(
  attempts: readonly FieldSet[],
  attempt: (taken: FieldSet) => JsonObject | Refusal,
): JsonObject | Refusal {
  const [first = NO_FIELDS, ...more] = attempts;
  const result = attempt(first);
  return isRefusal(result) && more.length > 0 ? soundest(more, attempt) : result;
}

/** The live object as if nobody else had ever said anything of `taken`. */
function withoutClaims(live: JsonObject, taken: FieldSet, context: WriteContext): JsonObject {
  const apiVersion = apiVersionOf(context.resource);
  let ownerships = ownershipsIn(live, apiVersion);
  for (const ownership of ownerships.values())
    if (ownership.manager.name !== context.manager)
      ownerships = withOwnership(ownerships, {
        ...ownership,
        fields: withoutBranches(ownership.fields, taken),
      });
  const next = withOwnerships(live, ownerships, apiVersion);
  // Of an object that was stored before owners were, nobody but the file has said anything.
  return ownerships.size === 0 ? withMetadata(without(next, "spec"), { labels: {}, annotations: {} }) : next;
}

function declared(live: JsonObject | null, config: JsonObject, context: WriteContext): JsonObject | Refusal {
  const applied = manageApply(live, config, true, context);
  if (isRefusal(applied)) return applied;
  const said = onlySaid(applied, ownershipsIn(applied, apiVersionOf(context.resource)), context);
  const completed = context.complete(said);
  return isRefusal(completed) ? completed : completed.object;
}

/** The rest are defaults, which whoever completes the object fills in again. */
function onlySaid(object: JsonObject, ownerships: Ownerships, { type }: WriteContext): JsonObject {
  const fields = [...ownerships.values()].map((ownership) => ownership.fields).reduce(union, NO_FIELDS);
  const part = (...path: readonly string[]): JsonObject => {
    const typeThere = path.reduce(
      (above, name) => (above.type === "map" ? typeOfField(above, name) : above),
      type,
    );
    return extractTyped(typeThere, mappingAt(object, ...path), fieldsBelow(fields, ...path)) as JsonObject;
  };
  const labels = part("metadata", "labels");
  const annotations = part("metadata", "annotations");
  return withMetadata({ ...object, spec: part("spec") }, { labels, annotations });
}

function overruledBy(live: JsonObject, next: JsonObject, context: WriteContext): readonly Overruled[] {
  const apiVersion = apiVersionOf(context.resource);
  const left = ownershipsIn(next, apiVersion);
  return [...ownershipsIn(live, apiVersion)].flatMap(([id, { manager, fields }]): Overruled[] => {
    if (manager.name === context.manager) return [];
    const lost = outermostPaths(difference(fields, left.get(id)?.fields ?? NO_FIELDS));
    if (lost.length === 0) return [];
    return [{ manager: manager.name, fields: lost.map((path) => formatFieldPath(path).slice(1)) }];
  });
}
