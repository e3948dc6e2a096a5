/** Watches for others who speak for the addresses of one line while it holds them. */
import type { IpAddress } from "../net/ip.ts";
import { after, type Instant, millis } from "../net/time.ts";
import type { Clock } from "../port/clock.ts";
import type { VirtualRouter } from "../vrrp/virtual-router.ts";
import type { Deadlines } from "./deadlines.ts";
import type { NeighbourWatch } from "./neighbour-watch.ts";

/** A socket has to be opened for it, which takes as long as all the rest of a take-over: the claim and its announcement come first. */
const DELAY = millis(20);

export interface ClaimWatchSurface {
  readonly neighbours: NeighbourWatch;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
}

export class ClaimWatch {
  readonly #surface: ClaimWatchSurface;
  readonly #claimed: (address: IpAddress, mac: string, since: Instant) => void;
  #watching: Disposable | null = null;

  /** `claimed` is told since when it is watched. */
  constructor(
    surface: ClaimWatchSurface,
    claimed: (address: IpAddress, mac: string, since: Instant) => void,
  ) {
    this.#surface = surface;
    this.#claimed = claimed;
  }

  begin(router: VirtualRouter): void {
    this.stop();
    const { clock, deadlines } = this.#surface;
    deadlines.set(this, after(clock.now(), DELAY), () => this.#watch(router));
  }

  stop(): void {
    this.#surface.deadlines.clear(this);
    this.#watching?.[Symbol.dispose]();
    this.#watching = null;
  }

  #watch({ addresses }: VirtualRouter): void {
    const { clock, neighbours } = this.#surface;
    const since = clock.now();
    const names = addresses.map(({ address }) => address);
    this.#watching = neighbours.watch(names, {
      claimed: (address, mac) => this.#claimed(address, mac, since),
    });
  }
}
