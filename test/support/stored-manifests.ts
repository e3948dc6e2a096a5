/** Small manifests for tests of stores and sources, where the spec is no matter but that it differs. */
import {
  API_VERSION,
  type Manifest,
  type Resource,
  type ResourceKey,
} from "../../controller/resource/meta.ts";
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

export interface Identity {
  readonly uid?: string;
  readonly generation?: number;
}

/** `manifest` as the content of an object that nobody is recorded to own, and that is put whatever is there. */
export function putOf(
  manifest: Manifest,
  provenance: Provenance,
  { uid = `uid-${manifest.metadata.name}`, generation = 1 }: Identity = {},
): Extract<StoreWrite, { type: "put" }> {
  const metadata = {
    ...manifest.metadata,
    uid,
    generation,
    creationTimestamp: BIRTH,
    resourceVersion: "0",
  };
  // Taking a union apart loses that kind and spec belong together.
  const resource = { ...manifest, metadata } as Resource;
  return { type: "put", resource, provenance };
}

const BIRTH = "2026-01-01T00:00:00Z";
