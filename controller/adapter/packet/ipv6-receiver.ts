/**
 * The hearing half of an advertisement socket for IPv6: bound to one interface and to a group or an own address.
 *
 * A raw socket of IPv6 gives the payload alone (RFC 3542 §3). Sender, destination and hop limit come beside it, and become
 * a header again, so that what is heard is a whole packet as with IPv4. The kernel could judge the checksum
 * (IPV6_CHECKSUM), but would drop what is wrong without a word; here it is counted by whoever decodes.
 */
import { isMulticast } from "../../net/ip.ts";
import type { Ipv6 } from "../../net/ipv6.ts";
import { PROTOCOL_VRRP } from "../../vrrp/ip-header.ts";
import { inIpv6Envelope } from "../../vrrp/ipv6-header.ts";
import { LITTLE, viewOf } from "../libc/host-order.ts";
import type { Libc } from "../libc/libc.ts";
import { MessageArea } from "../libc/message-area.ts";
import { openRawSocket } from "../libc/open-socket.ts";
import {
  AF,
  deviceName,
  IPPROTO,
  IPV6,
  internetAddress,
  ipv6MulticastRequest,
  SO,
  SOCKADDR_IN6_ADDRESS,
  SOL_SOCKET,
} from "../libc/socket-options.ts";
import { timestamp } from "../libc/timestamps.ts";
import { ageOf, askForTimestamps } from "./arrival.ts";
import { type HearingOptions, PacketReader } from "./packet-reader.ts";

/** An advertisement with 255 addresses has 4,088 bytes; what is longer is cut and then refused by its length. */
const MESSAGE_BYTES_MAX = 4_608;
/** in6_pktinfo, the hop limit and a timestamp, each with its header. */
const CONTROL_BYTES = 160;
/** As for IPv4: a thousand small packets, which is what may come while the process is held up. */
const RECEIVE_BUFFER_BYTES = 1_000_000;
const READS_MAX = 256;

/** Throws SystemCallFailure when the kernel refuses. */
export function hearIpv6(libc: Libc, options: HearingOptions<Ipv6>): PacketReader {
  const area = new MessageArea(MESSAGE_BYTES_MAX, CONTROL_BYTES);
  return new PacketReader(libc, openSocket(libc, options), {
    listener: options.listener,
    readsMax: READS_MAX,
    read: (descriptor, deliver) => {
      const message = libc.receiveMessage(descriptor, area);
      if (message === null) return false;
      const packet = withHeader(message, area);
      return packet === null || deliver(packet, ageOf(stampIn(area), libc.realTime()));
    },
  });
}

/** `null`: the kernel has not said where the message was sent to, or how far it came, so nobody can judge it. */
function withHeader(message: Uint8Array, area: MessageArea): Uint8Array | null {
  const hopLimit = area.control(IPPROTO.ipv6, IPV6.hopLimit);
  const packetInfo = area.control(IPPROTO.ipv6, IPV6.packetInfo);
  if (hopLimit === null || packetInfo === null) return null;
  return inIpv6Envelope(message, {
    source: area.name.subarray(SOCKADDR_IN6_ADDRESS, SOCKADDR_IN6_ADDRESS + 16),
    destination: packetInfo.subarray(0, 16),
    // An int of the host, not a byte: reading its first byte works on little-endian machines only.
    hopLimit: viewOf(hopLimit).getInt32(0, LITTLE),
    nextHeader: PROTOCOL_VRRP,
    trafficClass: 0,
  });
}

function stampIn(area: MessageArea): number | null {
  const control = area.control(SOL_SOCKET, SO.timestamps);
  return control === null ? null : timestamp(viewOf(control), 0);
}

function openSocket(libc: Libc, { interfaceName, interfaceIndex, hearing }: HearingOptions<Ipv6>): number {
  return openRawSocket(libc, AF.inet6, IPPROTO.vrrp, (descriptor) => {
    libc.setOption(descriptor, SOL_SOCKET, SO.bindToDevice, deviceName(interfaceName));
    // A bound socket hears its own address, and by default every group, too, that any socket of this host has joined.
    libc.setOption(descriptor, IPPROTO.ipv6, IPV6.multicastAll, 0);
    libc.setOption(descriptor, IPPROTO.ipv6, IPV6.receiveHopLimit, 1);
    libc.setOption(descriptor, IPPROTO.ipv6, IPV6.receivePacketInfo, 1);
    askForTimestamps(libc, descriptor);
    libc.setOption(descriptor, SOL_SOCKET, SO.receiveBufferForce, RECEIVE_BUFFER_BYTES);
    libc.bind(descriptor, internetAddress(hearing, interfaceIndex));
    if (!isMulticast(hearing)) return;
    const request = ipv6MulticastRequest(hearing, interfaceIndex);
    libc.setOption(descriptor, IPPROTO.ipv6, IPV6.addMembership, request);
  });
}
