/**
 * Hears the neighbour advertisements that reach this host on one interface: those to all nodes, and those to itself.
 * A raw socket that the kernel filters by type (RFC 3542 §3.2), so that no other ICMPv6 wakes anybody.
 */
import type { AdvertListener } from "../../port/advert-socket.ts";
import { TIME_TO_LIVE_MAX } from "../../vrrp/ip-header.ts";
import { TYPE_NEIGHBOUR_ADVERTISEMENT } from "../../vrrp/neighbour-advertisement.ts";
import { LITTLE, viewOf } from "../libc/host-order.ts";
import type { Libc } from "../libc/libc.ts";
import { MessageArea } from "../libc/message-area.ts";
import { openRawSocket } from "../libc/open-socket.ts";
import {
  AF,
  deviceName,
  ICMPV6_FILTER,
  IPPROTO,
  IPV6,
  onlyIcmpv6,
  SO,
  SOL_SOCKET,
} from "../libc/socket-options.ts";
import { PacketReader } from "./packet-reader.ts";

/** The options after the target are few; what is longer is cut. */
const MESSAGE_BYTES_MAX = 128;
/** The hop limit, with its header. */
const CONTROL_BYTES = 64;
const READS_MAX = 64;

/** Throws SystemCallFailure when the kernel refuses. */
export function hearNeighbours(libc: Libc, interfaceName: string, listener: AdvertListener): PacketReader {
  const area = new MessageArea(MESSAGE_BYTES_MAX, CONTROL_BYTES);
  const descriptor = openRawSocket(libc, AF.inet6, IPPROTO.icmpv6, (opened) => {
    libc.setOption(opened, SOL_SOCKET, SO.bindToDevice, deviceName(interfaceName));
    libc.setOption(opened, IPPROTO.icmpv6, ICMPV6_FILTER, onlyIcmpv6(TYPE_NEIGHBOUR_ADVERTISEMENT));
    libc.setOption(opened, IPPROTO.ipv6, IPV6.receiveHopLimit, 1);
  });
  return new PacketReader(libc, descriptor, {
    listener,
    readsMax: READS_MAX,
    read: (socket, deliver) => {
      const message = libc.receiveMessage(socket, area);
      if (message === null) return false;
      const hopLimit = area.control(IPPROTO.ipv6, IPV6.hopLimit);
      // RFC 4861 §7.1.2: less has come through a router, and says nothing of this link.
      const isNear = hopLimit !== null && viewOf(hopLimit).getInt32(0, LITTLE) === TIME_TO_LIVE_MAX;
      return !isNear || deliver(message);
    },
  });
}
