/** Since when each interface is up, as far as this speaker has seen. */
import type { Instant } from "../net/time.ts";
import type { Link } from "../port/address-table.ts";

export class LinkUptime {
  /** By index: an interface that was deleted and made again under the same name is another one. */
  #since = new Map<number, Instant>();

  /** What a look at `now` has shown, by name of the interface. */
  seen(links: readonly Link[], now: Instant): ReadonlyMap<string, Instant> {
    const up = links.filter(({ isUp }) => isUp);
    const known = this.#since;
    this.#since = new Map(up.map(({ index }) => [index, known.get(index) ?? now]));
    return new Map(up.map(({ name, index }) => [name, this.#since.get(index) ?? now]));
  }

  legacy(): readonly (readonly [number, Instant])[] {
    return [...this.#since];
  }

  inherit(since: readonly (readonly [number, Instant])[]): void {
    this.#since = new Map(since);
  }
}
