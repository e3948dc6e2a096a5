/** Rules of metadata that no schema knows: where the object belongs, what never changes, what finalizers may be. */
import type { Cause } from "./cause.ts";
import { forbidden, invalid, required } from "./cause.ts";
import type { Metadata } from "./metadata.ts";
import type { RequestContext } from "./outcome.ts";
import { badRequest, type Refusal } from "./refusal.ts";

/** An object may leave out its namespace, and in a POST its name; else both are those of the URL. */
export function addressProblem(metadata: Metadata, { name, namespace }: RequestContext): Refusal | null {
  if (metadata.namespace !== "" && metadata.namespace !== namespace)
    return badRequest(
      "the namespace of the provided object does not match the namespace sent on the request",
    );
  if (name !== "" && metadata.name !== name)
    return badRequest(
      `the name of the object (${metadata.name}) does not match the name on the URL (${name})`,
    );
  return null;
}

export function metadataCauses(metadata: Metadata): readonly Cause[] {
  const nameless =
    metadata.name === "" ? [required("metadata.name", "name or generateName is required")] : [];
  return [...nameless, ...metadata.finalizers.flatMap(finalizerCauses)];
}

export function metadataChangeCauses(live: Metadata, next: Metadata): readonly Cause[] {
  return [
    ...metadataCauses(next),
    ...(next.uid === live.uid ? [] : [invalid("metadata.uid", next.uid, "field is immutable")]),
    ...lateFinalizerCauses(live, next),
  ];
}

const NAME_PART = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const NAME_PART_MAX = 63;
const DOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const DOMAIN_MAX = 253;

/** Kubernetes' "qualified name": NAME or DOMAIN/NAME. */
export function isQualifiedName(text: string): boolean {
  const [last = "", domain, ...more] = text.split("/").reverse();
  if (more.length > 0 || last.length > NAME_PART_MAX || !NAME_PART.test(last)) return false;
  return domain === undefined || (domain.length <= DOMAIN_MAX && DOMAIN.test(domain));
}

function finalizerCauses(finalizer: string): readonly Cause[] {
  if (isQualifiedName(finalizer)) return [];
  const rule = "must be NAME or DOMAIN/NAME: up to 63 letters, digits, '-', '_' and '.'";
  return [invalid("metadata.finalizers", finalizer, rule)];
}

/** Who deletes must know how many there are to wait for. */
function lateFinalizerCauses(live: Metadata, next: Metadata): readonly Cause[] {
  const added = next.finalizers.filter((finalizer) => !live.finalizers.includes(finalizer)).sort();
  if (live.deletionTimestamp === "" || added.length === 0) return [];
  const list = added.map((finalizer) => JSON.stringify(finalizer)).join(", ");
  const rule = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`;
  return [forbidden("metadata.finalizers", rule)];
}
