/** The interfaces of this node through which a neighbour is reached. */
import { type NetworkInterfaceInfo, networkInterfaces } from "node:os";
import { containsIp, type IpAddress, parseIpAddress, parseIpPrefix } from "../../net/ip.ts";
import type { Libc } from "../libc/libc.ts";

export interface LocalInterface {
  readonly name: string;
  readonly index: number;
  readonly mac: string;
}

/** Only interfaces that are up are listed, and of these only such that have an address. */
export function interfacesTo(libc: Libc, address: IpAddress): readonly LocalInterface[] | "here" {
  const all = Object.entries(networkInterfaces()).flatMap(([name, infos = []]) =>
    infos.map((info) => ({ name, info })),
  );
  if (all.some(({ info }) => parseIpAddress(info.address) === address)) return "here";
  const near = all.filter(({ info }) => isInNetwork(info, address));
  const macs = new Map(near.map(({ name, info }) => [name, info.mac]));
  return [...macs].flatMap(([name, mac]) => {
    const index = libc.interfaceIndex(name);
    return index === null ? [] : [{ name, index, mac }];
  });
}

function isInNetwork({ cidr, internal }: NetworkInterfaceInfo, address: IpAddress): boolean {
  const prefix = internal || cidr === null ? null : parseIpPrefix(cidr);
  return prefix !== null && containsIp(prefix, address);
}
