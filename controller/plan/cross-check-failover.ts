/** What keeps a VirtualIP from ever failing over, at the place in its manifest. Warnings: such a manifest still works. */
import type { ManifestOf } from "../resource/meta.ts";
import type { Located } from "../resource/parse.ts";
import type { Rejection } from "../resource/rejection.ts";
import type { VirtualIPSpec } from "../resource/virtual-ip.ts";
import { ofKind, rejectAt } from "./cross-check-places.ts";
import { cautionsOf } from "./failover-scope.ts";

export function checkFailover(manifests: readonly Located[]): Rejection[] {
  // The first of a name counts.
  const checks = new Map(
    ofKind(manifests, "HealthCheck")
      .toReversed()
      .map(({ manifest: { metadata, spec } }) => [`${metadata.namespace}/${metadata.name}`, spec]),
  );
  const all = ofKind(manifests, "VirtualIP");
  const groups = new Map<string, VirtualIPSpec[]>();
  for (const { manifest } of all) {
    const name = groupOf(manifest);
    if (name !== null) groups.set(name, [...(groups.get(name) ?? []), manifest.spec]);
  }
  return all.flatMap((vip) => {
    const { metadata, spec } = vip.manifest;
    const find = (name: string) => checks.get(`${metadata.namespace}/${name}`) ?? null;
    const companions = groups.get(groupOf(vip.manifest) ?? "") ?? [];
    return cautionsOf(spec, companions, find).map(({ path, message }) => rejectAt(vip, path, message));
  });
}

const groupOf = ({ metadata, spec }: ManifestOf<"VirtualIP">): string | null =>
  spec.group === undefined ? null : `${metadata.namespace}/${spec.group}`;
