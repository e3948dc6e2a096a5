/** Small manifests for tests of stores and sources, where the spec is no matter but that it differs. */
import { API_VERSION, type Manifest, type ResourceKey } from "../../controller/resource/meta.ts";
import type { Provenance } from "../../controller/resource/stored.ts";

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
