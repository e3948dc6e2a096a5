/**
 * Asks by neighbour discovery (RFC 4861 §7.2). The kernel chooses the source: an address of the interface's own, and no virtual
 * one, since these are deprecated.
 */
import type { ProbeAnswer } from "../../health/probe.ts";
import type { Ipv6 } from "../../net/ipv6.ts";
import { TIME_TO_LIVE_MAX } from "../../vrrp/ip-header.ts";
import {
  parseNeighbourAdvertisement,
  TYPE_NEIGHBOUR_ADVERTISEMENT,
} from "../../vrrp/neighbour-advertisement.ts";
import { neighbourSolicitation, solicitedNode } from "../../vrrp/neighbour-solicitation.ts";
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
  internetAddress,
  onlyIcmpv6,
  SO,
  SOL_SOCKET,
} from "../libc/socket-options.ts";
import type { Port } from "./ports.ts";
import { type Asking, type Patience, question } from "./question.ts";

/** The options after the target are few; what is longer is cut. */
const MESSAGE_BYTES_MAX = 128;
/** The hop limit, with its header. */
const CONTROL_BYTES = 64;
/** As many advertisements of others are read in one go. */
const DRAIN_MAX = 64;

/** Rejects with SystemCallFailure. */
export function askByDiscovery(
  libc: Libc,
  ports: readonly Port[],
  address: Ipv6,
  patience: Patience,
): Promise<ProbeAnswer> {
  return question(`neighbour discovery for ${address}`, address, patience, (asking) => {
    const open: Disposable[] = [];
    for (const port of ports) asking.attempt(() => open.push(askOn(libc, port, address, asking)));
    return {
      [Symbol.dispose]: () => {
        for (const each of open) each[Symbol.dispose]();
      },
    };
  });
}

function askOn(libc: Libc, { name, mac }: Port, address: Ipv6, { answered, attempt }: Asking): Disposable {
  const area = new MessageArea(MESSAGE_BYTES_MAX, CONTROL_BYTES);
  const socket = openRawSocket(libc, AF.inet6, IPPROTO.icmpv6, (opened) => {
    libc.setOption(opened, SOL_SOCKET, SO.bindToDevice, deviceName(name));
    libc.setOption(opened, IPPROTO.icmpv6, ICMPV6_FILTER, onlyIcmpv6(TYPE_NEIGHBOUR_ADVERTISEMENT));
    libc.setOption(opened, IPPROTO.ipv6, IPV6.receiveHopLimit, 1);
    // RFC 4861 §7.1.1: with less it would not be believed to be of this link.
    libc.setOption(opened, IPPROTO.ipv6, IPV6.multicastHops, TIME_TO_LIVE_MAX);
    const index = libc.interfaceIndex(name) ?? 0;
    const group = internetAddress(solicitedNode(address), index);
    libc.sendTo(opened, neighbourSolicitation(mac, address), group);
  });
  const hear = (): void => {
    for (let count = 0; count < DRAIN_MAX; count++) {
      const message = libc.receiveMessage(socket, area);
      if (message === null) return;
      const hopLimit = area.control(IPPROTO.ipv6, IPV6.hopLimit);
      // RFC 4861 §7.1.2: less has come through a router, and says nothing of this link.
      const isNear = hopLimit !== null && viewOf(hopLimit).getInt32(0, LITTLE) === TIME_TO_LIVE_MAX;
      if (!isNear || parseNeighbourAdvertisement(message)?.target !== address) continue;
      answered(name);
      return;
    }
  };
  const readable = libc.onReadable(socket, () => attempt(hear));
  return {
    [Symbol.dispose]: () => {
      readable[Symbol.dispose]();
      libc.close(socket);
    },
  };
}
