/** Finds processes by name in our own network namespace, by reading /proc: no fork per question. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

export interface FoundProcess {
  readonly pid: number;
  /** In clock ticks since boot: tells a process from a later one with the same pid. */
  readonly startTime: string;
}

/** Zombie, and dead: such a process does nothing any more, it only waits for its parent. */
const DEAD_STATES = "ZX";

/**
 * null when no process of that name lives. The name is the kernel's (`comm`, at most 15 bytes), as with `pgrep`. Only
 * processes of our network namespace count: on a host with containers, another's nginx is not the one that serves here.
 */
export function findProcess(name: string): FoundProcess | null {
  const namespace = networkNamespaceOf("self");
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    const found = inspect(Number(entry), name);
    if (found !== null && networkNamespaceOf(entry) === namespace) return found;
  }
  return null;
}

/** Whether the process that was found still lives under its name. */
export function isAlive(found: FoundProcess, name: string): boolean {
  return inspect(found.pid, name)?.startTime === found.startTime;
}

/**
 * The pid that was given out last, to a process or a thread of our pid namespace; null where it cannot be read. While it
 * stands still nothing was forked, and whoever waits for a process need not read the whole table.
 */
export function lastPid(): number | null {
  // proc(5): `0.20 0.18 0.12 1/80 11206`.
  const load = readUnlessGone(() => readFileSync("/proc/loadavg", "utf8"));
  return load === null ? null : Number(load.trim().split(" ").at(-1));
}

function inspect(pid: number, name: string): FoundProcess | null {
  const stat = readUnlessGone(() => readFileSync(`/proc/${pid}/stat`, "utf8"));
  if (stat === null) return null;
  // proc(5): `pid (comm) state ppid ...`; comm may hold blanks and parentheses, so it ends at the last one.
  const end = stat.lastIndexOf(")");
  const comm = stat.slice(stat.indexOf("(") + 1, end);
  if (comm !== name) return null;
  const fields = stat.slice(end + 2).split(" ");
  const [state = "X"] = fields;
  return DEAD_STATES.includes(state) ? null : { pid, startTime: fields[START_TIME_INDEX] ?? "" };
}

/** Field 22 of stat, counted from `state`, which is field 3. */
const START_TIME_INDEX = 19;

function networkNamespaceOf(pid: string): string | null {
  return readUnlessGone(() => readlinkSync(`/proc/${pid}/ns/net`));
}

/** A process may end between two looks at it (ENOENT, ESRCH), and others' namespaces may be hidden from us (EACCES). */
function readUnlessGone(read: () => string): string | null {
  try {
    return read();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ESRCH" || code === "EACCES") return null;
    throw error;
  }
}
