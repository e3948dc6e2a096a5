/** Addresses of either family. Only what reads or writes their bytes needs to ask which one it has. */
import { type Ipv4, ipv4FromBytes, ipv4ToNumber, parseIpv4, writeIpv4 } from "./ipv4.ts";
import { type Ipv6, ipv6FromBytes, ipv6Groups, parseIpv6, writeIpv6 } from "./ipv6.ts";

/** Each in its canonical spelling, so that equal means `===` across both families, too. */
export type IpAddress = Ipv4 | Ipv6;
export type Family = "ipv4" | "ipv6";

/** An address on a link: `172.16.253.150/32`, `2001:db8::1/64`. The host bits are kept, as in `ip addr`. */
export interface IpPrefix {
  readonly address: IpAddress;
  /** 0 to 32, or to 128. */
  readonly length: number;
}

export const ADDRESS_BYTES: Readonly<Record<Family, number>> = { ipv4: 4, ipv6: 16 };

export const isIpv6 = (address: IpAddress): address is Ipv6 => address.includes(":");
export const familyOf = (address: IpAddress): Family => (isIpv6(address) ? "ipv6" : "ipv4");

export const parseIpAddress = (text: string): IpAddress | null =>
  text.includes(":") ? parseIpv6(text) : parseIpv4(text);

/** `null` unless the text is `ADDRESS/LENGTH`. */
export function parseIpPrefix(text: string): IpPrefix | null {
  const [addressText = "", lengthText = "", ...rest] = text.split("/");
  const address = parseIpAddress(addressText);
  if (address === null || rest.length > 0 || !/^\d{1,3}$/.test(lengthText)) return null;
  const length = Number(lengthText);
  return length <= bitsOf(address) ? { address, length } : null;
}

export const formatIpPrefix = ({ address, length }: IpPrefix): string => `${address}/${length}`;

/** Whether the prefix names one address and no network: /32, /128. */
export const isHostPrefix = ({ address, length }: IpPrefix): boolean => length === bitsOf(address);

/** Whether `address` lies in the network of `prefix`. */
export function containsIp(prefix: IpPrefix, address: IpAddress): boolean {
  if (familyOf(prefix.address) !== familyOf(address)) return false;
  const network = ipBytes(prefix.address);
  const candidate = ipBytes(address);
  const whole = prefix.length >> 3;
  const mask = (0xff00 >> (prefix.length & 7)) & 0xff;
  const isSame = (i: number, bits: number): boolean =>
    (((network[i] ?? 0) ^ (candidate[i] ?? 0)) & bits) === 0;
  return network.subarray(0, whole).every((_, i) => isSame(i, 0xff)) && isSame(whole, mask);
}

/** Negative, zero, positive: as unsigned numbers in network order, as VRRP compares senders (RFC 9568 §6.4.3). */
export function compareIp(a: IpAddress, b: IpAddress): number {
  if (isIpv6(a) && isIpv6(b)) return compareGroups(ipv6Groups(a), ipv6Groups(b));
  if (isIpv6(a) || isIpv6(b)) return isIpv6(a) ? 1 : -1;
  return ipv4ToNumber(a) - ipv4ToNumber(b);
}

export function ipFromBytes(family: Family, bytes: Uint8Array, offset = 0): IpAddress {
  return family === "ipv6" ? ipv6FromBytes(bytes, offset) : ipv4FromBytes(bytes, offset);
}

export function writeIp(address: IpAddress, into: Uint8Array, offset: number): void {
  if (isIpv6(address)) writeIpv6(address, into, offset);
  else writeIpv4(address, into, offset);
}

/** In network order. */
export function ipBytes(address: IpAddress): Uint8Array {
  const bytes = new Uint8Array(ADDRESS_BYTES[familyOf(address)]);
  writeIp(address, bytes, 0);
  return bytes;
}

/** 224.0.0.0/4, ff00::/8. */
export function isMulticast(address: IpAddress): boolean {
  const first = ipBytes(address)[0] ?? 0;
  return isIpv6(address) ? first === 0xff : first >> 4 === 0xe;
}

/** 169.254.0.0/16, fe80::/10: means something on its own link only. */
export function isLinkLocal(address: IpAddress): boolean {
  const [first = 0, second = 0] = ipBytes(address);
  return isIpv6(address) ? first === 0xfe && second >> 6 === 2 : first === 169 && second === 254;
}

const bitsOf = (address: IpAddress): number => ADDRESS_BYTES[familyOf(address)] * 8;

function compareGroups(a: readonly number[], b: readonly number[]): number {
  for (const [i, group] of a.entries()) if (group !== b[i]) return group - (b[i] ?? 0);
  return 0;
}
