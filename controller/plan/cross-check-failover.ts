/** What keeps a VirtualIP from ever failing over, at the place in its manifest. Warnings: such a manifest still works. */
import type { Located } from "../resource/parse.ts";
import type { Rejection } from "../resource/rejection.ts";
import { ofKind, rejectAt } from "./cross-check-places.ts";
import { failoverCautions } from "./failover.ts";

export function checkFailover(manifests: readonly Located[]): Rejection[] {
  const checks = ofKind(manifests, "HealthCheck");
  return ofKind(manifests, "VirtualIP").flatMap((vip) => {
    const { metadata, spec } = vip.manifest;
    const find = (name: string) =>
      checks.find(({ manifest: { metadata: of } }) => of.name === name && of.namespace === metadata.namespace)
        ?.manifest.spec ?? null;
    return failoverCautions(spec, find).map(({ path, message }) => rejectAt(vip, path, message));
  });
}
