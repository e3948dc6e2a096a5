/** Objects as `kubectl get` wants them: rows that are rendered here, so that every client shows the same. */
import type { WallTime } from "../net/time.ts";
import { unreachable } from "../net/unreachable.ts";
import type { Json, JsonObject } from "../resource/json-schema.ts";
import { KINDS } from "../resource/meta.ts";
import type { ApiResource } from "./api-resource.ts";
import { AGE, COLUMNS, type Column, NAME } from "./columns.ts";
import { EVENT_COLUMNS, NAMESPACE_COLUMNS, NODE_COLUMNS } from "./columns-core.ts";
import { badRequest, type Refusal } from "./refusal.ts";
import { mappingAt } from "./tree.ts";

/** What of the object comes with its row. kubectl reads namespace and labels from it. */
const INCLUDED = ["Metadata", "Object", "None"] as const;
export type IncludedObject = (typeof INCLUDED)[number];

export const readIncludeObject = (text: string): IncludedObject | Refusal =>
  INCLUDED.find((known) => known === (text || "Metadata")) ??
  badRequest(
    `includeObject: Invalid value: ${JSON.stringify(text)}: must be 'Metadata', 'Object', 'None', or empty`,
  );

export interface TableForm {
  /** Of meta.k8s.io. */
  readonly version: "v1" | "v1beta1";
  readonly included: IncludedObject;
  readonly now: WallTime;
  /** Of the list that it is; empty: it is one object. */
  readonly resourceVersion: string;
}

export function tableOf(resource: ApiResource, objects: readonly JsonObject[], form: TableForm): JsonObject {
  const columns = columnsOf(resource);
  return {
    kind: "Table",
    apiVersion: `meta.k8s.io/${form.version}`,
    metadata: form.resourceVersion === "" ? {} : { resourceVersion: form.resourceVersion },
    columnDefinitions: columns.map(({ cell: _cell, ...definition }) => definition),
    rows: objects.map((object) => ({
      cells: columns.map(({ cell }) => cell(object, form.now)),
      ...included(object, form),
    })),
  };
}

function columnsOf({ kind }: ApiResource): readonly Column[] {
  const own = KINDS.find((known) => known === kind);
  if (own !== undefined) return COLUMNS[own];
  return CORE_COLUMNS.get(kind) ?? [NAME, AGE];
}

const CORE_COLUMNS: ReadonlyMap<string, readonly Column[]> = new Map([
  ["Event", EVENT_COLUMNS],
  ["Node", NODE_COLUMNS],
  ["Namespace", NAMESPACE_COLUMNS],
]);

function included(object: JsonObject, form: TableForm): { readonly object?: Json } {
  switch (form.included) {
    case "None":
      return {};
    case "Object":
      return { object };
    case "Metadata":
      return { object: partialMetadata(object, form.version) };
    default:
      return unreachable(form.included);
  }
}

/** Of an object only what every object has. */
export const partialMetadata = (object: JsonObject, version: TableForm["version"]): JsonObject => ({
  kind: "PartialObjectMetadata",
  apiVersion: `meta.k8s.io/${version}`,
  metadata: mappingAt(object, "metadata"),
});
