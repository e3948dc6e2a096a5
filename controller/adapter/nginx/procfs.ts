/**
 * What /proc says of processes and sockets. A process may end at any moment between two looks, so whatever is not there
 * any more reads as null or as nothing. The kernel answers from memory, hence the synchronous calls.
 */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** What the kernel says of something that is gone, or that belongs to somebody whom we may not look at. */
const OUT_OF_SIGHT = new Set(["ENOENT", "ESRCH", "EACCES", "EPERM"]);

export function allPids(): number[] {
  return readdirSync("/proc").map(Number).filter(Number.isInteger);
}

/** Kernel name of a process, e.g. `nginx`. */
export const nameOf = (pid: number): string | null => read(`/proc/${pid}/comm`)?.trimEnd() ?? null;

/** The command line, which nginx overwrites with a title. */
export function titleOf(pid: number): string | null {
  return read(`/proc/${pid}/cmdline`)?.replaceAll("\0", " ").trim() ?? null;
}

export const parentOf = (pid: number): number | null => statOf(pid)?.parent ?? null;

/** Whether the process began a session of its own: its children are in it, but do not lead it. */
export const leadsSession = (pid: number): boolean => statOf(pid)?.session === pid;

function statOf(pid: number): { readonly parent: number; readonly session: number } | null {
  // The name, in parentheses, may hold anything; the fields begin behind the last one.
  const fields = read(`/proc/${pid}/stat`)?.split(") ").at(-1)?.split(" ");
  return fields === undefined ? null : { parent: Number(fields[1]), session: Number(fields[3]) };
}

export const childrenOf = (pid: number): number[] =>
  (read(`/proc/${pid}/task/${pid}/children`) ?? "").split(" ").filter(Boolean).map(Number);

/** Inodes of the sockets that a process has open, by descriptor. */
export function socketsOf(pid: number): Map<number, string> {
  const sockets = new Map<number, string>();
  for (const descriptor of unlessOutOfSight(() => readdirSync(`/proc/${pid}/fd`)) ?? []) {
    const target = unlessOutOfSight(() => readlinkSync(`/proc/${pid}/fd/${descriptor}`));
    const inode = target === null ? undefined : /^socket:\[(\d+)\]$/.exec(target)?.[1];
    if (inode !== undefined) sockets.set(Number(descriptor), inode);
  }
  return sockets;
}

export interface ListeningSocket {
  readonly inode: string;
  readonly port: number;
  /** `6` for the wildcard and for mapped addresses of IPv6, which may take the port of IPv4 too. */
  readonly family: 4 | 6;
}

/** TCP sockets of this network namespace that stand in the way of a listener of IPv4, or may. */
export function listeningSockets(): ListeningSocket[] {
  return [...tableOf("tcp", 4), ...tableOf("tcp6", 6)];
}

/** Inodes of the unix sockets that are or were bound to the path. */
export function unixInodesOf(path: string): Set<string> {
  const lines = (read("/proc/self/net/unix") ?? "").split("\n").slice(1);
  const found = lines.map((line) => /^\S+ \S+ \S+ \S+ \S+ \S+ +(\d+) (.*)$/.exec(line));
  return new Set(found.flatMap((match) => (match?.[2] === path ? [match[1] ?? ""] : [])));
}

const LISTEN = "0A";
/** `::` and `::ffff:a.b.c.d`, as the kernel prints them: four words in host order. */
const TAKES_IPV4 = /^(0{32}|0{16}0000FFFF|0{16}FFFF0000)/;

function tableOf(table: "tcp" | "tcp6", family: 4 | 6): ListeningSocket[] {
  const lines = (read(`/proc/self/net/${table}`) ?? "").split("\n").slice(1);
  return lines.flatMap((line) => {
    const [, local = "", , state, , , , , , inode = ""] = line.trim().split(/\s+/);
    if (state !== LISTEN || (family === 6 && !TAKES_IPV4.test(local))) return [];
    return [{ inode, port: Number.parseInt(local.split(":")[1] ?? "", 16), family }];
  });
}

const read = (path: string): string | null => unlessOutOfSight(() => readFileSync(path, "utf8"));

function unlessOutOfSight<T>(look: () => T): T | null {
  try {
    return look();
  } catch (error) {
    if (OUT_OF_SIGHT.has((error as NodeJS.ErrnoException).code ?? "")) return null;
    throw error;
  }
}
