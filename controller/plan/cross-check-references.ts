/** What manifests refer to in others: it must be there and be of use. */
import type { FieldPath } from "../resource/complaint.ts";
import { PROBE_TYPES } from "../resource/health-check.ts";
import { formatKey, type Kind, type Manifest, type Resource, type ResourceKey } from "../resource/meta.ts";
import type { Located } from "../resource/parse.ts";
import type { Rejection } from "../resource/rejection.ts";
import { nearest } from "../resource/spelling.ts";
import { keyOfLocated, type LocatedOf, nameAndPlace, ofKind, rejectAt } from "./cross-check-places.ts";

/** What is known to be there although it is not among the manifests, because it is broken. */
export interface Unreadable {
  /** `VirtualIP/default/web`. */
  readonly keys: ReadonlySet<string>;
  /** Whether something is broken so badly that nobody knows what it defines: then nothing is sure to be missing. */
  readonly isAnybodysGuess: boolean;
}

interface Mention {
  readonly path: FieldPath;
  readonly kind: Kind;
  readonly name: string;
}

interface Reference extends Mention {
  readonly from: Located;
}

export function checkReferences(manifests: readonly Located[], unreadable: Unreadable): Rejection[] {
  const byKey = new Map(manifests.map((located) => [keyOfLocated(located), located]));
  return manifests.flatMap(referencesOf).flatMap((reference) => {
    const { from, path } = reference;
    const key = targetOf(reference);
    const target = byKey.get(key);
    if (target !== undefined) {
      const problem = unfit(reference, target);
      return problem === null ? [] : [rejectAt(from, path, problem)];
    }
    const isMissing = !unreadable.isAnybodysGuess && !unreadable.keys.has(key);
    return isMissing ? [rejectAt(from, path, missing(reference, manifests))] : [];
  });
}

/** Checks that nobody asks for; mostly the name is spelled differently where it is meant. */
export function checkUse(manifests: readonly Located[], unreadable: Unreadable): Rejection[] {
  if (unreadable.isAnybodysGuess || unreadable.keys.size > 0) return [];
  const used = new Set(manifests.flatMap(referencesOf).map(targetOf));
  return ofKind(manifests, "HealthCheck")
    .filter((check) => !used.has(keyOfLocated(check)))
    .map((check) =>
      rejectAt(check, ["metadata", "name"], "nothing refers to this HealthCheck, so it is never asked"),
    );
}

const targetOf = ({ from, kind, name }: Reference): string =>
  formatKey({ kind, namespace: from.manifest.metadata.namespace, name });

const referencesOf = (from: Located): Reference[] =>
  mentionsOf(from.manifest).map((mention) => ({ ...mention, from }));

function mentionsOf(manifest: Manifest | Resource): Mention[] {
  if (manifest.kind === "VirtualIP") {
    return manifest.spec.track.flatMap(({ healthCheck: name }, index): Mention[] => {
      const path = ["spec", "track", index, "healthCheck"];
      return name === undefined ? [] : [{ path, kind: "HealthCheck", name }];
    });
  }
  if (manifest.kind !== "ProxyPool") return [];
  const { virtualIPs, healthCheck } = manifest.spec;
  const listened = virtualIPs.map((name, index): Mention => {
    return { path: ["spec", "virtualIPs", index], kind: "VirtualIP", name };
  });
  if (healthCheck === undefined) return listened;
  return [...listened, { path: ["spec", "healthCheck"], kind: "HealthCheck", name: healthCheck }];
}

/** In which fields it refers to the object of that key. */
export function refersTo(resource: Resource, key: ResourceKey): readonly FieldPath[] {
  if (resource.metadata.namespace !== key.namespace) return [];
  return mentionsOf(resource).flatMap(({ path, kind, name }) =>
    kind === key.kind && name === key.name ? [path] : [],
  );
}

function missing({ from, kind, name }: Reference, manifests: readonly Located[]): string {
  const { namespace } = from.manifest.metadata;
  const candidates: LocatedOf<Kind>[] = ofKind(manifests, kind);
  const message = `there is no ${kind} ${JSON.stringify(name)} in namespace ${JSON.stringify(namespace)}`;
  const namesake = candidates.find(({ manifest }) => manifest.metadata.name === name);
  if (namesake !== undefined)
    return `${message}, only in ${JSON.stringify(namesake.manifest.metadata.namespace)} (${namesake.file}:${namesake.line})`;
  const neighbours = candidates.filter(({ manifest }) => manifest.metadata.namespace === namespace);
  const near = nearest(
    name,
    neighbours.map(({ manifest }) => manifest.metadata.name),
  );
  const meant = neighbours.find(({ manifest }) => manifest.metadata.name === near);
  return meant === undefined ? message : `${message}, did you mean ${nameAndPlace(meant)}?`;
}

/** Why the check that is referred to is of no use where it is referred to; null when it is. */
function unfit({ from }: Reference, target: Located): string | null {
  if (target.manifest.kind !== "HealthCheck") return null;
  const { spec } = target.manifest;
  const probe = PROBE_TYPES.find((type) => spec[type] !== undefined);
  if (from.manifest.kind === "ProxyPool" && (probe === "process" || probe === "file"))
    return `${nameAndPlace(target)} asks for a ${probe} of this node, which tells nothing of a backend; use tcp, http or exec`;
  if (from.manifest.kind === "VirtualIP" && spec.tcp !== undefined && spec.tcp.port === undefined)
    return `${nameAndPlace(target)} names no port; tcp.port is needed where a VirtualIP tracks the check`;
  return null;
}
