/** Who else listens on the ports that we want: names a process, so that the operator knows whom to stop. */
import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { PortHolder } from "../../nginx/state.ts";
import type { Libc } from "../libc/libc.ts";
import { watchExit } from "../process/pidfd.ts";
import {
  allPids,
  type ListeningSocket,
  listeningSockets,
  nameOf,
  parentOf,
  socketsOf,
  titleOf,
} from "./procfs.ts";

const run = promisify(execFile);

/** Sockets on `ports` that belong to none of `ours`. Cheap: whose they are is not asked. */
export function foreignSockets(ports: ReadonlySet<number>, ours: readonly number[]): ListeningSocket[] {
  const wanted = listeningSockets().filter(({ port }) => ports.has(port));
  if (wanted.length === 0) return [];
  const own = new Set(ours.flatMap((pid) => [...socketsOf(pid).values()]));
  return wanted.filter(({ inode }) => !own.has(inode));
}

/**
 * Looks through all processes, so only worth it when there is a foreign socket. A process that is about to be gone is
 * waited for: it cannot be named any more, and nginx would lose half a second on a port that is not free yet.
 */
export async function nameHolders(
  libc: Libc,
  ports: ReadonlySet<number>,
  ours: readonly number[],
): Promise<PortHolder[]> {
  const signal = AbortSignal.timeout(DYING_MS_MAX);
  for (let looks = 0; ; looks += 1) {
    const holders = await holdersOf(foreignSockets(ports, ours));
    const dying = holders.find(({ pid }) => pid !== 0 && isDying(pid));
    const isNamed = looks === NAMELESS_LOOKS_MAX || holders.every(({ pid }) => pid !== 0);
    if (signal.aborted || (dying === undefined && isNamed)) return holders;
    if (dying === undefined) await sleep(NAMELESS_PAUSE_MS);
    else await exitOf(libc, dying.pid, signal);
  }
}

/** Longer than the kernel needs to take a process apart. */
const DYING_MS_MAX = 1000;
/**
 * A dying process gives its table of files back before the sockets in it are closed; then nobody seems to hold them. So does a
 * process in another PID namespace, which stays so.
 */
const NAMELESS_PAUSE_MS = 10;
const NAMELESS_LOOKS_MAX = 10;

/** The memory goes before the open files: then there is no title to be read, but the port is held. */
const isDying = (pid: number): boolean => (titleOf(pid) ?? "") === "";

function exitOf(libc: Libc, pid: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const watch = watchExit(libc, pid, resolve);
    signal.addEventListener("abort", () => {
      watch[Symbol.dispose]();
      resolve();
    });
  });
}

async function holdersOf(sockets: readonly ListeningSocket[]): Promise<PortHolder[]> {
  const standing = await withoutIpv6Only(sockets);
  if (standing.length === 0) return [];
  const pidsByInode = new Map<string, number[]>(standing.map(({ inode }) => [inode, []]));
  for (const pid of allPids()) {
    for (const inode of new Set(socketsOf(pid).values())) pidsByInode.get(inode)?.push(pid);
  }
  // Whose holder was not found may have been closed while we looked.
  const open = new Set(listeningSockets().map(({ inode }) => inode));
  const holders = standing.flatMap(({ inode, port }) => {
    const pid = eldest(pidsByInode.get(inode) ?? []);
    if (!open.has(inode)) return [];
    return [{ port, pid: pid ?? 0, name: (pid === null ? null : nameOf(pid)) ?? "unknown" }];
  });
  return uniqueByPort(holders);
}

/** The one whose parent does not hold the socket too: a server, not one of its workers. */
function eldest(pids: readonly number[]): number | null {
  return pids.find((pid) => !pids.includes(parentOf(pid) ?? 0)) ?? pids[0] ?? null;
}

function uniqueByPort(holders: readonly PortHolder[]): PortHolder[] {
  return [...new Map(holders.map((holder) => [holder.port, holder])).values()].sort(
    (a, b) => a.port - b.port,
  );
}

/** A listener on `::` takes the port of IPv4 too unless it was told not to, which /proc does not show; `ss` does. */
async function withoutIpv6Only(sockets: readonly ListeningSocket[]): Promise<ListeningSocket[]> {
  if (!sockets.some(({ family }) => family === 6)) return [...sockets];
  const { stdout } = await run("ss", ["-H", "-l", "-t", "-n", "-e", "-6"]);
  const ipv6Only = stdout.split("\n").filter((line) => line.includes(" v6only:1"));
  const inodes = new Set(ipv6Only.map((line) => / ino:(\d+) /.exec(line)?.[1]));
  return sockets.filter(({ inode }) => !inodes.has(inode));
}
