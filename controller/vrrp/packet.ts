/**
 * The wire form of an advertisement: version 2 (RFC 3768 §5.1) and version 3 over IPv4 (RFC 9568 §5.2).
 *
 *      0               8              16              24
 *      | version, type | router id     | priority      | count         |
 *      | auth type     | interval, s   | checksum                      |  version 2
 *      | reserved 4, interval 12, cs   | checksum                      |  version 3
 *      | addresses, four bytes each                                    |
 *      | eight bytes of authentication, also when there is none        |  version 2 only
 */
import { internetChecksum } from "../net/checksum.ts";
import { type Ipv4, ipv4FromBytes, ipv4ToNumber, writeIpv4 } from "../net/ipv4.ts";
import { centisToMillis, type Millis, secondsToMillis } from "../net/time.ts";
import { decodeIpv4Header, type HeaderFault, PROTOCOL_VRRP, withIpv4Header } from "./ipv4-header.ts";
import { PASSWORD_LENGTH, passwordFromBytes, type SimplePassword, writePassword } from "./password.ts";

export interface Advertisement {
  readonly version: 2 | 3;
  readonly virtualRouterID: number;
  readonly priority: number;
  /** Version 2: whole seconds, 1 to 255. Version 3: whole centiseconds, 1 to 4095. */
  readonly adverInterval: Millis;
  /** 1 to 255, in the order of the wire. */
  readonly addresses: readonly Ipv4[];
  /** Version 2 only. `null`: none. */
  readonly password: SimplePassword | null;
}

/**
 * What the checksum covers. RFC 5798 as deployed by keepalived and FRR, and so by us: the message and a pseudo-header
 * with both addresses. RFC 9568 and all of version 2: the message only. In version 3 both are taken.
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

export interface HeardMessage {
  readonly advertisement: Advertisement;
  readonly source: Ipv4;
  readonly destination: Ipv4;
  readonly checksumForm: ChecksumForm;
}

export type Decoded =
  | { readonly ok: true; readonly value: HeardMessage }
  /** `source` is what the packet claims; null when it is too broken to claim anything. */
  | { readonly ok: false; readonly reason: DropReason; readonly source: Ipv4 | null };

const FIXED_LENGTH = 8;
const ADDRESS_LENGTH = 4;
const ADDRESSES_MAX = 255;
const CHECKSUM_OFFSET = 6;
const TYPE_ADVERTISEMENT = 1;
const NO_AUTHENTICATION = 0;
const SIMPLE_AUTHENTICATION = 1;

const trailerLength = (version: 2 | 3): number => (version === 2 ? PASSWORD_LENGTH : 0);

/** A whole IPv4 packet, ready to be sent again and again. */
export function encodePacket(advertisement: Advertisement, source: Ipv4, destination: Ipv4): Uint8Array {
  return withIpv4Header(encodeAdvertisement(advertisement, source, destination), source, destination);
}

/** The message without its IPv4 header. The addresses count only for the checksum of version 3. */
export function encodeAdvertisement(
  advertisement: Advertisement,
  source: Ipv4,
  destination: Ipv4,
): Uint8Array {
  const { version, addresses, password } = advertisement;
  if (addresses.length === 0 || addresses.length > ADDRESSES_MAX) {
    throw new RangeError(`an advertisement has 1 to 255 addresses, not ${addresses.length}`);
  }
  const listEnd = FIXED_LENGTH + addresses.length * ADDRESS_LENGTH;
  const message = new Uint8Array(listEnd + trailerLength(version));
  const view = new DataView(message.buffer);
  view.setUint8(0, (version << 4) | TYPE_ADVERTISEMENT);
  view.setUint8(1, advertisement.virtualRouterID);
  view.setUint8(2, advertisement.priority);
  view.setUint8(3, addresses.length);
  writeInterval(advertisement, view);
  for (const [i, address] of addresses.entries()) {
    writeIpv4(address, message, FIXED_LENGTH + i * ADDRESS_LENGTH);
  }
  if (version === 2 && password !== null) writePassword(password, message, listEnd);
  const covered = version === 2 ? 0 : pseudoHeaderSum(source, destination, message.length);
  view.setUint16(CHECKSUM_OFFSET, internetChecksum(message, covered));
  return message;
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

/** Takes a whole IPv4 packet and never throws: whatever bytes arrive, they are a message or a reason for dropping it. */
export function decodeAdvertisement(ipPacket: Uint8Array): Decoded {
  const header = decodeIpv4Header(ipPacket);
  if (!header.ok) return header;
  const { source, destination, payload } = header.value;
  const drop = (reason: DropReason): Decoded => ({ ok: false, reason, source });

  if (payload.length < FIXED_LENGTH) return drop("message-too-short");
  const version = (payload[0] ?? 0) >> 4;
  if (version !== 2 && version !== 3) return drop("version-unknown");
  // CARP shares protocol, group and first byte, and keeps its skew where VRRP keeps its priority: only the length tells.
  const listEnd = FIXED_LENGTH + (payload[3] ?? 0) * ADDRESS_LENGTH;
  if (payload.length !== listEnd + trailerLength(version)) return drop("message-length-wrong");
  const checksumForm = checksumFormOf(version, payload, source, destination);
  if (checksumForm === null) return drop("checksum-wrong");
  const reason = contentFault(version, payload);
  if (reason !== null) return drop(reason);
  return { ok: true, value: { advertisement: read(version, payload), source, destination, checksumForm } };
}

/** `null`: the checksum is wrong in every form that the version allows. */
function checksumFormOf(
  version: 2 | 3,
  message: Uint8Array,
  source: Ipv4,
  destination: Ipv4,
): ChecksumForm | null {
  // A sum over a message with its own checksum inside folds to all ones, whose complement is zero.
  const withAddresses = version === 3 ? pseudoHeaderSum(source, destination, message.length) : null;
  if (withAddresses !== null && internetChecksum(message, withAddresses) === 0) return "pseudo-header";
  return internetChecksum(message) === 0 ? "message-only" : null;
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

function read(version: 2 | 3, message: Uint8Array): Advertisement {
  const count = message[3] ?? 0;
  const listEnd = FIXED_LENGTH + count * ADDRESS_LENGTH;
  const hasPassword = version === 2 && message[4] === SIMPLE_AUTHENTICATION;
  return {
    version,
    virtualRouterID: message[1] ?? 0,
    priority: message[2] ?? 0,
    adverInterval: readInterval(version, message),
    addresses: Array.from({ length: count }, (_, i) =>
      ipv4FromBytes(message, FIXED_LENGTH + i * ADDRESS_LENGTH),
    ),
    password: hasPassword ? passwordFromBytes(message.subarray(listEnd)) : null,
  };
}

function readInterval(version: 2 | 3, message: Uint8Array): Millis {
  const low = message[5] ?? 0;
  // The upper four bits of version 3 are reserved, and ignored on receipt.
  return version === 2 ? secondsToMillis(low) : centisToMillis((((message[4] ?? 0) & 0x0f) << 8) | low);
}

/** RFC 5798 §5.2.8: source, destination, protocol and length, unfolded. The destination is the real one, also unicast. */
function pseudoHeaderSum(source: Ipv4, destination: Ipv4, length: number): number {
  return halves(source) + halves(destination) + PROTOCOL_VRRP + length;
}

function halves(address: Ipv4): number {
  const value = ipv4ToNumber(address);
  return (value >>> 16) + (value & 0xffff);
}
