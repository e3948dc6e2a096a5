/** Processes as /proc shows them, zombies included. */
import { readdirSync, readFileSync } from "node:fs";

export interface SeenProcess {
  readonly pid: number;
  readonly name: string;
  readonly state: string;
  readonly parent: number;
}

export function allProcesses(): SeenProcess[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry) => seen(Number(entry)) ?? []);
}

export const nameOfProcess = (pid: number): string | null => seen(pid)?.name ?? null;

function seen(pid: number): SeenProcess | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const end = stat.lastIndexOf(")");
    const [state = "", parent = ""] = stat.slice(end + 2).split(" ");
    return { pid, name: stat.slice(stat.indexOf("(") + 1, end), state, parent: Number(parent) };
  } catch {
    // It has ended between two looks.
    return null;
  }
}
