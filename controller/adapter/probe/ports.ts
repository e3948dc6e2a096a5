/** The interfaces of this node through which a neighbour is reached. */
import { type NetworkInterfaceInfo, networkInterfaces } from "node:os";
import { containsIp, type IpAddress, parseIpAddress, parseIpPrefix } from "../../net/ip.ts";

export interface Port {
  readonly name: string;
  readonly mac: string;
}

/** Only interfaces that are up are listed, and of these only such that have an address. */
export function portsTo(address: IpAddress): readonly Port[] | "here" {
  const all = Object.entries(networkInterfaces()).flatMap(([name, infos = []]) =>
    infos.map((info) => ({ name, info })),
  );
  if (all.some(({ info }) => parseIpAddress(info.address) === address)) return "here";
  const near = all.filter(({ info }) => isInNetwork(info, address));
  return [...new Map(near.map(({ name, info }) => [name, { name, mac: info.mac }])).values()];
}

function isInNetwork({ cidr, internal }: NetworkInterfaceInfo, address: IpAddress): boolean {
  const prefix = internal || cidr === null ? null : parseIpPrefix(cidr);
  return prefix !== null && containsIp(prefix, address);
}
