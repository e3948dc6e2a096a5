/** Who wrote what through the API, and what came of it. */
import type { Role } from "../object/identity.ts";

export interface AuditEntry {
  /** RFC 3339. */
  readonly time: string;
  readonly user: string;
  readonly role: Role;
  readonly verb: string;
  /** `virtualips.holdfast.dev`, `nodes`, `virtualips.holdfast.dev/status`. */
  readonly resource: string;
  readonly namespace: string;
  /** Empty: of a collection, or never named. */
  readonly name: string;
  readonly fieldManager: string;
  readonly dryRun: boolean;
  /** The HTTP status. */
  readonly code: number;
  /** `Conflict`; empty: done. */
  readonly reason: string;
  /** An address, or `socket`. */
  readonly source: string;
}

export interface Audit {
  /** Never throws: what was written stays written, whether or not there is room to tell of it. */
  record(entry: AuditEntry): void;
}
