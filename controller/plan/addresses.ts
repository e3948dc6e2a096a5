/**
 * Decides which virtual addresses to add to this node and which to remove. Pure.
 *
 * Only addresses that carry our mark in the kernel are ever removed. An unmarked copy of a virtual address was put there
 * by somebody else (by hand, or left by keepalived): it is counted and reported, and not touched.
 */
import { formatIpPrefix, type IpPrefix } from "../net/ip.ts";

export interface OwnedAddress {
  readonly interface: string;
  readonly prefix: IpPrefix;
}

export interface ObservedAddress extends OwnedAddress {
  readonly isOurs: boolean;
}

export interface AddressAction {
  readonly type: "add-address" | "remove-address";
  readonly address: OwnedAddress;
  readonly because: string;
}

export interface ForeignCopy {
  readonly address: OwnedAddress;
  /** Whether this node should hold the address, so that the copy serves; else two nodes may answer for it. */
  readonly isWanted: boolean;
}

export interface AddressPlan {
  readonly actions: readonly AddressAction[];
  readonly foreign: readonly ForeignCopy[];
}

/** `virtual`: all addresses for which this node speaks, held or not; only among them unmarked copies are looked for. */
export function planAddresses(
  desired: readonly OwnedAddress[],
  observed: readonly ObservedAddress[],
  virtual: readonly OwnedAddress[] = desired,
): AddressPlan {
  const wanted = keysOf(desired);
  const present = keysOf(observed);
  const surplus = observed.filter((address) => address.isOurs && !wanted.has(keyOf(address)));
  const missing = desired.filter((address) => !present.has(keyOf(address)));
  return {
    // Removal goes first, so that an address that moves to another interface is never on both.
    actions: [
      ...actions("remove-address", surplus, "it carries our mark, and this node is not to hold it"),
      ...actions("add-address", missing, "this node is to hold it, and it is not there"),
    ],
    foreign: foreignCopies(observed, [...desired, ...virtual], wanted),
  };
}

function actions(
  type: AddressAction["type"],
  addresses: readonly OwnedAddress[],
  because: string,
): AddressAction[] {
  return inOrder(addresses).map((address) => ({ type, address, because }));
}

/** By address only: a copy with another prefix length, or on another interface, answers for the address all the same. */
function foreignCopies(
  observed: readonly ObservedAddress[],
  virtual: readonly OwnedAddress[],
  wanted: ReadonlySet<string>,
): ForeignCopy[] {
  const names = new Set<string>(virtual.map(({ prefix }) => prefix.address));
  const unmarked = observed.filter(({ isOurs, prefix }) => !isOurs && names.has(prefix.address));
  return inOrder(unmarked).map((address) => ({ address, isWanted: wanted.has(keyOf(address)) }));
}

const keyOf = (address: OwnedAddress): string => `${address.interface} ${formatIpPrefix(address.prefix)}`;
const keysOf = (addresses: readonly OwnedAddress[]): Set<string> => new Set(addresses.map(keyOf));

/** Each once, in one order, whatever the order of the input; without what else was known of it. */
function inOrder(addresses: readonly OwnedAddress[]): OwnedAddress[] {
  const unique = new Map(addresses.map((address) => [keyOf(address), address]));
  return [...unique]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { interface: name, prefix }]) => ({ interface: name, prefix }));
}
