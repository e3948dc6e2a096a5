/** Small manifests for tests of stores and sources, where the spec is no matter but that it differs. */
import {
  API_VERSION,
  type Manifest,
  type Resource,
  type ResourceKey,
} from "../../controller/resource/meta.ts";
import { isSame } from "../../controller/resource/same.ts";
import type { Provenance, StoreWrite } from "../../controller/resource/stored.ts";

export interface CheckOptions {
  /** What makes one spec different from another. */
  readonly path?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** A HealthCheck of a file. */
export function checkManifest(name: string, { path = "/run/down", labels }: CheckOptions = {}): Manifest {
  return {
    apiVersion: API_VERSION,
    kind: "HealthCheck",
    metadata: { name, namespace: "default", ...(labels === undefined ? {} : { labels }) },
    spec: {
      file: { path, expect: "Absent" },
      interval: "2s",
      timeout: "1s",
      fall: 2,
      rise: 2,
      jitter: 0,
      initialState: "Pending",
    },
  };
}

export const checkKey = (name: string): ResourceKey => ({ kind: "HealthCheck", namespace: "default", name });

export const from = (file: string, line = 1, source = "directory:/manifests"): Provenance => ({
  source,
  file,
  line,
});

/** `manifest` as the content of an object that nobody is recorded to own; `before`: what the store has of it. */
export function putOf(
  manifest: Manifest,
  provenance: Provenance,
  before: Resource | null = null,
): Extract<StoreWrite, { type: "put" }> {
  const identity = before?.metadata ?? {
    uid: `uid-${manifest.metadata.name}`,
    generation: 0,
    creationTimestamp: BIRTH,
  };
  const { uid, generation, creationTimestamp } = identity;
  const metadata = {
    ...manifest.metadata,
    uid,
    generation: generation + (before !== null && isSame(before.spec, manifest.spec) ? 0 : 1),
    creationTimestamp,
    resourceVersion: "0",
  };
  const status = before?.status === undefined ? {} : { status: before.status };
  // Taking a union apart loses that kind and spec belong together.
  const resource = { ...manifest, metadata, ...status } as Resource;
  return { type: "put", resource, provenance, ifVersion: before?.metadata.resourceVersion ?? null };
}

const BIRTH = "2026-01-01T00:00:00Z";
