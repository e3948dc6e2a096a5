/** Ctrl-C while a lab is being built or shown: whoever works on it stops, and takes it down before the program ends. */
import { refuse } from "../lab/command.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** 128 and the number of SIGINT, as shells report it. */
export const INTERRUPTED = 130;

export interface Interruption extends Disposable {
  /** Aborts with a refusal that says so. */
  readonly signal: AbortSignal;
}

/** Until the answer is disposed of. An impatient second Ctrl-C, or timeout(1), which signals twice, does not stop the cleaning. */
export function interruptible(what: string): Interruption {
  const controller = new AbortController();
  const interrupt = (): void => controller.abort(refuse(`${what} was interrupted`));
  for (const signal of SIGNALS) process.on(signal, interrupt);
  // Also when nobody reads any more (`| head`): the lab must not stay behind.
  process.stdout.on("error", interrupt);
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      for (const signal of SIGNALS) process.removeListener(signal, interrupt);
      process.stdout.removeListener("error", interrupt);
    },
  };
}
