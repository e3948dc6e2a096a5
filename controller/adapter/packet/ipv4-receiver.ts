/** The hearing half of an advertisement socket for IPv4: a raw socket that is bound to one interface and to a group or an own address. */
import { isMulticast } from "../../net/ip.ts";
import type { Ipv4 } from "../../net/ipv4.ts";
import type { DatagramBatch } from "../libc/datagrams.ts";
import type { Libc } from "../libc/libc.ts";
import { openRawSocket } from "../libc/open-socket.ts";
import {
  AF,
  deviceName,
  IP,
  IPPROTO,
  internetAddress,
  multicastRequest,
  SO,
  SOL_SOCKET,
} from "../libc/socket-options.ts";
import { ageOf, askForTimestamps } from "./arrival.ts";
import { type HearingOptions, PacketReader } from "./packet-reader.ts";

/** An advertisement with 255 addresses has 1,056 bytes; what is longer is cut and then refused by its length. */
export const PACKET_BYTES_MAX = 2048;
/** A thousand small packets: what may come while the process is held up, and no more, since old ones mislead. */
const RECEIVE_BUFFER_BYTES = 1_000_000;
const BATCHES_MAX = 8;

/** `batch` may be shared with others. Throws SystemCallFailure when the kernel refuses. */
export function hearIpv4(libc: Libc, batch: DatagramBatch, options: HearingOptions<Ipv4>): PacketReader {
  return new PacketReader(libc, openSocket(libc, options), {
    listener: options.listener,
    readsMax: BATCHES_MAX,
    read: (descriptor, deliver) => {
      const count = libc.receiveMany(descriptor, batch);
      if (count === 0) return false;
      const now = libc.realTime();
      for (let index = 0; index < count; index++)
        if (!deliver(batch.at(index), ageOf(batch.stampAt(index), now))) break;
      return count === batch.size;
    },
  });
}

function openSocket(libc: Libc, { interfaceName, interfaceIndex, hearing }: HearingOptions<Ipv4>): number {
  return openRawSocket(libc, AF.inet, IPPROTO.vrrp, (descriptor) => {
    libc.setOption(descriptor, SOL_SOCKET, SO.bindToDevice, deviceName(interfaceName));
    // Otherwise groups that other sockets of this host have joined would be heard here, too.
    libc.setOption(descriptor, IPPROTO.ip, IP.multicastAll, 0);
    askForTimestamps(libc, descriptor);
    // Beyond net.core.rmem_max, which is a fifth of it; takes CAP_NET_ADMIN, which setting addresses takes as well.
    libc.setOption(descriptor, SOL_SOCKET, SO.receiveBufferForce, RECEIVE_BUFFER_BYTES);
    // So that a group is not heard together with what is sent to this host alone, nor the other way round.
    libc.bind(descriptor, internetAddress(hearing, interfaceIndex));
    if (!isMulticast(hearing)) return;
    libc.setOption(descriptor, IPPROTO.ip, IP.addMembership, multicastRequest(hearing, interfaceIndex));
  });
}
