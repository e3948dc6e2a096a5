/**
 * A master says the same again and again. What was decoded once is not decoded again while its bytes are the same, and
 * whoever hears it gets the same object, so that two advertisements are compared by `===`.
 */
import { TIME_TO_LIVE_MAX } from "../vrrp/ip-header.ts";
import { claimedRouterID, type Decoded, decodeAdvertisement } from "../vrrp/packet.ts";

/** An IPv4 header without options, as every speaker sends it. */
const PLAIN_IPV4 = 0x45;
/** What the kernel writes anew into every IPv4 packet (RFC 791 §3.1): two bytes each. */
const IDENTIFICATION_OFFSET = 4;
const CHECKSUM_OFFSET = 10;

interface Known {
  readonly packet: Uint8Array;
  readonly decoded: Decoded;
}

export class Decoder {
  readonly #timeToLiveMin: number;
  /** The last sound packet of each virtual router, by its id: 255 at most. */
  readonly #known = new Map<number, Known>();

  constructor(timeToLiveMin = TIME_TO_LIVE_MAX) {
    this.#timeToLiveMin = timeToLiveMin;
  }

  /** `packet` may be overwritten afterwards. */
  decode(packet: Uint8Array): Decoded {
    const virtualRouterID = claimedRouterID(packet) ?? 0;
    const known = this.#known.get(virtualRouterID);
    if (known !== undefined && isSame(known.packet, packet)) return known.decoded;
    const decoded = decodeAdvertisement(packet, this.#timeToLiveMin);
    if (decoded.ok) this.#known.set(virtualRouterID, { packet: packet.slice(), decoded });
    return decoded;
  }
}

function isSame(known: Uint8Array, packet: Uint8Array): boolean {
  const { length } = known;
  if (packet.length !== length) return false;
  const isPlain = packet[0] === PLAIN_IPV4;
  // From the end, where the priority and the addresses are.
  for (let at = length - 1; at >= 0; at--) {
    if (known[at] !== packet[at] && !(isPlain && isTheKernels(at))) return false;
  }
  return true;
}

const isTheKernels = (at: number): boolean =>
  (at & ~1) === IDENTIFICATION_OFFSET || (at & ~1) === CHECKSUM_OFFSET;
