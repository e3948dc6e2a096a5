/**
 * The rtnetlink messages that make, show, switch and remove macvlan interfaces (linux/if_link.h). Integers are in host order.
 *
 *     ifinfomsg:  family u8 | pad u8 | type u16 | index u32 | flags u32 | change u32
 */
import { macBytes } from "../../net/mac.ts";
import { LITTLE, viewOf } from "../libc/host-order.ts";
import {
  attribute,
  decodeAttributes,
  decodeLink,
  IFF_UP,
  IFINFOMSG_BYTES,
  textIn,
  wordOf,
} from "./messages.ts";

/** Our mark, an interface group: unlike the alias it is there from the first moment. "H", as with addresses. */
const LINK_MARK = 0x48;

const IFLA_ADDRESS = 1;
const IFLA_IFNAME = 3;
const IFLA_LINK = 5;
const IFLA_LINKINFO = 18;
const IFLA_IFALIAS = 20;
const IFLA_GROUP = 27;
const IFLA_INFO_KIND = 1;
const IFLA_INFO_DATA = 2;
const IFLA_MACVLAN_MODE = 1;
/**
 * Not private, as keepalived has it: there the kernel gives a broadcast from our own virtual hardware address, which is what a rival
 * master sends, to the macvlan alone, and whoever listens on the real interface never hears of the rival.
 */
const MACVLAN_MODE_BRIDGE = 4;

export interface KernelVirtualLink {
  readonly index: number;
  readonly name: string;
  readonly mac: string;
  readonly parentIndex: number;
  readonly isOurs: boolean;
  readonly isUp: boolean;
  readonly alias: string;
}

/** Down. */
export const encodeMacvlan = (name: string, mac: string, parentIndex: number): Uint8Array =>
  Buffer.concat([
    header(0, 0, 0),
    attribute(IFLA_IFNAME, textOf(name)),
    attribute(IFLA_LINK, wordOf(parentIndex)),
    attribute(IFLA_ADDRESS, macBytes(mac)),
    attribute(IFLA_GROUP, wordOf(LINK_MARK)),
    attribute(
      IFLA_LINKINFO,
      Buffer.concat([
        attribute(IFLA_INFO_KIND, textOf("macvlan")),
        attribute(IFLA_INFO_DATA, attribute(IFLA_MACVLAN_MODE, wordOf(MACVLAN_MODE_BRIDGE))),
      ]),
    ),
  ]);

/** For people and for whoever has to put things back: the kernel keeps it with the interface. */
export const encodeAlias = (index: number, alias: string): Uint8Array =>
  Buffer.concat([header(index, 0, 0), attribute(IFLA_IFALIAS, textOf(alias))]);

export const encodeUp = (index: number, isUp: boolean): Uint8Array =>
  header(index, isUp ? IFF_UP : 0, IFF_UP);

export const encodeRemoval = (index: number): Uint8Array => header(index, 0, 0);

/** `null` for what is no link. */
export function decodeVirtualLink(payload: Uint8Array): KernelVirtualLink | null {
  const link = decodeLink(payload);
  if (link === null) return null;
  const attributes = decodeAttributes(payload.subarray(IFINFOMSG_BYTES));
  const info = attributes.get(IFLA_LINKINFO);
  const kind = info === undefined ? undefined : decodeAttributes(info).get(IFLA_INFO_KIND);
  const isMarked = attributes.has(IFLA_GROUP) && word(attributes.get(IFLA_GROUP)) === LINK_MARK;
  return {
    index: link.index,
    name: link.name,
    mac: link.mac,
    parentIndex: word(attributes.get(IFLA_LINK)),
    isOurs: isMarked && textIn(kind) === "macvlan",
    isUp: (viewOf(payload).getUint32(8, LITTLE) & IFF_UP) !== 0,
    alias: textIn(attributes.get(IFLA_IFALIAS)),
  };
}

function header(index: number, flags: number, change: number): Uint8Array {
  const bytes = new Uint8Array(IFINFOMSG_BYTES);
  const view = viewOf(bytes);
  view.setUint32(4, index, LITTLE);
  view.setUint32(8, flags, LITTLE);
  view.setUint32(12, change, LITTLE);
  return bytes;
}

const textOf = (value: string): Uint8Array => Buffer.from(`${value}\0`, "latin1");
const word = (bytes: Uint8Array | undefined): number =>
  bytes === undefined || bytes.length < 4 ? 0 : viewOf(bytes).getUint32(0, LITTLE);
