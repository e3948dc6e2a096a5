/**
 * The wire form of an advertisement: version 2 (RFC 3768 §5.1), and version 3 over IPv4 and IPv6 (RFC 9568 §5.2).
 *
 *      0               8              16              24
 *      | version, type | router id     | priority      | count         |
 *      | auth type     | interval, s   | checksum                      |  version 2
 *      | reserved 4, interval 12, cs   | checksum                      |  version 3
 *      | addresses, four bytes each, or 16                             |
 *      | eight bytes of authentication, also when there is none        |  version 2 only
 */
import { internetChecksum, wordSum } from "../net/checksum.ts";
import {
  ADDRESS_BYTES,
  type Family,
  familyOf,
  type IpAddress,
  ipBytes,
  ipFromBytes,
  isIpv6,
  writeIp,
} from "../net/ip.ts";
import { centisToMillis, type Millis, secondsToMillis } from "../net/time.ts";
import {
  type HeaderFault,
  type IpHeader,
  PROTOCOL_VRRP,
  type SoundOrNot,
  TIME_TO_LIVE_MAX,
} from "./ip-header.ts";
import { decodeIpHeader, ipHeaderLength, withIpHeader } from "./ip-packet.ts";
import { PASSWORD_LENGTH, passwordFromBytes, type SimplePassword, writePassword } from "./password.ts";

export interface Advertisement {
  readonly version: 2 | 3;
  readonly virtualRouterID: number;
  readonly priority: number;
  /** Version 2: whole seconds, 1 to 255. Version 3: whole centiseconds, 1 to 4095. */
  readonly adverInterval: Millis;
  /**
   * 1 to 255 of one family, in the order of the wire. Of IPv6, the first is to be link-local (RFC 9568 §5.2.9): whoever
   * writes the list sees to that, and whoever hears it does not insist, since keepalived lets its users leave it out.
   */
  readonly addresses: readonly IpAddress[];
  /** Version 2 only. `null`: none. */
  readonly password: SimplePassword | null;
}

/**
 * What the checksum covers. RFC 5798 as deployed by keepalived and FRR, and so by us: the message and a pseudo-header
 * with both addresses. RFC 9568 and all of version 2: the message only. In version 3 over IPv4 both are taken; over IPv6
 * nobody disputes the pseudo-header.
 */
export type ChecksumForm = "pseudo-header" | "message-only";

/** In the order in which they are looked for: nothing of a message counts before its checksum does. */
export type DropReason =
  | HeaderFault
  | "message-too-short"
  | "version-unknown"
  | "message-length-wrong"
  | "checksum-wrong"
  | "type-unknown"
  | "virtual-router-id-zero"
  | "no-addresses"
  | "authentication-unknown"
  | "interval-zero";

/** How a packet is dressed. Both may differ from the defaults: the checksum for peers of RFC 9568, the rest for unicast. */
export interface PacketTerms {
  readonly checksumForm: ChecksumForm;
  readonly timeToLive: number;
}

export interface HeardMessage {
  readonly advertisement: Advertisement;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly checksumForm: ChecksumForm;
}

export type Decoded = SoundOrNot<HeardMessage, DropReason>;

const FIXED_LENGTH = 8;
const ADDRESSES_MAX = 255;
const CHECKSUM_OFFSET = 6;
const TYPE_ADVERTISEMENT = 1;
const NO_AUTHENTICATION = 0;
const SIMPLE_AUTHENTICATION = 1;
const DEFAULT_TERMS: PacketTerms = { checksumForm: "pseudo-header", timeToLive: TIME_TO_LIVE_MAX };

const trailerLength = (version: 2 | 3): number => (version === 2 ? PASSWORD_LENGTH : 0);

/** A whole IP packet, ready to be sent again and again. */
export function encodePacket(
  advertisement: Advertisement,
  source: IpAddress,
  destination: IpAddress,
  { checksumForm, timeToLive }: PacketTerms = DEFAULT_TERMS,
): Uint8Array {
  const message = encodeAdvertisement(advertisement, source, destination, checksumForm);
  return withIpHeader(message, source, destination, timeToLive);
}

/** The message without its IP header. Source and destination count only for the checksum, and not in version 2. */
export function encodeAdvertisement(
  advertisement: Advertisement,
  source: IpAddress,
  destination: IpAddress,
  checksumForm: ChecksumForm = "pseudo-header",
): Uint8Array {
  const { version, addresses, password } = advertisement;
  const family = familyOf(source);
  refuseImpossible(advertisement, family);
  const listEnd = FIXED_LENGTH + addresses.length * ADDRESS_BYTES[family];
  const message = new Uint8Array(listEnd + trailerLength(version));
  const view = new DataView(message.buffer);
  view.setUint8(0, (version << 4) | TYPE_ADVERTISEMENT);
  view.setUint8(1, advertisement.virtualRouterID);
  view.setUint8(2, advertisement.priority);
  view.setUint8(3, addresses.length);
  writeInterval(advertisement, view);
  for (const [i, address] of addresses.entries()) {
    writeIp(address, message, FIXED_LENGTH + i * ADDRESS_BYTES[family]);
  }
  if (version === 2 && password !== null) writePassword(password, message, listEnd);
  const hasPseudoHeader = version === 3 && (family === "ipv6" || checksumForm === "pseudo-header");
  const addressSum = wordSum(ipBytes(source)) + wordSum(ipBytes(destination));
  const covered = hasPseudoHeader ? pseudoHeaderSum(addressSum, message.length) : 0;
  view.setUint16(CHECKSUM_OFFSET, internetChecksum(message, covered));
  return message;
}

function refuseImpossible({ version, addresses }: Advertisement, family: Family): void {
  if (addresses.length === 0 || addresses.length > ADDRESSES_MAX) {
    throw new RangeError(`an advertisement has 1 to 255 addresses, not ${addresses.length}`);
  }
  if (addresses.some((address) => familyOf(address) !== family)) {
    throw new RangeError(`an advertisement over ${family} has addresses of no other family`);
  }
  if (version === 2 && family === "ipv6") throw new RangeError("version 2 knows no IPv6");
}

function writeInterval({ version, adverInterval, password }: Advertisement, view: DataView): void {
  const units = version === 2 ? adverInterval / 1000 : adverInterval / 10;
  // Rounding would make two nodes disagree about the interval, and in version 2 they would then both be master.
  if (!Number.isInteger(units) || units < 1 || units > (version === 2 ? 0xff : 0x0fff)) {
    throw new RangeError(`version ${version} cannot advertise an interval of ${adverInterval} ms`);
  }
  if (version === 3) {
    view.setUint16(4, units);
  } else {
    view.setUint8(4, password === null ? NO_AUTHENTICATION : SIMPLE_AUTHENTICATION);
    view.setUint8(5, units);
  }
}

/**
 * Takes a whole IP packet and never throws: whatever bytes arrive, they are a message or a reason for dropping it.
 * `timeToLiveMin` is less than 255 only where an advertisement may have passed a router, which unicast may.
 */
export function decodeAdvertisement(ipPacket: Uint8Array, timeToLiveMin = TIME_TO_LIVE_MAX): Decoded {
  const header = decodeIpHeader(ipPacket, timeToLiveMin);
  return header.ok ? decodeMessage(header.value) : header;
}

/** Where a sound packet has its router id: for counting an unsound one where it belongs. */
export const claimedRouterID = (ipPacket: Uint8Array): number | null =>
  ipPacket[ipHeaderLength(ipPacket) + 1] ?? null;

function decodeMessage(header: IpHeader): Decoded {
  const { source, destination, payload } = header;
  const family = familyOf(source);
  const drop = (reason: DropReason): Decoded => ({ ok: false, reason, source });

  if (payload.length < FIXED_LENGTH) return drop("message-too-short");
  const version = (payload[0] ?? 0) >> 4;
  if (version !== 3 && (version !== 2 || family === "ipv6")) return drop("version-unknown");
  // CARP shares protocol, group and first byte, and keeps its skew where VRRP keeps its priority: only the length tells.
  const listEnd = FIXED_LENGTH + (payload[3] ?? 0) * ADDRESS_BYTES[family];
  if (payload.length !== listEnd + trailerLength(version)) return drop("message-length-wrong");
  const checksumForm = checksumFormOf(version, header);
  if (checksumForm === null) return drop("checksum-wrong");
  const reason = contentFault(version, payload);
  if (reason !== null) return drop(reason);
  return {
    ok: true,
    value: { advertisement: read(version, family, payload), source, destination, checksumForm },
  };
}

/** `null`: the checksum is wrong in every form that version and family allow. */
function checksumFormOf(version: 2 | 3, { source, addressSum, payload }: IpHeader): ChecksumForm | null {
  // A sum over a message with its own checksum inside folds to all ones, whose complement is zero.
  const isSound = (covered: number): boolean => internetChecksum(payload, covered) === 0;
  if (version === 3 && isSound(pseudoHeaderSum(addressSum, payload.length))) return "pseudo-header";
  return !isIpv6(source) && isSound(0) ? "message-only" : null;
}

function contentFault(version: 2 | 3, message: Uint8Array): DropReason | null {
  if (((message[0] ?? 0) & 0x0f) !== TYPE_ADVERTISEMENT) return "type-unknown";
  if (message[1] === 0) return "virtual-router-id-zero";
  // RFC 9568, erratum 8299.
  if (message[3] === 0) return "no-addresses";
  if (version === 2 && (message[4] ?? 0) > SIMPLE_AUTHENTICATION) return "authentication-unknown";
  // RFC 9568, erratum 8301: a backup that adopts an interval of zero takes over at once. keepalived 2.2.7 does.
  return readInterval(version, message) === 0 ? "interval-zero" : null;
}

function read(version: 2 | 3, family: Family, message: Uint8Array): Advertisement {
  const count = message[3] ?? 0;
  const listEnd = FIXED_LENGTH + count * ADDRESS_BYTES[family];
  const hasPassword = version === 2 && message[4] === SIMPLE_AUTHENTICATION;
  return {
    version,
    virtualRouterID: message[1] ?? 0,
    priority: message[2] ?? 0,
    adverInterval: readInterval(version, message),
    addresses: Array.from({ length: count }, (_, i) =>
      ipFromBytes(family, message, FIXED_LENGTH + i * ADDRESS_BYTES[family]),
    ),
    password: hasPassword ? passwordFromBytes(message.subarray(listEnd)) : null,
  };
}

function readInterval(version: 2 | 3, message: Uint8Array): Millis {
  const low = message[5] ?? 0;
  // The upper four bits of version 3 are reserved, and ignored on receipt.
  return version === 2 ? secondsToMillis(low) : centisToMillis((((message[4] ?? 0) & 0x0f) << 8) | low);
}

/**
 * RFC 5798 §5.2.8, RFC 8200 §8.1: source, destination, protocol and length, unfolded. The destination is the real one,
 * also of unicast.
 */
const pseudoHeaderSum = (addressSum: number, length: number): number => addressSum + PROTOCOL_VRRP + length;
