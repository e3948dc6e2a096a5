/** Asks the real world: processes, files, commands, neighbours, TCP and HTTP servers. */
import type { Probe, ProbeAnswer } from "../../health/probe.ts";
import type { Millis } from "../../net/time.ts";
import { unreachable } from "../../net/unreachable.ts";
import type { Prober } from "../../port/prober.ts";
import type { Libc } from "../libc/libc.ts";
import { ProcessWatch } from "../process/process-watch.ts";
import { ExecProber } from "./exec-probe.ts";
import { onFileHint, probeFile } from "./file-probe.ts";
import { probeHttp } from "./http-probe.ts";
import { probeNeighbour } from "./neighbour-probe.ts";
import type { Ears } from "./neighbour-questions.ts";
import { ProbeConnections } from "./probe-connections.ts";
import { probeTcp } from "./tcp-probe.ts";

export class SystemProber implements Prober {
  readonly #libc: Libc;
  readonly #ears: Ears;
  readonly #processes: ProcessWatch;
  readonly #commands = new ExecProber();
  readonly #connections: ProbeConnections;

  constructor(libc: Libc, ears: Ears) {
    this.#libc = libc;
    this.#ears = ears;
    this.#processes = new ProcessWatch(libc);
    this.#connections = new ProbeConnections(libc);
  }

  async probe(probe: Probe, timeout: Millis, signal: AbortSignal): Promise<ProbeAnswer> {
    if (signal.aborted) return { healthy: false, because: "called off" };
    switch (probe.type) {
      case "process":
        return this.#probeProcess(probe.name);
      case "file":
        return await probeFile(this.#libc, probe, timeout, signal);
      case "exec":
        return await this.#commands.probe(probe, timeout, signal);
      case "neighbour":
        return await probeNeighbour(this.#libc, this.#ears, probe, timeout, signal);
      case "tcp":
        return await probeTcp(this.#connections, probe, timeout, signal);
      case "http":
        return await probeHttp(this.#connections, probe, timeout, signal);
      default:
        return unreachable(probe);
    }
  }

  onHint(probe: Probe, hint: () => void): Disposable | null {
    switch (probe.type) {
      case "process":
        return this.#processes.onHint(probe.name, hint);
      case "file":
        return onFileHint(probe, hint);
      case "exec":
      case "neighbour":
      case "tcp":
      case "http":
        return null;
      default:
        return unreachable(probe);
    }
  }

  #probeProcess(name: string): ProbeAnswer {
    const found = this.#processes.find(name);
    return found === null
      ? { healthy: false, because: `no process named ${name}` }
      : { healthy: true, because: `${name} runs (pid ${found.pid})` };
  }
}
