/** What the manifests of a source make of the objects in the store, each by itself. Pure. */
import { RESOURCES } from "../object/api-resources.ts";
import { completeObject } from "../object/complete-object.ts";
import type { WriteContext } from "../object/decide-write.ts";
import { type Declared, declare } from "../object/declare.ts";
import { fieldSetOf } from "../object/field-set.ts";
import { isDeclared } from "../object/is-declared.ts";
import { disown, ownershipsIn, withOwnership, withOwnerships } from "../object/managed-fields.ts";
import type { MergeType } from "../object/merge-type.ts";
import { metadataOf, withMetadata } from "../object/metadata.ts";
import { fieldElement } from "../object/path-element.ts";
import { objectOfResource } from "../object/resource-object.ts";
import { without } from "../object/tree.ts";
import { extractTyped } from "../object/typed-extract.ts";
import { fieldsIn } from "../object/typed-fields.ts";
import { isObject, type JsonObject } from "../resource/json-schema.ts";
import { API_VERSION, type Kind, type Manifest, type Resource } from "../resource/meta.ts";
import type { Stated } from "../resource/parse.ts";
import {
  ADOPT,
  API_SOURCE,
  managerOfSource,
  type Provenance,
  type StoredResource,
} from "../resource/stored.ts";

/** What chance, the clock and the schemas have to add. */
export interface Applier {
  readonly mergeTypes: { readonly [K in Kind]: MergeType };
  /** RFC 3339, to the second. */
  readonly now: string;
  readonly newUid: () => string;
}

/** null: there is nothing to do about the object, but perhaps about its place. */
export function declareManifest(
  source: string,
  applier: Applier,
  stated: Stated,
  current: StoredResource | null,
): Declared | null {
  const context = contextOf(source, applier, stated.manifest);
  const config = configOf(stated, context.type);
  if (current === null) return declare(null, config, context);
  const live = objectOfResource(current.resource);
  if (current.provenance.source !== source)
    return declare(handedOver(live, current.provenance), config, context);
  return isDeclared(live, config, context) ? null : declare(live, config, context);
}

export function contextOf(
  source: string,
  applier: Applier,
  { kind, metadata }: Manifest | Resource,
): WriteContext {
  const type = applier.mergeTypes[kind];
  return {
    resource: RESOURCES[kind],
    namespace: metadata.namespace,
    name: metadata.name,
    subresource: "",
    type,
    manager: managerOfSource(source),
    now: applier.now,
    uid: applier.newUid(),
    nameSuffix: "",
    complete: (object) => completeObject(kind, type, "", object),
  };
}

/**
 * What the file says, and no defaults; but whole is what is replaced as a whole: in a list that nobody shares an item is stored
 * with its defaults, and must be compared with them. An empty map of labels says nothing, and would be owned all the same.
 */
export function configOf({ manifest, said }: Stated, type: MergeType): JsonObject {
  const { labels, annotations } = metadataOf(said);
  const fields = fieldsIn(type, withMetadata(said, { labels, annotations }));
  const config = extractTyped(type, objectOfResource(manifest), fields);
  return isObject(config) ? config : {};
}

const ADOPT_FIELD = fieldSetOf([["metadata", "annotations", ADOPT].map(fieldElement)]);

/** What the holder had set goes with him, and so does the word by which he let go. What others have set stays. */
function handedOver(live: JsonObject, { source, file }: Provenance): JsonObject {
  const holder = source === API_SOURCE ? file : managerOfSource(source);
  let ownerships = disown(ownershipsIn(live, API_VERSION), null, ADOPT_FIELD);
  for (const ownership of ownerships.values())
    if (ownership.manager.name === holder)
      ownerships = withOwnership(ownerships, { ...ownership, fields: new Map() });
  const annotations = without(metadataOf(live).annotations, ADOPT);
  return withOwnerships(withMetadata(live, { annotations }), ownerships, API_VERSION);
}
