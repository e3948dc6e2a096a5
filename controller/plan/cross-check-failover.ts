/** What keeps a VirtualIP from ever failing over, at the place in its manifest. Warnings: such a manifest still works. */
import type { Located } from "../resource/parse.ts";
import type { Rejection } from "../resource/rejection.ts";
import { ofKind, rejectAt } from "./cross-check-places.ts";
import { cautionsOf } from "./failover-scope.ts";

export function checkFailover(manifests: readonly Located[]): Rejection[] {
  const checks = ofKind(manifests, "HealthCheck");
  const all = ofKind(manifests, "VirtualIP");
  return all.flatMap((vip) => {
    const { metadata, spec } = vip.manifest;
    const find = (name: string) =>
      checks.find(({ manifest: { metadata: of } }) => of.name === name && of.namespace === metadata.namespace)
        ?.manifest.spec ?? null;
    const group = all.filter(({ manifest: { metadata: of, spec: other } }) => {
      return other.group !== undefined && other.group === spec.group && of.namespace === metadata.namespace;
    });
    const companions = group.map(({ manifest }) => manifest.spec);
    return cautionsOf(spec, companions, find).map(({ path, message }) => rejectAt(vip, path, message));
  });
}
