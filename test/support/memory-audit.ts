/** An audit that keeps its entries. */
import type { Audit, AuditEntry } from "../../controller/port/audit.ts";

export class MemoryAudit implements Audit {
  readonly entries: AuditEntry[] = [];

  record(entry: AuditEntry): void {
    this.entries.push(entry);
  }
}
