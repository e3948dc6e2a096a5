/** An audit that keeps its entries. */
import type { AuditEntry } from "../../controller/object/audit-entry.ts";
import type { Audit } from "../../controller/port/audit.ts";

export class MemoryAudit implements Audit {
  readonly entries: AuditEntry[] = [];

  record(entry: AuditEntry): void {
    this.entries.push(entry);
  }
}
