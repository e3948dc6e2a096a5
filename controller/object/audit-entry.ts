/** What is to be remembered of a request that wanted to change something. */
import type { Subject } from "./access-review.ts";
import type { ResourceCall } from "./api-call.ts";
import { qualifiedPlural } from "./api-resource.ts";
import { roleOfGroups } from "./identity.ts";

export interface AuditEntry {
  /** RFC 3339. */
  readonly time: string;
  readonly user: string;
  /** `admin`, `editor`, `viewer`. */
  readonly role: string;
  readonly verb: string;
  /** `virtualips.holdfast.dev`, `virtualips.holdfast.dev/status`, `nodes`. */
  readonly resource: string;
  readonly namespace: string;
  /** Empty: of a collection, or never named. */
  readonly name: string;
  readonly fieldManager: string;
  readonly dryRun: boolean;
  /** The HTTP status. */
  readonly code: number;
  /** Of a refusal, e.g. `Conflict`; empty: it was done. */
  readonly reason: string;
  /** An address, or `socket`. */
  readonly source: string;
}

const READING: readonly string[] = ["get", "list", "watch"];

/**
 * Reading is not remembered. Nor is who was not recognised (401): anybody could push what counts out of a bounded file.
 */
export const isAudited = ({ verb }: ResourceCall): boolean => !READING.includes(verb);

export interface Deed {
  /** RFC 3339. */
  readonly time: string;
  readonly user: Subject;
  readonly source: string;
  readonly call: ResourceCall;
  /** Of the object that came out, where the path names none. */
  readonly name: string;
  readonly fieldManager: string;
  readonly isDryRun: boolean;
  readonly code: number;
  readonly reason: string;
}

export function auditEntry({ user, call, isDryRun, name, ...said }: Deed): AuditEntry {
  const { verb, resource, subresource, namespace } = call;
  const qualified = qualifiedPlural(resource);
  return {
    time: said.time,
    user: user.name,
    role: roleOfGroups(user.groups) ?? "",
    verb,
    resource: subresource === "" ? qualified : `${qualified}/${subresource}`,
    namespace,
    name: call.name === "" ? name : call.name,
    fieldManager: said.fieldManager,
    dryRun: isDryRun,
    code: said.code,
    reason: said.reason,
    source: said.source,
  };
}
