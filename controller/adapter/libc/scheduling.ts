/** Puts this thread before all others of the machine, as keepalived's vrrp_rt_priority does. */
import { setPriority } from "node:os";
import koffi from "koffi";

const SCHED_RR = 2;
/** What is started by us, threads included, runs as usual again (sched(7)). */
const SCHED_RESET_ON_FORK = 0x40000000;
/** The lowest of the real-time priorities is above everything that is not real-time. */
const REALTIME_PRIORITY = 1;
const NICE_MIN = -20;
const THIS_THREAD = 0;

/** What the kernel has granted. */
export type Precedence = "real-time" | "nice" | "none";

/**
 * Real-time, or a nice value where that is not permitted, or nothing. Only the calling thread, which is the one that sends:
 * those that collect garbage or write files beside it have time. The kernel leaves a twentieth of each second to others
 * (sched_rt_runtime_us), so that even a loop without end locks nobody out.
 */
export function takePrecedence(): Precedence {
  const setScheduler = koffi.load(null).func("int sched_setscheduler(int, int, void *)") as SetScheduler;
  const parameter = new Int32Array([REALTIME_PRIORITY]);
  if (setScheduler(THIS_THREAD, SCHED_RR | SCHED_RESET_ON_FORK, new Uint8Array(parameter.buffer)) === 0)
    return "real-time";
  try {
    setPriority(THIS_THREAD, NICE_MIN);
    return "nice";
  } catch {
    // Neither is permitted: containers rarely have CAP_SYS_NICE. Whoever runs us is told by the log.
    return "none";
  }
}

type SetScheduler = (thread: number, policy: number, parameter: Uint8Array) => number;
