/** A resource as a store keeps it: with the place that it came from, and how one version follows another. */
import type { Resource, ResourceKey } from "./meta.ts";

/** Who wrote an object and where it stands, so that each source prunes exactly what it created. */
export interface Provenance {
  /** `directory:/etc/holdfast/manifests`. */
  readonly source: string;
  /** File, relative to the source. */
  readonly file: string;
  readonly line: number;
}

/** The source of what was written through the API; its `file` is the manager that created the object. */
export const API_SOURCE = "api";

/** Annotation by which whoever holds an object lets another source have it; its value is the name of that source. */
export const ADOPT = "holdfast.dev/adopt";

/** `holdfast-directory`: as whom a source owns the fields that its files state. An object has one source, so one name does for all. */
export const managerOfSource = (source: string): string => `holdfast-${source.split(":")[0] ?? source}`;

export interface StoredResource {
  readonly resource: Resource;
  readonly provenance: Provenance;
}

/**
 * What a write takes for granted: the resourceVersion that the object has (null: that there is no such object). A store
 * refuses the write when it is not so. Without it, the write is unconditional.
 */
export interface Precondition {
  readonly ifVersion?: string | null;
}

/** Several writes become durable together or not at all. */
export type StoreWrite =
  /** The whole object as whoever wrote it has decided; the store adds the resourceVersion, and nothing else. */
  | ({
      readonly type: "put";
      readonly resource: Resource;
      readonly provenance: Provenance;
    } & Precondition)
  | ({ readonly type: "delete"; readonly key: ResourceKey } & Precondition);

/** The object after the change, in its last form when it was deleted; its resourceVersion is that of the change. */
export interface ResourceChange {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly resource: Resource;
  /** What it was before; null: it was not there. */
  readonly previous: Resource | null;
}

/** What has changed since a version; or why that cannot be said: it lies too far back, or has not been given yet. */
export type Changes =
  | { readonly state: "known"; readonly changes: readonly ResourceChange[]; readonly version: string }
  | { readonly state: "expired" }
  | { readonly state: "ahead" };
