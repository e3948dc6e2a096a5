/**
 * Whether anybody on a link of this node answers ARP for an address. A gateway must, or it could not be one, while many
 * drop ICMP echo or answer it only now and then. The socket lives as long as the question.
 */
import { type NetworkInterfaceInfo, networkInterfaces } from "node:os";
import type { Probe, ProbeAnswer } from "../../health/probe.ts";
import { containsIp, parseIpPrefix } from "../../net/ip.ts";
import type { Ipv4 } from "../../net/ipv4.ts";
import type { Millis } from "../../net/time.ts";
import { formatDuration } from "../../resource/duration.ts";
import { arpProbe, isArpReply } from "../../vrrp/arp.ts";
import { type Libc, SystemCallFailure } from "../libc/libc.ts";
import {
  AF,
  ARP_IN_NETWORK_ORDER,
  linkLayerAddress,
  SOCK_NONBLOCK,
  SOCK_RAW,
} from "../libc/socket-options.ts";

/** More than an ARP frame with its padding. */
const FRAME_BYTES_MAX = 128;
/** As many frames of others are read in one go. */
const DRAIN_MAX = 64;

interface Port {
  readonly name: string;
  readonly mac: string;
}

export async function probeArp(
  libc: Libc,
  { address }: Extract<Probe, { type: "arp" }>,
  timeout: Millis,
  signal: AbortSignal,
): Promise<ProbeAnswer> {
  const ports = portsTo(address);
  if (ports === "here") return { healthy: false, because: `${address} is an address of this node itself` };
  if (ports.length === 0)
    return { healthy: false, because: `no interface that is up is in the network of ${address}` };
  try {
    return await ask(libc, ports, address, { timeout, signal });
  } catch (error) {
    if (!(error instanceof SystemCallFailure)) throw error;
    return { healthy: false, because: `cannot ask for ${address}: ${error.message}` };
  }
}

/** Only interfaces that are up are listed, and of these only such that have an address. */
function portsTo(address: Ipv4): readonly Port[] | "here" {
  const all = Object.entries(networkInterfaces()).flatMap(([name, infos = []]) =>
    infos.map((info) => ({ name, info })),
  );
  if (all.some(({ info }) => info.address === address)) return "here";
  const near = all.filter(({ info }) => isInNetwork(info, address));
  return [...new Map(near.map(({ name, info }) => [name, { name, mac: info.mac }])).values()];
}

function isInNetwork({ family, cidr, internal }: NetworkInterfaceInfo, address: Ipv4): boolean {
  const prefix = family !== "IPv4" || internal || cidr === null ? null : parseIpPrefix(cidr);
  return prefix !== null && containsIp(prefix, address);
}

function ask(
  libc: Libc,
  ports: readonly Port[],
  address: Ipv4,
  { timeout, signal }: { readonly timeout: Millis; readonly signal: AbortSignal },
): Promise<ProbeAnswer> {
  const buffer = new Uint8Array(FRAME_BYTES_MAX);
  const socket = libc.socket(AF.packet, SOCK_RAW | SOCK_NONBLOCK, ARP_IN_NETWORK_ORDER);
  return new Promise<ProbeAnswer>((resolve, reject) => {
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      readable[Symbol.dispose]();
      libc.close(socket);
      settle();
    };
    const answer = (healthy: boolean, because: string): void => end(() => resolve({ healthy, because }));
    const attempt = (work: () => void): void => {
      try {
        work();
      } catch (error) {
        end(() => reject(error));
      }
    };
    const hear = (): void => {
      for (let count = 0; count < DRAIN_MAX; count++) {
        const frame = libc.receive(socket, buffer);
        if (frame === null) return;
        const port = ports.find(({ mac }) => isArpReply(frame, mac, address));
        if (port === undefined) continue;
        answer(true, `${address} answers on ${port.name}`);
        return;
      }
    };
    const abort = (): void => answer(false, "called off");
    const silence = `nobody answers ARP for ${address} within ${formatDuration(timeout)}`;
    const timer = setTimeout(() => answer(false, silence), timeout);
    const readable = libc.onReadable(socket, () => attempt(hear));
    signal.addEventListener("abort", abort, { once: true });
    attempt(() => send(libc, socket, ports, address));
  });
}

function send(libc: Libc, socket: number, ports: readonly Port[], address: Ipv4): void {
  for (const { name, mac } of ports) {
    const index = libc.interfaceIndex(name);
    if (index !== null) libc.sendTo(socket, arpProbe(mac, address), linkLayerAddress(index));
  }
}
