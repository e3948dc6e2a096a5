/** What the kernel has counted for a process: processor time and memory. */
import { readdirSync, readFileSync } from "node:fs";

/** Since it was started, in ms, of all its threads: what the scheduler has measured, not the ticks that found it running. */
export function processorMs(pids: readonly number[]): number {
  const threads = pids.flatMap((pid) =>
    readdirSync(`/proc/${pid}/task`).map((id) => `/proc/${pid}/task/${id}`),
  );
  return threads.reduce((sum, thread) => {
    // Nanoseconds on the processor, nanoseconds of waiting for it, and how often (Documentation/scheduler/sched-stats.rst).
    const [nanoseconds = "0"] = readFileSync(`${thread}/schedstat`, "utf8").split(" ");
    return sum + Number(nanoseconds) / 1_000_000;
  }, 0);
}

/** `Rss`: resident. `Pss`: the same, shared pages divided by their users. */
export function megabytes(pids: readonly number[], figure: "Rss" | "Pss"): number {
  return pids.reduce((sum, pid) => {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
    const [, kilobytes = "0"] = new RegExp(`^${figure}:\\s+(\\d+)`, "m").exec(text) ?? [];
    return sum + Number(kilobytes) / 1024;
  }, 0);
}
