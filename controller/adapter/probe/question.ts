/** A question to the neighbours that is answered, or not in time, or called off. Its sockets live as long as it does. */
import type { ProbeAnswer } from "../../health/probe.ts";
import type { Millis } from "../../net/time.ts";
import { formatDuration } from "../../resource/duration.ts";

export interface Patience {
  readonly timeout: Millis;
  readonly signal: AbortSignal;
}

export interface Asking {
  /** It answers there. */
  answered(interfaceName: string): void;
  /** Whatever `work` throws ends the question. */
  attempt(work: () => void): void;
}

/**
 * `ask` sends, hears, and answers how all of that is closed. `what`: of whom and how, e.g. `ARP for 192.0.2.1`. Rejects with
 * what was thrown.
 */
export function question(
  what: string,
  address: string,
  { timeout, signal }: Patience,
  ask: (asking: Asking) => Disposable,
): Promise<ProbeAnswer> {
  return new Promise((resolve, reject) => {
    let open: Disposable | null = null;
    let isOver = false;
    const end = (settle: () => void): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      open?.[Symbol.dispose]();
      settle();
    };
    const answer = (healthy: boolean, because: string): void => end(() => resolve({ healthy, because }));
    const attempt = (work: () => void): void => {
      try {
        work();
      } catch (error) {
        end(() => reject(error));
      }
    };
    const abort = (): void => answer(false, "called off");
    const silence = `nobody answers ${what} within ${formatDuration(timeout)}`;
    const timer = setTimeout(() => answer(false, silence), timeout);
    signal.addEventListener("abort", abort, { once: true });
    attempt(() => {
      const opened = ask({ answered: (name) => answer(true, `${address} answers on ${name}`), attempt });
      if (isOver) opened[Symbol.dispose]();
      else open = opened;
    });
  });
}
