/** How neighbours are asked for an address: by ARP, and for IPv6 by neighbour discovery (RFC 4861 §7.2). */
import { type IpAddress, isIpv6 } from "../../net/ip.ts";
import type { Ipv4 } from "../../net/ipv4.ts";
import type { Ipv6 } from "../../net/ipv6.ts";
import type { AdvertListener, Network } from "../../port/advert-socket.ts";
import { arpProbe, isArpReply } from "../../vrrp/arp.ts";
import { TIME_TO_LIVE_MAX } from "../../vrrp/ip-header.ts";
import { parseNeighbourAdvertisement } from "../../vrrp/neighbour-advertisement.ts";
import { neighbourSolicitation, solicitedNode } from "../../vrrp/neighbour-solicitation.ts";
import type { Libc } from "../libc/libc.ts";
import { openRawSocket } from "../libc/open-socket.ts";
import {
  AF,
  deviceName,
  IPPROTO,
  IPV6,
  internetAddress,
  linkLayerAddress,
  SO,
  SOL_SOCKET,
} from "../libc/socket-options.ts";
import type { LocalInterface } from "./interfaces.ts";

export interface Question {
  readonly address: IpAddress;
  /** `ARP for 192.0.2.1`. */
  readonly words: string;
  /** Throws OperationFailure. */
  hear(on: LocalInterface, listener: AdvertListener): Disposable;
  /** Throws SystemCallFailure. */
  send(on: LocalInterface): void;
  isAnswer(heard: Uint8Array, on: LocalInterface): boolean;
}

/** Whoever hears what neighbours say. */
export type Ears = Pick<Network, "openArpSocket" | "openNeighbourSocket">;

export const questionFor = (libc: Libc, ears: Ears, address: IpAddress): Question =>
  isIpv6(address) ? byDiscovery(libc, ears, address) : byArp(libc, ears, address);

const byArp = (libc: Libc, ears: Ears, address: Ipv4): Question => ({
  address,
  words: `ARP for ${address}`,
  hear: ({ name }, listener) => ears.openArpSocket(name, listener),
  send: ({ index, mac }) => {
    // Protocol 0: a packet socket that hears nothing.
    const socket = openRawSocket(libc, AF.packet, 0, (opened) =>
      libc.sendTo(opened, arpProbe(mac, address), linkLayerAddress(index)),
    );
    libc.close(socket);
  },
  isAnswer: (frame, { mac }) => isArpReply(frame, mac, address),
});

/** The kernel chooses the source: an address of the interface's own, and no virtual one, since these are deprecated. */
const byDiscovery = (libc: Libc, ears: Ears, address: Ipv6): Question => ({
  address,
  words: `neighbour discovery for ${address}`,
  hear: ({ name }, listener) => ears.openNeighbourSocket(name, listener),
  send: ({ name, index, mac }) => {
    const socket = openRawSocket(libc, AF.inet6, IPPROTO.icmpv6, (opened) => {
      libc.setOption(opened, SOL_SOCKET, SO.bindToDevice, deviceName(name));
      // RFC 4861 §7.1.1: with less it would not be believed to be of this link.
      libc.setOption(opened, IPPROTO.ipv6, IPV6.multicastHops, TIME_TO_LIVE_MAX);
      libc.sendTo(
        opened,
        neighbourSolicitation(mac, address),
        internetAddress(solicitedNode(address), index),
      );
    });
    libc.close(socket);
  },
  isAnswer: (message) => parseNeighbourAdvertisement(message)?.target === address,
});
