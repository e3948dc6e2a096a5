/**
 * The addresses of one line: which ones there are, and which of them its interface holds. What is needed at a take-over is
 * worked out when the router is configured, and not when its clients wait.
 */
import { formatIpPrefix, type IpPrefix } from "../net/ip.ts";
import type { AddressClaim } from "../port/address-table.ts";
import { deadManLifetime } from "../vrrp/dead-man.ts";
import { carrierOf } from "../vrrp/virtual-mac.ts";
import type { VirtualRouter } from "../vrrp/virtual-router.ts";
import type { AddressesSeen } from "./fate-surface.ts";
import { heldOf, holdsAll } from "./fate-terms.ts";
import type { LineLegacy } from "./legacy.ts";

export class LineAddresses {
  #router: VirtualRouter;
  #claim: AddressClaim;
  #names: readonly string[];
  #held: readonly string[] = [];
  /** `null`: not worked out yet. */
  #heldPrefixes: readonly IpPrefix[] | null = [];
  #refusal: string | null = null;
  #repaired = 0;

  constructor(router: VirtualRouter) {
    this.#router = router;
    this.#claim = addressClaimOf(router);
    this.#names = router.addresses.map(formatIpPrefix);
  }

  use(router: VirtualRouter): void {
    this.#router = router;
    this.#claim = addressClaimOf(router);
    this.#names = router.addresses.map(formatIpPrefix);
    this.#heldPrefixes = null;
  }

  /** All of them; the same object for as long as they stay the same. */
  get claim(): AddressClaim {
    return this.#claim;
  }

  /** `ADDRESS/LENGTH` each, of all; the same array for as long as they stay the same. */
  get names(): readonly string[] {
    return this.#names;
  }

  /** `ADDRESS/LENGTH` each: what was on the interface with our mark at the last look. */
  get held(): readonly string[] {
    return this.#held;
  }

  /** Of those that are wanted one could not be added, for this reason. */
  get refusal(): string | null {
    return this.#refusal;
  }

  /** How many of them were put back. */
  get repaired(): number {
    return this.#repaired;
  }

  /** These are left of the process before this one. */
  recognise(held: readonly string[]): void {
    this.#held = held;
    this.#heldPrefixes = null;
  }

  /** Answers which ones are held now that were not. */
  see({ held, repaired, refusal }: AddressesSeen): readonly IpPrefix[] {
    const before = new Set(this.heldPrefixes);
    this.recognise(held);
    this.#repaired += repaired;
    this.#refusal = refusal;
    return this.heldPrefixes.filter((each) => !before.has(each));
  }

  inherit({ held, repaired }: Pick<LineLegacy, "held" | "repaired">): void {
    this.recognise(held);
    this.#repaired = repaired;
  }

  get heldPrefixes(): readonly IpPrefix[] {
    this.#heldPrefixes ??= this.#holdsNames ? this.#router.addresses : heldOf(this.#router, this.#held);
    return this.#heldPrefixes;
  }

  /** Everything that is to be held is, or will not be. */
  get isSettled(): boolean {
    return this.#refusal !== null || this.#holdsNames || holdsAll(this.#router, this.#held);
  }

  get #holdsNames(): boolean {
    return this.#held === this.#names;
  }
}

const addressClaimOf = (router: VirtualRouter): AddressClaim => ({
  interface: carrierOf(router),
  prefixes: router.addresses,
  lifetime: deadManLifetime(router),
});
