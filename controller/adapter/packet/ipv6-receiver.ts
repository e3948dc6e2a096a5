/**
 * The hearing half of an advertisement socket for IPv6: bound to one interface and to a group or an own address.
 *
 * A raw socket of IPv6 gives the payload alone (RFC 3542 §3). Sender, destination and hop limit come beside it, and become
 * a header again, so that what is heard is a whole packet as with IPv4. The kernel could judge the checksum
 * (IPV6_CHECKSUM), but would drop what is wrong without a word; here it is counted by whoever decodes.
 */
import { isMulticast } from "../../net/ip.ts";
import type { Ipv6 } from "../../net/ipv6.ts";
import type { AdvertListener } from "../../port/advert-socket.ts";
import { PROTOCOL_VRRP } from "../../vrrp/ip-header.ts";
import { inIpv6Envelope } from "../../vrrp/ipv6-header.ts";
import { LITTLE, viewOf } from "../libc/host-order.ts";
import { type Libc, SystemCallFailure } from "../libc/libc.ts";
import { MessageArea } from "../libc/message-area.ts";
import {
  AF,
  deviceName,
  IPPROTO,
  IPV6,
  internetAddress,
  ipv6MulticastRequest,
  SO,
  SOCK_NONBLOCK,
  SOCK_RAW,
  SOCKADDR_IN6_ADDRESS,
  SOL_SOCKET,
} from "../libc/socket-options.ts";

/** An advertisement with 255 addresses has 4,088 bytes; what is longer is cut and then refused by its length. */
const MESSAGE_BYTES_MAX = 4_608;
/** in6_pktinfo and the hop limit, each with its header. */
const CONTROL_BYTES = 128;
/** As for IPv4: a thousand small packets, which is what may come while the process is held up. */
const RECEIVE_BUFFER_BYTES = 1_000_000;
const DRAIN_MAX = 256;

export interface Ipv6ReceiverOptions {
  readonly interfaceName: string;
  readonly interfaceIndex: number;
  readonly hearing: Ipv6;
  readonly listener: AdvertListener;
}

export class Ipv6Receiver implements Disposable {
  readonly #libc: Libc;
  readonly #listener: AdvertListener;
  readonly #readable: Disposable;
  readonly #area = new MessageArea(MESSAGE_BYTES_MAX, CONTROL_BYTES);
  #descriptor: number | null;

  /** Throws SystemCallFailure when the kernel refuses. */
  constructor(libc: Libc, options: Ipv6ReceiverOptions) {
    this.#libc = libc;
    this.#listener = options.listener;
    this.#descriptor = openSocket(libc, options);
    this.#readable = libc.onReadable(this.#descriptor, () => this.drain());
  }

  /** Reads and delivers what waits in the kernel. */
  drain(): void {
    for (let count = 0; count < DRAIN_MAX && this.#readOne(); count++);
  }

  [Symbol.dispose](): void {
    if (this.#descriptor === null) return;
    this.#readable[Symbol.dispose]();
    this.#libc.close(this.#descriptor);
    this.#descriptor = null;
  }

  #readOne(): boolean {
    // A listener may close the socket from within.
    if (this.#descriptor === null) return false;
    try {
      const message = this.#libc.receiveMessage(this.#descriptor, this.#area);
      if (message === null) return false;
      const packet = this.#withHeader(message);
      if (packet !== null) this.#listener.heard(packet);
      return true;
    } catch (error) {
      if (!(error instanceof SystemCallFailure)) throw error;
      this.#listener.broken(error.message);
      return false;
    }
  }

  /** `null`: the kernel has not said where the message was sent to, or how far it came, so nobody can judge it. */
  #withHeader(message: Uint8Array): Uint8Array | null {
    const hopLimit = this.#area.control(IPPROTO.ipv6, IPV6.hopLimit);
    const packetInfo = this.#area.control(IPPROTO.ipv6, IPV6.packetInfo);
    if (hopLimit === null || packetInfo === null) return null;
    return inIpv6Envelope(message, {
      source: this.#area.name.subarray(SOCKADDR_IN6_ADDRESS, SOCKADDR_IN6_ADDRESS + 16),
      destination: packetInfo.subarray(0, 16),
      // An int of the host, not a byte: reading its first byte works on little-endian machines only.
      hopLimit: viewOf(hopLimit).getInt32(0, LITTLE),
      nextHeader: PROTOCOL_VRRP,
      trafficClass: 0,
    });
  }
}

function openSocket(libc: Libc, { interfaceName, interfaceIndex, hearing }: Ipv6ReceiverOptions): number {
  const descriptor = libc.socket(AF.inet6, SOCK_RAW | SOCK_NONBLOCK, IPPROTO.vrrp);
  try {
    libc.setOption(descriptor, SOL_SOCKET, SO.bindToDevice, deviceName(interfaceName));
    // A bound socket hears its own address, and by default every group, too, that any socket of this host has joined.
    libc.setOption(descriptor, IPPROTO.ipv6, IPV6.multicastAll, 0);
    libc.setOption(descriptor, IPPROTO.ipv6, IPV6.receiveHopLimit, 1);
    libc.setOption(descriptor, IPPROTO.ipv6, IPV6.receivePacketInfo, 1);
    libc.setOption(descriptor, SOL_SOCKET, SO.receiveBufferForce, RECEIVE_BUFFER_BYTES);
    libc.bind(descriptor, internetAddress(hearing, interfaceIndex));
    if (isMulticast(hearing)) {
      const request = ipv6MulticastRequest(hearing, interfaceIndex);
      libc.setOption(descriptor, IPPROTO.ipv6, IPV6.addMembership, request);
    }
    return descriptor;
  } catch (error) {
    libc.close(descriptor);
    throw error;
  }
}
