/** Whether a sound advertisement concerns one virtual router of ours, and what its state machine hears of it. Pure. */
import { compareIp, type IpAddress, isIpv6 } from "../net/ip.ts";
import type { Millis } from "../net/time.ts";
import type { ChecksumForm, HeardMessage } from "./packet.ts";
import { type SimplePassword, samePassword } from "./password.ts";
import type { HeardAdvertisement } from "./state.ts";

export interface Expectation {
  readonly version: 2 | 3;
  readonly virtualRouterID: number;
  readonly adverInterval: Millis;
  readonly addresses: readonly IpAddress[];
  readonly password: SimplePassword | null;
  /** Source of our own advertisements. */
  readonly ownAddress: IpAddress;
  /** Unicast: who may advertise to us. `null`: multicast, from whoever is on the link. */
  readonly peers: ReadonlySet<IpAddress> | null;
  /** Of our own advertisements, in version 3 over IPv4. */
  readonly checksumForm: ChecksumForm;
}

/** What is accepted but does not fit with ours. */
export type Difference = "addresses" | "interval" | "checksum-form";

/** In the order in which they are looked for. Only the first two are no news to an operator. */
export type MismatchReason =
  | "other-virtual-router"
  | "own-address"
  | "foreign-sender"
  | "version-mismatch"
  | "password-mismatch"
  | "interval-mismatch";

export type Reception =
  | {
      readonly ok: true;
      readonly event: HeardAdvertisement;
      /** Differences that are accepted but that an operator should know: keepalived up to 2.3.2 would split over the list. */
      readonly differences: readonly Difference[];
    }
  | { readonly ok: false; readonly reason: MismatchReason };

export function receive(expected: Expectation, heard: HeardMessage): Reception {
  const { advertisement, source } = heard;
  const reason = mismatch(expected, heard);
  if (reason !== null) return { ok: false, reason };
  return {
    ok: true,
    event: {
      type: "advertisement",
      sender: source,
      priority: advertisement.priority,
      adverInterval: advertisement.adverInterval,
      senderWinsTie: compareIp(source, expected.ownAddress) > 0,
    },
    differences: differencesOf(expected, heard),
  };
}

function mismatch(expected: Expectation, { advertisement, source }: HeardMessage): MismatchReason | null {
  if (advertisement.virtualRouterID !== expected.virtualRouterID) return "other-virtual-router";
  if (source === expected.ownAddress) return "own-address";
  if (expected.peers !== null && !expected.peers.has(source)) return "foreign-sender";
  if (advertisement.version !== expected.version) return "version-mismatch";
  if (expected.version === 3) return null;
  if (!samePassword(advertisement.password, expected.password)) return "password-mismatch";
  // RFC 3768 §7.1: version 2 drops what version 3 adopts.
  return advertisement.adverInterval === expected.adverInterval ? null : "interval-mismatch";
}

function differencesOf(
  expected: Expectation,
  { advertisement, checksumForm, source }: HeardMessage,
): Difference[] {
  const differences: Difference[] = [];
  const listed = new Set(advertisement.addresses);
  const isSameList =
    expected.addresses.length === listed.size && expected.addresses.every((address) => listed.has(address));
  if (!isSameList) differences.push("addresses");
  if (advertisement.adverInterval !== expected.adverInterval) differences.push("interval");
  const hasChoice = expected.version === 3 && !isIpv6(source);
  if (hasChoice && checksumForm !== expected.checksumForm) differences.push("checksum-form");
  return differences;
}
