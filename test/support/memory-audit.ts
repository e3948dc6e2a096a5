/** An audit that keeps its entries. */
import type { AuditEntry } from "../../controller/object/audit-entry.ts";
import type { Audit } from "../../controller/port/audit.ts";

export class MemoryAudit implements Audit {
  readonly entries: AuditEntry[] = [];

  record(entry: AuditEntry): void {
    this.entries.push(entry);
  }
}

/** Of a write that came too late. */
export const CONFLICTING_PATCH: AuditEntry = {
  time: "2026-11-24T12:00:00.000Z",
  user: "alice",
  role: "editor",
  verb: "patch",
  resource: "virtualips.holdfast.dev",
  namespace: "default",
  name: "web",
  fieldManager: "kubectl",
  dryRun: false,
  code: 409,
  reason: "Conflict",
  source: "127.0.0.1",
};
