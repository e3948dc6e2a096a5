/** The wires of this node, each shared by all lines that speak on it. */
import type { Network } from "../port/advert-socket.ts";
import type { Log } from "../port/log.ts";
import type { VirtualRouter } from "../vrrp/virtual-router.ts";
import { hearingAt } from "./fate-terms.ts";
import { Wire } from "./wire.ts";

export class Wires {
  readonly #network: Network;
  readonly #log: Log;
  readonly #wires = new Map<string, Wire>();

  constructor(network: Network, log: Log) {
    this.#network = network;
    this.#log = log;
  }

  of(router: VirtualRouter): Wire {
    const { interface: name } = router;
    const hearing = hearingAt(router);
    const key = `${name} ${hearing}`;
    const known = this.#wires.get(key);
    if (known !== undefined) return known;
    const wire = new Wire(name, hearing, this.#network, this.#log);
    this.#wires.set(key, wire);
    return wire;
  }

  /** Delivers what has arrived. */
  drain(): void {
    for (const wire of this.#wires.values()) wire.drain();
  }

  /** What is heard from now on is kept until `release`. */
  hold(): void {
    for (const wire of this.#wires.values()) wire.hold();
  }

  release(): void {
    for (const wire of this.#wires.values()) wire.release();
  }

  closeUnused(): void {
    for (const [key, wire] of [...this.#wires]) {
      if (!wire.isUnused) continue;
      wire[Symbol.dispose]();
      this.#wires.delete(key);
    }
  }

  closeAll(): void {
    for (const wire of this.#wires.values()) wire[Symbol.dispose]();
    this.#wires.clear();
  }
}
