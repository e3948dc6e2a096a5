/** The wires of this node, each shared by all lines that speak on it. */
import type { Network } from "../port/advert-socket.ts";
import type { Log } from "../port/log.ts";
import type { VirtualRouter } from "../vrrp/virtual-router.ts";
import { AnnouncementPace, type PaceSurface } from "./announcement-pace.ts";
import { hearingAt } from "./fate-terms.ts";
import { Wire } from "./wire.ts";

export interface WiresSurface extends PaceSurface {
  readonly network: Network;
  readonly log: Log;
}

export class Wires {
  readonly #surface: WiresSurface;
  /** By interface. */
  readonly #paces = new Map<string, AnnouncementPace>();
  readonly #wires = new Map<string, Wire>();

  constructor(surface: WiresSurface) {
    this.#surface = surface;
  }

  of(router: VirtualRouter): Wire {
    const { interface: name } = router;
    const hearing = hearingAt(router);
    const key = `${name} ${hearing}`;
    const known = this.#wires.get(key);
    if (known !== undefined) return known;
    const wire = new Wire(name, hearing, { ...this.#surface, pace: this.#paceOf(name) });
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
    const used = new Set([...this.#wires.values()].map(({ interfaceName }) => interfaceName));
    for (const name of [...this.#paces.keys()]) if (!used.has(name)) this.#paces.delete(name);
  }

  closeAll(): void {
    for (const wire of this.#wires.values()) wire[Symbol.dispose]();
    this.#wires.clear();
  }

  #paceOf(interfaceName: string): AnnouncementPace {
    const pace = this.#paces.get(interfaceName) ?? new AnnouncementPace(this.#surface);
    this.#paces.set(interfaceName, pace);
    return pace;
  }
}
