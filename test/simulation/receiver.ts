/** The socket of a simulated node, with what has arrived and was not read yet. */
import type { IpAddress } from "../../controller/net/ip.ts";
import { millis } from "../../controller/net/time.ts";
import type { AdvertListener } from "../../controller/port/advert-socket.ts";

export interface Receiver {
  readonly link: string;
  readonly hearing: IpAddress;
  readonly listener: AdvertListener;
  readonly inbox: Uint8Array[];
}

export function drain({ inbox, listener }: Receiver): void {
  for (let packet = inbox.shift(); packet !== undefined; packet = inbox.shift())
    listener.heard(packet, millis(0));
}
