/** Objects of one resource as the API shows them, whoever keeps them. */
import { objectOfResource } from "../object/resource-object.ts";
import type { ResourceStore } from "../port/resource-store.ts";
import type { JsonObject } from "../resource/json-schema.ts";
import type { Kind, Resource } from "../resource/meta.ts";

export interface ObjectList {
  /** Sorted by namespace and name. */
  readonly objects: readonly JsonObject[];
  /** What has changed since is told by `changesSince`. */
  readonly version: string;
}

export interface ObjectChange {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: JsonObject;
  /** null: it was not there. */
  readonly previous: JsonObject | null;
}

/** Since a version; or why that cannot be said: it lies too far back, or has not been given yet. */
export type ObjectChanges =
  | { readonly state: "known"; readonly changes: readonly ObjectChange[]; readonly version: string }
  | { readonly state: "expired" }
  | { readonly state: "ahead" };

export interface Collection {
  list(): Promise<ObjectList>;
  /** `namespace` is empty for what has none. */
  get(namespace: string, name: string): Promise<JsonObject | null>;
  version(): Promise<string>;
  changesSince(version: string): Promise<ObjectChanges>;
  onVersion(changed: () => void): Disposable;
}

/** The resources of one kind, out of the store. */
export function storedCollection(store: ResourceStore, kind: Kind): Collection {
  const isKind = (resource: Resource): boolean => resource.kind === kind;
  return {
    list: async () => {
      // The version first: whoever follows on from it may be told twice of an object, but never too little.
      const [version, stored] = await Promise.all([store.version(), store.list()]);
      const resources = stored.map(({ resource }) => resource).filter(isKind);
      return { objects: resources.map(objectOfResource), version };
    },
    get: async (namespace, name) => {
      const stored = await store.get({ kind, namespace, name });
      return stored === null ? null : objectOfResource(stored.resource);
    },
    version: () => store.version(),
    changesSince: async (version) => {
      const told = await store.changesSince(version);
      if (told.state !== "known") return told;
      const changes = told.changes
        .filter(({ resource }) => isKind(resource))
        .map(({ type, resource, previous }) => ({
          type,
          object: objectOfResource(resource),
          previous: previous === null ? null : objectOfResource(previous),
        }));
      return { ...told, changes };
    },
    onVersion: (changed) => store.onVersion(changed),
  };
}
