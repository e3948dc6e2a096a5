/** nginx on this node: a master in a session of its own, releases on disk, and /proc to see what is. */
import type { NginxRelease } from "../../nginx/release.ts";
import type { NginxState, NginxWorker } from "../../nginx/state.ts";
import { type FailureDetail, OperationFailure } from "../../port/failure.ts";
import type { NginxHost } from "../../port/nginx-host.ts";
import type { Libc } from "../libc/libc.ts";
import { BinaryVersion } from "./binary.ts";
import { testRelease } from "./config-test.ts";
import { keepLogBounded } from "./error-log.ts";
import type { NginxPlace } from "./place.ts";
import { nameHolders } from "./port-holders.ts";
import { type OurProcesses, ourProcesses } from "./processes.ts";
import { childrenOf } from "./procfs.ts";
import { askWorkers } from "./release-answers.ts";
import {
  linkCurrent,
  linkLastGood,
  markRefused,
  markTested,
  prune,
  type ReleasesOnDisk,
  readReleases,
  writeRelease,
} from "./releases.ts";
import { reloadMaster } from "./reload.ts";
import { retire } from "./retire.ts";
import { makeRuntimeDirectories } from "./runtime-directories.ts";
import { startMaster } from "./start.ts";
import { Wakes } from "./wakes.ts";
import type { Refusal } from "./words.ts";

type RefusalCode = "nginx-test-failed" | "nginx-start-failed" | "nginx-reload-failed";

export class SystemNginxHost implements NginxHost, Disposable {
  readonly #libc: Libc;
  readonly #place: NginxPlace;
  readonly #wakes: Wakes;
  readonly #version: BinaryVersion;

  constructor(libc: Libc, place: NginxPlace) {
    this.#libc = libc;
    this.#place = place;
    this.#wakes = new Wakes(libc);
    this.#version = new BinaryVersion(place.binary);
  }

  async observe(wantedPorts: readonly number[]): Promise<NginxState> {
    const version = await this.#version.read();
    const releases = await readReleases(this.#place);
    const processes = ourProcesses(this.#place);
    const { master, workers, orphans } = processes;
    if (master !== null) await keepLogBounded(this.#place, master);
    return {
      installed: version !== null,
      version,
      master: master === null ? null : { pid: master },
      workers: await this.#asked(workers, orphans.length),
      orphans,
      staged: releases.staged,
      currentRelease: releases.current,
      lastGoodRelease: releases.lastGood,
      refused: releases.refused,
      portHolders: await this.#portHolders(portsOf(wantedPorts, releases), processes),
    };
  }

  async stage(release: NginxRelease): Promise<void> {
    await this.#onDisk(async () => {
      await makeRuntimeDirectories(this.#place);
      await writeRelease(this.#place, release);
    });
    const refusal = await testRelease(this.#place, release);
    if (refusal !== null) await this.#refused("nginx-test-failed", release.id, refusal);
    await this.#onDisk(() => markTested(this.#place, release));
  }

  async activate(id: string): Promise<void> {
    const { staged } = await readReleases(this.#place);
    if (!staged.some((release) => release.id === id)) {
      throw new OperationFailure({ code: "nginx-not-staged", release: id });
    }
    await this.#onDisk(() => linkCurrent(this.#place, id));
  }

  async start(): Promise<void> {
    const { current } = await readReleases(this.#place);
    if (current === null) throw new OperationFailure({ code: "nginx-not-staged", release: "current" });
    const { master } = ourProcesses(this.#place);
    if (master !== null) throw startFailure(`it runs already, as process ${master}`);
    const refusal = await startMaster(this.#libc, this.#place);
    if (refusal !== null) await this.#refused("nginx-start-failed", current, refusal);
  }

  async reload(id: string): Promise<void> {
    const { current } = await readReleases(this.#place);
    if (current !== id) throw new OperationFailure({ code: "nginx-not-staged", release: id });
    const { master } = ourProcesses(this.#place);
    if (master === null) throw reloadFailure("nginx does not run");
    const refusal = await reloadMaster(this.#place, master, id);
    if (refusal !== null) await this.#refused("nginx-reload-failed", id, refusal);
  }

  async refuse(id: string, output: string): Promise<void> {
    await this.#onDisk(() => markRefused(this.#place, id, output));
  }

  async markGood(id: string): Promise<void> {
    const { workers } = ourProcesses(this.#place);
    const answers = await askWorkers(this.#place.statusSocket, workers);
    if (answers.length === 0 || answers.some(({ release }) => release !== id)) {
      throw reloadFailure(`not every worker serves ${id}`);
    }
    await this.#onDisk(async () => {
      await linkLastGood(this.#place, id);
      await prune(this.#place);
    });
  }

  async retireOrphans(pids: readonly number[]): Promise<void> {
    // Only those that are orphans still: a number may have a new owner.
    const { orphans } = ourProcesses(this.#place);
    await retire(
      this.#place,
      orphans.filter((pid) => pids.includes(pid)),
    );
  }

  async stop(): Promise<void> {
    const { master, orphans } = ourProcesses(this.#place);
    const told = master === null ? orphans : [master, ...orphans];
    await retire(this.#place, told, master === null ? orphans : [...told, ...childrenOf(master)]);
  }

  onChange(changed: () => void): Disposable {
    return this.#wakes.subscribe(changed);
  }

  [Symbol.dispose](): void {
    this.#wakes[Symbol.dispose]();
  }

  async #asked(workers: readonly number[], orphans: number): Promise<NginxWorker[]> {
    if (workers.length === 0) return [];
    const answers = await askWorkers(this.#place.statusSocket, workers, orphans);
    const releases = new Map(answers.map(({ pid, release }) => [pid, release]));
    return workers.map((pid) => ({ pid, release: releases.get(pid) ?? null }));
  }

  async #portHolders(ports: ReadonlySet<number>, { master, orphans }: OurProcesses) {
    const ours = master === null ? orphans : [master, ...childrenOf(master), ...orphans];
    const holders = await nameHolders(this.#libc, ports, ours);
    this.#wakes.watch({ master, holders, ports, ours });
    return holders;
  }

  async #refused(code: RefusalCode, id: string, { output, mayPass }: Refusal): Promise<never> {
    if (!mayPass) await this.refuse(id, output);
    throw new OperationFailure({ code, output });
  }

  async #onDisk(change: () => Promise<void>): Promise<void> {
    try {
      await change();
    } catch (error) {
      if (error instanceof OperationFailure) throw error;
      const { message } = error as NodeJS.ErrnoException;
      throw new OperationFailure({ code: "nginx-not-written", output: message }, error);
    }
  }
}

const failing =
  (code: RefusalCode) =>
  (output: string): OperationFailure =>
    new OperationFailure({ code, output } satisfies FailureDetail);
const startFailure = failing("nginx-start-failed");
const reloadFailure = failing("nginx-reload-failed");

function portsOf(wanted: readonly number[], releases: ReleasesOnDisk): ReadonlySet<number> {
  const standing = releases.staged.filter(({ id }) => id === releases.current || id === releases.lastGood);
  return new Set([...wanted, ...standing.flatMap(({ ports }) => ports)]);
}
