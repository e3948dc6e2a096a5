/** Watches for others who speak for the addresses of one line while it holds them. */
import type { IpAddress } from "../net/ip.ts";
import type { Instant } from "../net/time.ts";
import type { Clock } from "../port/clock.ts";
import type { VirtualRouter } from "../vrrp/virtual-router.ts";
import type { NeighbourWatch } from "./neighbour-watch.ts";

export class ClaimWatch {
  readonly #neighbours: NeighbourWatch;
  readonly #clock: Clock;
  readonly #claimed: (address: IpAddress, mac: string, since: Instant) => void;
  #watching: Disposable | null = null;

  /** `claimed` is told since when it is watched. */
  constructor(
    neighbours: NeighbourWatch,
    clock: Clock,
    claimed: (address: IpAddress, mac: string, since: Instant) => void,
  ) {
    this.#neighbours = neighbours;
    this.#clock = clock;
    this.#claimed = claimed;
  }

  begin({ addresses }: VirtualRouter): void {
    this.stop();
    const since = this.#clock.now();
    const names = addresses.map(({ address }) => address);
    this.#watching = this.#neighbours.watch(names, {
      claimed: (address, mac) => this.#claimed(address, mac, since),
    });
  }

  stop(): void {
    this.#watching?.[Symbol.dispose]();
    this.#watching = null;
  }
}
