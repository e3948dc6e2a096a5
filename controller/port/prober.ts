/** One probe of one target. */
import type { Probe, ProbeAnswer } from "../health/probe.ts";
import type { Millis } from "../net/time.ts";

export interface Prober {
  /** Never rejects: whatever goes wrong is an unhealthy answer. Ends within `timeout`, or at once on `signal`. */
  probe(probe: Probe, timeout: Millis, signal: AbortSignal): Promise<ProbeAnswer>;
  /**
   * Calls back when the answer to `probe` may have changed (a process died, a file came), where the kernel tells such
   * things. null where it does not: then only the interval asks.
   */
  onHint(probe: Probe, hint: () => void): Disposable | null;
}
