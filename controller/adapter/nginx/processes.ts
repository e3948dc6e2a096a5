/**
 * Which processes are our nginx. Nothing is remembered: a process is ours if it holds the socket that is bound to our
 * status path, so an agent that has just started finds them as well as the one that started them.
 */
import { basename } from "node:path";
import { liveConfigOf, type NginxPlace } from "./place.ts";
import {
  allPids,
  childrenOf,
  leadsSession,
  listeningSockets,
  nameOf,
  parentOf,
  socketsOf,
  titleOf,
  unixInodesOf,
} from "./procfs.ts";

const WORKER_TITLE = "nginx: worker process";
const MASTER_TITLE = "nginx: master process";
/** The kernel cuts names at this length. */
const NAME_LENGTH_MAX = 15;

export interface OurProcesses {
  readonly master: number | null;
  /** Workers of the master that accept connections. */
  readonly workers: readonly number[];
  /** Workers that accept connections, without a master. */
  readonly orphans: readonly number[];
}

export function ourProcesses(place: NginxPlace): OurProcesses {
  const ours = holdersOfStatusSocket(place);
  const master = ours.find((pid) => isMaster(place, pid)) ?? null;
  return {
    master,
    workers: master === null ? [] : workersOf(master),
    orphans: ours.filter((pid) => isWorker(pid) && !hasMaster(pid)),
  };
}

/** Workers that accept connections; one that is shutting down has another title. */
export const workersOf = (master: number): number[] => childrenOf(master).filter(isWorker);

/** Whether the master has all its workers: one that has just been forked bears its master's title for a moment. */
export const isComplete = (master: number): boolean =>
  workersOf(master).length > 0 && !childrenOf(master).some(hasMasterTitle);

/** A master that is stopping has closed its sockets and is not among those who are asked about. */
export const isMaster = (place: NginxPlace, pid: number): boolean =>
  hasMasterTitle(pid) && leadsSession(pid) && (titleOf(pid) ?? "").includes(` -c ${liveConfigOf(place)} `);

const hasMasterTitle = (pid: number): boolean => (titleOf(pid) ?? "").startsWith(MASTER_TITLE);

/** Listening sockets of the process, TCP and the status socket, by descriptor. */
export function listenersOf(place: NginxPlace, pid: number): Map<number, string> {
  const listening = new Set([
    ...listeningSockets().map(({ inode }) => inode),
    ...unixInodesOf(place.statusSocket),
  ]);
  return new Map([...socketsOf(pid)].filter(([, inode]) => listening.has(inode)));
}

const isWorker = (pid: number): boolean => titleOf(pid) === WORKER_TITLE;

function hasMaster(pid: number): boolean {
  const parent = parentOf(pid);
  return parent !== null && hasMasterTitle(parent);
}

function holdersOfStatusSocket(place: NginxPlace): number[] {
  const inodes = unixInodesOf(place.statusSocket);
  if (inodes.size === 0) return [];
  const name = basename(place.binary).slice(0, NAME_LENGTH_MAX);
  return allPids().filter(
    (pid) => nameOf(pid) === name && [...socketsOf(pid).values()].some((inode) => inodes.has(inode)),
  );
}
