/** Watches for others who speak for the addresses of one line while it holds them. */
import type { IpAddress } from "../net/ip.ts";
import { isIpv6 } from "../net/ip.ts";
import type { Ipv4 } from "../net/ipv4.ts";
import type { Instant } from "../net/time.ts";
import type { Clock } from "../port/clock.ts";
import type { VirtualRouter } from "../vrrp/virtual-router.ts";
import type { ArpWatch } from "./arp-watch.ts";

export class ClaimWatch {
  readonly #arpWatch: ArpWatch;
  readonly #clock: Clock;
  readonly #claimed: (address: Ipv4, mac: string, since: Instant) => void;
  #watching: Disposable | null = null;

  /** `claimed` is told since when it is watched. */
  constructor(
    arpWatch: ArpWatch,
    clock: Clock,
    claimed: (address: Ipv4, mac: string, since: Instant) => void,
  ) {
    this.#arpWatch = arpWatch;
    this.#clock = clock;
    this.#claimed = claimed;
  }

  begin({ addresses }: VirtualRouter): void {
    this.stop();
    const since = this.#clock.now();
    const names: readonly IpAddress[] = addresses.map(({ address }) => address);
    const watched = names.filter((address): address is Ipv4 => !isIpv6(address));
    this.#watching = this.#arpWatch.watch(watched, {
      claimed: (address, mac) => this.#claimed(address, mac, since),
    });
  }

  stop(): void {
    this.#watching?.[Symbol.dispose]();
    this.#watching = null;
  }
}
