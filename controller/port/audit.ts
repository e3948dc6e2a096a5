/** Who wrote what through the API, and what came of it: kept for whoever asks later. */
import type { AuditEntry } from "../object/audit-entry.ts";

export interface Audit {
  /** Never throws: what was written stays written, whether or not there is room to tell of it. */
  record(entry: AuditEntry): void;
}
