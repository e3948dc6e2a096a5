/** nginx as a few values. It passes the same contract as the real one (test/contract/nginx-host.ts). */
import { type NginxRelease, RELEASE_ID } from "../../controller/nginx/release.ts";
import type { NginxState, PortHolder } from "../../controller/nginx/state.ts";
import { OperationFailure } from "../../controller/port/failure.ts";
import type { NginxHost } from "../../controller/port/nginx-host.ts";

const WORKERS = 2;

export class FakeNginxHost implements NginxHost {
  /** Text that nginx refuses when it tests, and text that it refuses only when it is to serve it. */
  readonly refusedByTest = new Set<string>();
  readonly refusedByReload = new Set<string>();
  holders: PortHolder[] = [];
  installed = true;
  /** Every release that was ever pointed at, in order. */
  readonly activated: string[] = [];

  readonly #releases = new Map<string, NginxRelease>();
  readonly #refused = new Map<string, string>();
  readonly #watchers = new Set<() => void>();
  #current: string | null = null;
  #lastGood: string | null = null;
  #master: { pid: number; release: string; workers: number[] } | null = null;
  #orphans: number[] = [];
  #nextPid = 100;

  async observe(wantedPorts: readonly number[]): Promise<NginxState> {
    const ports = [...wantedPorts, ...this.#portsOf(this.#current), ...this.#portsOf(this.#lastGood)];
    const master = this.#master;
    const staged = [...this.#releases.values()].filter(({ id }) => !this.#refused.has(id));
    return {
      installed: this.installed,
      version: this.installed ? "1.22.1" : null,
      master: master === null ? null : { pid: master.pid },
      workers: (master?.workers ?? []).map((pid) => ({ pid, release: master?.release ?? null })),
      orphans: this.#orphans,
      staged: staged.map(({ id, ports }) => ({ id, ports })),
      currentRelease: this.#current,
      lastGoodRelease: this.#lastGood,
      refused: [...this.#refused].map(([release, output]) => ({ release, output })),
      portHolders: this.holders.filter(({ port }) => ports.includes(port)),
    };
  }

  async stage(release: NginxRelease): Promise<void> {
    if (this.refusedByTest.has(release.id)) {
      this.#refused.set(release.id, "refused by the test");
      throw new OperationFailure({ code: "nginx-test-failed", output: "refused by the test" });
    }
    this.#releases.set(release.id, release);
  }

  async activate(id: string): Promise<void> {
    if (!this.#releases.has(id) || this.#refused.has(id)) {
      throw new OperationFailure({ code: "nginx-not-staged", release: id });
    }
    this.#current = id;
    this.activated.push(id);
  }

  async start(): Promise<void> {
    const id = this.#current;
    if (id === null) throw new OperationFailure({ code: "nginx-not-staged", release: "current" });
    if (this.#master !== null) throw new OperationFailure({ code: "nginx-start-failed", output: "it runs" });
    this.#take(id, "nginx-start-failed");
    this.#master = { pid: this.#nextPid++, release: id, workers: this.#fork() };
  }

  async reload(id: string): Promise<void> {
    if (this.#current !== id) throw new OperationFailure({ code: "nginx-not-staged", release: id });
    const master = this.#master;
    if (master === null) throw new OperationFailure({ code: "nginx-reload-failed", output: "not running" });
    this.#take(id, "nginx-reload-failed");
    this.#master = { pid: master.pid, release: id, workers: this.#fork() };
  }

  async refuse(id: string, output: string): Promise<void> {
    this.#refused.set(id, output);
  }

  async markGood(id: string): Promise<void> {
    if (this.#master?.release !== id) {
      throw new OperationFailure({ code: "nginx-reload-failed", output: `not every worker serves ${id}` });
    }
    this.#lastGood = id;
  }

  async retireOrphans(pids: readonly number[]): Promise<void> {
    this.#orphans = this.#orphans.filter((pid) => !pids.includes(pid));
  }

  async stop(): Promise<void> {
    this.#master = null;
    this.#orphans = [];
  }

  onChange(changed: () => void): Disposable {
    this.#watchers.add(changed);
    return { [Symbol.dispose]: () => this.#watchers.delete(changed) };
  }

  killMaster(): void {
    this.#orphans = [...this.#orphans, ...(this.#master?.workers ?? [])];
    this.#master = null;
    this.#wake();
  }

  killAll(): void {
    this.#orphans = [];
    this.#master = null;
    this.#wake();
  }

  hold(holder: PortHolder): void {
    this.holders = [...this.holders, holder];
    this.#wake();
  }

  free(port: number): void {
    this.holders = this.holders.filter((holder) => holder.port !== port);
    this.#wake();
  }

  #take(id: string, code: "nginx-start-failed" | "nginx-reload-failed"): void {
    const held = this.holders.find(({ port }) => this.#portsOf(id).includes(port));
    if (held !== undefined) {
      const output = `bind() to 0.0.0.0:${held.port} failed (98: Address already in use)`;
      throw new OperationFailure({ code, output });
    }
    if (this.refusedByReload.has(id)) {
      this.#refused.set(id, "refused when it was to serve");
      throw new OperationFailure({ code, output: "refused when it was to serve" });
    }
  }

  #portsOf(id: string | null): readonly number[] {
    return (id === null ? undefined : this.#releases.get(id)?.ports) ?? [];
  }

  #fork(): number[] {
    return Array.from({ length: WORKERS }, () => this.#nextPid++);
  }

  #wake(): void {
    for (const changed of this.#watchers) changed();
  }
}

/** A release that is one by name only. */
export function aRelease(number: number, ports: readonly number[] = [80]): NginxRelease {
  const id = number.toString(16).padStart(12, "0");
  if (!RELEASE_ID.test(id)) throw new Error(`not a number for a release: ${number}`);
  return { id, text: `release ${id}`, ports, hostNames: [] };
}
