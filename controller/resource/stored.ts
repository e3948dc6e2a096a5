/** A resource as a store keeps it: with the place that it came from. */
import type { Manifest, Resource, ResourceKey } from "./meta.ts";

/** Who wrote an object and where it stands, so that each source prunes exactly what it created. */
export interface Provenance {
  /** `directory:/etc/holdfast/manifests`. */
  readonly source: string;
  /** File, relative to the source. */
  readonly file: string;
  readonly line: number;
}

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
  | ({
      readonly type: "apply";
      readonly manifest: Manifest;
      readonly provenance: Provenance;
    } & Precondition)
  | ({ readonly type: "delete"; readonly key: ResourceKey } & Precondition);
