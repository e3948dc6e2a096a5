/** Ctrl-C while a lab is being built or shown: everything of it goes away first. */
import { takeDown } from "../lab/lab.ts";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;
/** 128 and the number of SIGINT, as shells report it. */
const INTERRUPTED = 130;

/** Until the answer is disposed of. */
export function takingDownOnInterrupt(lab: string): Disposable {
  let isCleaning = false;
  const clean = (): void => {
    // An impatient second Ctrl-C, or timeout(1), which signals twice, must not stop the cleaning.
    if (isCleaning) return;
    isCleaning = true;
    process.stderr.write(`\nInterrupted: taking the lab ${lab} down.\n`);
    void takeDown(lab).finally(() => process.exit(INTERRUPTED));
  };
  for (const signal of SIGNALS) process.on(signal, clean);
  return {
    [Symbol.dispose]: () => {
      for (const signal of SIGNALS) process.removeListener(signal, clean);
    },
  };
}
