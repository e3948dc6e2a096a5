/** What the lines want and what the kernel has, as lists of addresses: pure, for the address keeper. */
import { formatIpPrefix, type IpPrefix } from "../net/ip.ts";
import type { Lifetime } from "../net/lifetime.ts";
import { type AddressAction, type OwnedAddress, planAddresses } from "../plan/addresses.ts";
import type { AddressClaim, LinkAddress } from "../port/address-table.ts";
import { deadManLifetime } from "../vrrp/dead-man.ts";
import { carrierOf } from "../vrrp/virtual-mac.ts";
import type { AddressesSeen } from "./fate-surface.ts";
import type { Line } from "./line.ts";

export type Carrier = "ready" | "to-be-switched" | "missing";

/** What became of a wish, by `INTERFACE ADDRESS/LENGTH`. */
export interface Outcome {
  readonly held: Set<string>;
  readonly refusals: Map<string, string>;
}

export const isDone = ({ type, address }: AddressAction, { held, refusals }: Outcome): boolean =>
  type === "add-address" ? held.has(keyOf(address)) : !refusals.has(keyOf(address));

/** Only those that may be a source: each router looks through them, and 250 virtual ones would be on its way. */
export const sourcesIn = (addresses: readonly LinkAddress[]): readonly LinkAddress[] =>
  addresses.filter(({ isOurs }) => !isOurs);

/** Addresses that were added by a claim. */
export type Claimed = Pick<AddressClaim, "interface" | "prefixes">;

export const addressesIn = ({ interface: name, prefixes }: Claimed): readonly OwnedAddress[] =>
  prefixes.map((prefix) => ({ interface: name, prefix }));

/** What was claimed while the kernel was asked is there, whether its answer has it or not. */
export function withClaimed(
  found: readonly LinkAddress[],
  claimed: readonly OwnedAddress[],
): readonly LinkAddress[] {
  if (claimed.length === 0) return found;
  const known = new Set(found.map(keyOf));
  const missing = claimed.filter((address) => !known.has(keyOf(address)));
  return [...found, ...missing.map((address) => ({ ...address, isOurs: true, isUsable: true }))];
}

/** What the line holds when these have come. */
export function claimedBy(line: Line, prefixes: readonly IpPrefix[]): AddressesSeen {
  const areAll = prefixes.length === line.addresses.names.length;
  const held = areAll
    ? line.addresses.names
    : [...new Set([...line.heldAddresses, ...prefixes.map(formatIpPrefix)])];
  return { held, repaired: 0, refusal: null };
}

export function actionsOf(
  desired: readonly OwnedAddress[],
  observed: readonly LinkAddress[],
  virtual: readonly OwnedAddress[],
): AddressAction[] {
  const { actions, foreign } = planAddresses(desired, observed, virtual);
  const names = new Set(virtual.map(keyOf));
  const copies = foreign.filter(({ address }) => names.has(keyOf(address)));
  const places = new Map(desired.map((address, place) => [keyOf(address), place]));
  const placeOf = ({ address }: AddressAction): number => places.get(keyOf(address)) ?? -1;
  return [
    // What goes, goes first; what comes, in the order of the manifests, in which it is announced.
    ...actions.toSorted((one, other) => placeOf(one) - placeOf(other)),
    ...copies.map(({ address, isWanted }): AddressAction => {
      return isWanted
        ? { type: "add-address", address, because: "it is there without our mark" }
        : { type: "remove-address", address, because: "somebody added it, and this node is not to hold it" };
    }),
  ];
}

export function seenBy(
  line: Line,
  heldBefore: readonly string[],
  present: ReadonlySet<string>,
  { held, refusals }: Outcome,
): AddressesSeen {
  const key = (prefix: string): string => `${carrierOf(line.router)} ${prefix}`;
  const prefixes = line.router.addresses.map(formatIpPrefix);
  const wanted = line.wantedAddresses.map(formatIpPrefix);
  return {
    held: prefixes.filter((prefix) => held.has(key(prefix))),
    repaired: wanted.filter(
      (prefix) => heldBefore.includes(prefix) && !present.has(key(prefix)) && held.has(key(prefix)),
    ).length,
    refusal:
      prefixes.map((prefix) => refusals.get(key(prefix))).find((message) => message !== undefined) ?? null,
  };
}

export function ownedBy({ router }: Line, observed: readonly LinkAddress[]): readonly string[] {
  const present = observed.filter((each) => each.interface === router.interface && !each.isOurs);
  const names = new Set(present.map(({ prefix }) => prefix.address));
  return router.addresses.filter(({ address }) => names.has(address)).map(formatIpPrefix);
}

export const owned = (line: Line, prefixes: Line["wantedAddresses"]): OwnedAddress[] =>
  prefixes.map((prefix) => ({ interface: carrierOf(line.router), prefix }));

/** `carrier`: how the interface stands for the line, by which the addresses are to be carried. */
export function desiredOf(line: Line, observed: readonly LinkAddress[], carrier: Carrier): OwnedAddress[] {
  if (carrier === "missing") return [];
  // The next pass switches it first.
  const wanted = owned(line, carrier === "to-be-switched" ? line.router.addresses : line.wantedAddresses);
  if (carrier === "ready" && !line.isHoldingBack) return wanted;
  const present = new Set(observed.map(keyOf));
  return wanted.filter((address) => present.has(keyOf(address)));
}

export function lifetimesOf(line: Line): [string, Lifetime][] {
  const lifetime = deadManLifetime(line.router);
  return owned(line, line.wantedAddresses).map((address) => [keyOf(address), lifetime]);
}

export const keyOf = (address: OwnedAddress): string =>
  `${address.interface} ${formatIpPrefix(address.prefix)}`;

/** Of those that have more than they knew of; with 250 lines and four batches the others would be told three times for nothing. */
export function tellOfNew(lines: readonly Line[], see: (line: Line) => AddressesSeen): void {
  for (const line of lines) {
    const seen = see(line);
    if (seen.refusal === null && seen.held.length > line.heldAddresses.length) line.addressesAre(seen);
  }
}

export const wantedBy = (lines: readonly Line[]): ReadonlySet<string> =>
  new Set(lines.flatMap((line) => owned(line, line.wantedAddresses)).map(keyOf));
