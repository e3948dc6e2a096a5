/** What the kernel has counted for a process: processor time and memory. */
import { readFileSync } from "node:fs";

/** The kernel counts in hundredths of a second. */
const TICK_MS = 10;

export function processorMs(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return sum + (Number(fields[11]) + Number(fields[12])) * TICK_MS;
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
