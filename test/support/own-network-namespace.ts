/**
 * Network namespaces without names: they go with the process, so that nothing needs to be cleaned up. Sockets belong to
 * the namespace in which the thread was when it opened them, and commands run in the thread's namespace.
 */
import { execFileSync, spawn } from "node:child_process";
import { closeSync, openSync, readlinkSync } from "node:fs";
import koffi from "koffi";
import { deadline } from "./deadline.ts";

const CLONE_NEWNET = 0x40000000;

/** Moves this process into a namespace of its own. Needs root; a test that cannot have its namespace fails. */
export function enterOwnNetworkNamespace(): void {
  const unshare = koffi.load(null).func("int unshare(int)") as (flags: number) => number;
  if (unshare(CLONE_NEWNET) !== 0) throw new Error(`unshare: errno ${koffi.errno()}; this test needs root`);
  ip("link set lo up");
}

/** A second namespace, kept alive by a process that does nothing and dies with us. */
export class NeighbourNamespace implements Disposable {
  readonly #keeper = spawn("setpriv", ["--pdeathsig", "KILL", "unshare", "--net", "sleep", "infinity"], {
    stdio: "ignore",
  });

  /** Resolves when the namespace is there. Call it before this process enters one of its own. */
  async ready(): Promise<void> {
    const own = readlinkSync("/proc/self/ns/net");
    await deadline("the neighbour's namespace is there", () => {
      return readlinkSync(`/proc/${this.pid}/ns/net`) !== own;
    });
  }

  get pid(): number {
    return this.#keeper.pid ?? 0;
  }

  /** Runs `act` with this thread in the neighbour's namespace. It must be synchronous. */
  within<Result>(act: () => Result): Result {
    const setns = koffi.load(null).func("int setns(int, int)") as (fd: number, type: number) => number;
    const ours = openSync("/proc/self/ns/net", "r");
    const theirs = openSync(`/proc/${this.pid}/ns/net`, "r");
    try {
      if (setns(theirs, CLONE_NEWNET) !== 0) throw new Error(`setns: errno ${koffi.errno()}`);
      return act();
    } finally {
      setns(ours, CLONE_NEWNET);
      closeSync(ours);
      closeSync(theirs);
    }
  }

  [Symbol.dispose](): void {
    this.#keeper.kill("SIGKILL");
  }
}

/** `ip` with arguments separated by blanks; returns what it prints. */
export const ip = (text: string): string => execFileSync("ip", text.split(" "), { encoding: "utf8" });
