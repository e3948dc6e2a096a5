/** Long work between other work: probes and requests wait for a slice of it at the most. */
import { setImmediate as breathe } from "node:timers/promises";
import { millis, since } from "../net/time.ts";
import type { Clock } from "../port/clock.ts";

/** As long as nobody notices. */
const SLICE = millis(10);

/** What the work comes to in the end. */
export async function inSlices<Result>(
  work: Generator<void, Result>,
  clock: Pick<Clock, "now">,
): Promise<Result> {
  for (let began = clock.now(); ; ) {
    const step = work.next();
    if (step.done === true) return step.value;
    if (since(began, clock.now()) < SLICE) continue;
    await breathe();
    began = clock.now();
  }
}
