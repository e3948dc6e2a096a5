/** Asks by ARP. */
import type { ProbeAnswer } from "../../health/probe.ts";
import type { Ipv4 } from "../../net/ipv4.ts";
import { arpProbe, isArpReply } from "../../vrrp/arp.ts";
import type { Libc } from "../libc/libc.ts";
import {
  AF,
  ARP_IN_NETWORK_ORDER,
  linkLayerAddress,
  SOCK_NONBLOCK,
  SOCK_RAW,
} from "../libc/socket-options.ts";
import type { Port } from "./ports.ts";
import { type Patience, question } from "./question.ts";

/** More than an ARP frame with its padding. */
const FRAME_BYTES_MAX = 128;
/** As many frames of others are read in one go. */
const DRAIN_MAX = 64;

/** Rejects with SystemCallFailure. */
export function askByArp(
  libc: Libc,
  ports: readonly Port[],
  address: Ipv4,
  patience: Patience,
): Promise<ProbeAnswer> {
  const buffer = new Uint8Array(FRAME_BYTES_MAX);
  return question(`ARP for ${address}`, address, patience, ({ answered, attempt }) => {
    const socket = libc.socket(AF.packet, SOCK_RAW | SOCK_NONBLOCK, ARP_IN_NETWORK_ORDER);
    const hear = (): void => {
      for (let count = 0; count < DRAIN_MAX; count++) {
        const frame = libc.receive(socket, buffer);
        if (frame === null) return;
        const port = ports.find(({ mac }) => isArpReply(frame, mac, address));
        if (port === undefined) continue;
        answered(port.name);
        return;
      }
    };
    const readable = libc.onReadable(socket, () => attempt(hear));
    for (const { name, mac } of ports) {
      const index = libc.interfaceIndex(name);
      if (index === null) continue;
      attempt(() => libc.sendTo(socket, arpProbe(mac, address), linkLayerAddress(index)));
    }
    return {
      [Symbol.dispose]: () => {
        readable[Symbol.dispose]();
        libc.close(socket);
      },
    };
  });
}
