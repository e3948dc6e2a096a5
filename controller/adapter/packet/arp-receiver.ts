/** Hears the ARP of everybody on one interface, our own included, through a packet socket. */
import type { AdvertListener } from "../../port/advert-socket.ts";
import type { Libc } from "../libc/libc.ts";
import { openRawSocket } from "../libc/open-socket.ts";
import { AF, arpOn } from "../libc/socket-options.ts";
import { PacketReader } from "./packet-reader.ts";

const FRAME_BYTES_MAX = 128;
const READS_MAX = 64;

/** Throws SystemCallFailure when the kernel refuses. */
export function hearArp(libc: Libc, interfaceIndex: number, listener: AdvertListener): PacketReader {
  // Protocol 0 until it is bound: otherwise it would hear the ARP of all interfaces meanwhile.
  const descriptor = openRawSocket(libc, AF.packet, 0, (opened) => libc.bind(opened, arpOn(interfaceIndex)));
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
