/** Hears whole frames on one interface through a packet socket: the ARP of everybody, our own included, or all that comes in. */
import type { AdvertListener } from "../../port/advert-socket.ts";
import type { Libc } from "../libc/libc.ts";
import { openRawSocket } from "../libc/open-socket.ts";
import { AF, ETH_P, framesOn, PACKET, SOL_PACKET } from "../libc/socket-options.ts";
import { PacketReader } from "./packet-reader.ts";

const FRAME_BYTES_MAX = 128;
const READS_MAX = 64;

/** Throws SystemCallFailure when the kernel refuses. */
export function hearArp(libc: Libc, interfaceIndex: number, listener: AdvertListener): PacketReader {
  return hear(libc, listener, (opened) => libc.bind(opened, framesOn(interfaceIndex, ETH_P.arp)));
}

/** The beginning of each. Throws SystemCallFailure when the kernel refuses: before Linux 4.20 it cannot leave out what we send. */
export function hearFrames(libc: Libc, interfaceIndex: number, listener: AdvertListener): PacketReader {
  return hear(libc, listener, (opened) => {
    libc.setOption(opened, SOL_PACKET, PACKET.ignoreOutgoing, 1);
    libc.bind(opened, framesOn(interfaceIndex, ETH_P.all));
  });
}

function hear(libc: Libc, listener: AdvertListener, prepare: (descriptor: number) => void): PacketReader {
  // Protocol 0 until it is bound: otherwise it would hear all interfaces meanwhile.
  const descriptor = openRawSocket(libc, AF.packet, 0, prepare);
  const buffer = new Uint8Array(FRAME_BYTES_MAX);
  return new PacketReader(libc, descriptor, {
    listener,
    readsMax: READS_MAX,
    read: (socket, deliver) => {
      const frame = libc.receive(socket, buffer);
      return frame !== null && deliver(frame);
    },
  });
}
