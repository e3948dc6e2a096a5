/**
 * VRRP and ARP on the wire. Sending goes straight to the kernel by sendto, so that an advertisement leaves before the
 * effect that follows it is carried out.
 */
import { type IpAddress, isIpv6 } from "../../net/ip.ts";
import type { Ipv4 } from "../../net/ipv4.ts";
import type { AdvertListener, AdvertSocket, Announcer, Network } from "../../port/advert-socket.ts";
import { OperationFailure } from "../../port/failure.ts";
import { DatagramBatch } from "../libc/datagrams.ts";
import { type Libc, SystemCallFailure } from "../libc/libc.ts";
import { openRawSocket } from "../libc/open-socket.ts";
import {
  AF,
  deviceName,
  IP,
  IPPROTO,
  IPV6,
  internetAddress,
  linkLayerAddress,
  multicastRequest,
  SO,
  SOL_SOCKET,
} from "../libc/socket-options.ts";
import { hearArp, hearFrames } from "./frame-receiver.ts";
import { hearIpv4, PACKET_BYTES_MAX } from "./ipv4-receiver.ts";
import { hearIpv6 } from "./ipv6-receiver.ts";
import { hearNeighbours } from "./neighbour-receiver.ts";
import type { PacketReader } from "./packet-reader.ts";

/** More peers than a cluster has members. */
const DESTINATIONS_MAX = 64;
/** As many packets are read by one call. */
const BATCH_SIZE = 64;

export class LinuxNetwork implements Network {
  readonly #libc: Libc;
  readonly #batch = new DatagramBatch(BATCH_SIZE, PACKET_BYTES_MAX);

  constructor(libc: Libc) {
    this.#libc = libc;
  }

  openAdvertSocket(interfaceName: string, hearing: IpAddress, listener: AdvertListener): AdvertSocket {
    const index = this.#indexOf(interfaceName);
    const receiver = this.#openReceiver(interfaceName, index, hearing, listener);
    try {
      const sender = isIpv6(hearing)
        ? this.#openIpv6Sender(interfaceName, index)
        : this.#openSender(interfaceName, index);
      const addressOf = addressBook(index);
      return {
        send: (packet, destination) => sender.send([packet], addressOf(destination)),
        drain: () => receiver.drain(),
        [Symbol.dispose]: () => {
          receiver[Symbol.dispose]();
          sender[Symbol.dispose]();
        },
      };
    } catch (error) {
      receiver[Symbol.dispose]();
      throw error;
    }
  }

  openAnnouncer(interfaceName: string): Announcer {
    const address = linkLayerAddress(this.#indexOf(interfaceName));
    // Protocol 0: a packet socket that hears nothing.
    const socket = this.#open(interfaceName, AF.packet, 0, () => undefined);
    return {
      send: (frames) => socket.send(frames, address),
      [Symbol.dispose]: () => socket[Symbol.dispose](),
    };
  }

  openArpSocket(interfaceName: string, listener: AdvertListener): Disposable {
    try {
      return hearArp(this.#libc, this.#indexOf(interfaceName), listener);
    } catch (error) {
      throw refusal(error, interfaceName, "hear ARP");
    }
  }

  openNeighbourSocket(interfaceName: string, listener: AdvertListener): Disposable {
    this.#indexOf(interfaceName);
    try {
      return hearNeighbours(this.#libc, interfaceName, listener);
    } catch (error) {
      throw refusal(error, interfaceName, "hear neighbour advertisements");
    }
  }

  openFrameSocket(interfaceName: string, listener: AdvertListener): Disposable {
    try {
      return hearFrames(this.#libc, this.#indexOf(interfaceName), listener);
    } catch (error) {
      throw refusal(error, interfaceName, "hear frames");
    }
  }

  #openReceiver(
    interfaceName: string,
    interfaceIndex: number,
    hearing: IpAddress,
    listener: AdvertListener,
  ): PacketReader {
    const options = { interfaceName, interfaceIndex, listener };
    try {
      return isIpv6(hearing)
        ? hearIpv6(this.#libc, { ...options, hearing })
        : hearIpv4(this.#libc, this.#batch, { ...options, hearing });
    } catch (error) {
      throw refusal(error, interfaceName, `hear at ${hearing}`);
    }
  }

  #openSender(interfaceName: string, interfaceIndex: number): SendSocket {
    // IPPROTO_RAW implies IP_HDRINCL, and no packet is ever delivered to such a socket.
    return this.#open(interfaceName, AF.inet, IPPROTO.raw, (descriptor) => {
      this.#libc.setOption(descriptor, SOL_SOCKET, SO.bindToDevice, deviceName(interfaceName));
      this.#libc.setOption(descriptor, IPPROTO.ip, IP.multicastLoop, 0);
      const request = multicastRequest("0.0.0.0" as Ipv4, interfaceIndex);
      this.#libc.setOption(descriptor, IPPROTO.ip, IP.multicastInterface, request);
    });
  }

  /** IPPROTO_RAW means whole packets in IPv6 as well: the source and the checksum are ours, as the message needs them. */
  #openIpv6Sender(interfaceName: string, interfaceIndex: number): SendSocket {
    return this.#open(interfaceName, AF.inet6, IPPROTO.raw, (descriptor) => {
      this.#libc.setOption(descriptor, SOL_SOCKET, SO.bindToDevice, deviceName(interfaceName));
      this.#libc.setOption(descriptor, IPPROTO.ipv6, IPV6.multicastLoop, 0);
      this.#libc.setOption(descriptor, IPPROTO.ipv6, IPV6.multicastInterface, interfaceIndex);
    });
  }

  #open(
    interfaceName: string,
    family: number,
    protocol: number,
    prepare: (descriptor: number) => void,
  ): SendSocket {
    try {
      const descriptor = openRawSocket(this.#libc, family, protocol, prepare);
      return new SendSocket(this.#libc, interfaceName, descriptor);
    } catch (error) {
      throw refusal(error, interfaceName, "open a raw socket");
    }
  }

  #indexOf(interfaceName: string): number {
    const index = this.#libc.interfaceIndex(interfaceName);
    if (index === null) throw new OperationFailure({ code: "interface-missing", interface: interfaceName });
    return index;
  }
}

/** The socket address of each destination, written once: of the group, or of the peers. */
function addressBook(interfaceIndex: number): (destination: IpAddress) => Uint8Array {
  const known = new Map<IpAddress, Uint8Array>();
  return (destination) => {
    const found = known.get(destination);
    if (found !== undefined) return found;
    if (known.size >= DESTINATIONS_MAX) known.clear();
    const address = internetAddress(destination, interfaceIndex);
    known.set(destination, address);
    return address;
  };
}

class SendSocket implements Disposable {
  readonly #libc: Libc;
  readonly #interfaceName: string;
  #descriptor: number | null;

  constructor(libc: Libc, interfaceName: string, descriptor: number) {
    this.#libc = libc;
    this.#interfaceName = interfaceName;
    this.#descriptor = descriptor;
  }

  send(packets: readonly Uint8Array[], address: Uint8Array): void {
    if (this.#descriptor === null) throw new Error("the socket is closed");
    try {
      for (const packet of packets) this.#libc.sendTo(this.#descriptor, packet, address);
    } catch (error) {
      throw refusal(error, this.#interfaceName, "send");
    }
  }

  [Symbol.dispose](): void {
    if (this.#descriptor !== null) this.#libc.close(this.#descriptor);
    this.#descriptor = null;
  }
}

function refusal(error: unknown, interfaceName: string, operation: string): unknown {
  if (!(error instanceof SystemCallFailure)) return error;
  // EPERM from a send is a firewall's word, not a missing capability.
  if (error.errno === "EPERM" && error.call !== "sendto")
    return new OperationFailure({
      code: "not-permitted",
      operation: `${operation} on ${interfaceName}`,
      needs: "CAP_NET_RAW",
    });
  if (error.errno === "ENODEV" || error.errno === "ENXIO")
    return new OperationFailure({ code: "interface-missing", interface: interfaceName });
  return new OperationFailure(
    { code: "send-refused", interface: interfaceName, operation, errno: error.errno },
    error,
  );
}
