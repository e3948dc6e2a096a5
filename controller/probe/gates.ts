/** How many probes may be under way at once, by what they cost. */
import type { Probe } from "../health/probe.ts";
import { unreachable } from "../net/unreachable.ts";
import { Gate } from "./gate.ts";

/** Commands share the processors with the proxy that they are to protect. */
const COMMANDS_MAX = 16;
/** Connections that wait for an answer cost little; this many are far below the usual limit of 1024 descriptors. */
const CONNECTIONS_MAX = 256;

export class Gates {
  readonly #commands = new Gate(COMMANDS_MAX);
  readonly #connections = new Gate(CONNECTIONS_MAX);

  /** Looks at this node pass at once: a hundred backends that do not answer must not hide the death of a local process. */
  async pass<T>(probe: Probe, work: () => Promise<T>): Promise<T> {
    switch (probe.type) {
      case "process":
      case "file":
        return await work();
      case "exec":
        return await this.#commands.pass(work);
      case "neighbour":
      case "tcp":
      case "http":
        return await this.#connections.pass(work);
      default:
        return unreachable(probe);
    }
  }
}
