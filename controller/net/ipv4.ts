/** IPv4 addresses and prefixes as values: strings in their one canonical spelling, so that equal means `===`. */
declare const spelling: unique symbol;

/** Dotted decimal without leading zeros, e.g. `172.16.253.150`. */
export type Ipv4 = string & { readonly [spelling]: "ipv4" };

/** An address on a link: `172.16.253.150/32`. The host bits are kept, as in `ip addr`. */
export interface Prefix {
  readonly address: Ipv4;
  /** 0 to 32. */
  readonly length: number;
}

const OCTET = /^(0|[1-9]\d{0,2})$/;

/** `null` for anything that is not four decimal octets; leading zeros are refused, since libc reads them as octal. */
export function parseIpv4(text: string): Ipv4 | null {
  const octets = text.split(".");
  const sound = octets.length === 4 && octets.every((octet) => OCTET.test(octet) && Number(octet) <= 255);
  return sound ? (text as Ipv4) : null;
}

/** `null` unless the text is `ADDRESS/LENGTH`. */
export function parsePrefix(text: string): Prefix | null {
  const [addressText = "", lengthText = "", ...rest] = text.split("/");
  const address = parseIpv4(addressText);
  if (address === null || rest.length > 0 || !/^\d{1,2}$/.test(lengthText)) return null;
  const length = Number(lengthText);
  return length <= 32 ? { address, length } : null;
}

export const formatPrefix = (prefix: Prefix): string => `${prefix.address}/${prefix.length}`;

/** The address as an unsigned 32-bit number in network order: the order in which VRRP compares (RFC 9568 §6.4.3). */
export function ipv4ToNumber(address: Ipv4): number {
  return address.split(".").reduce((value, octet) => value * 256 + Number(octet), 0);
}

export function numberToIpv4(value: number): Ipv4 {
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255].join(".") as Ipv4;
}

export function ipv4FromBytes(bytes: Uint8Array, offset = 0): Ipv4 {
  return bytes.subarray(offset, offset + 4).join(".") as Ipv4;
}

export function writeIpv4(address: Ipv4, into: Uint8Array, offset: number): void {
  into.set(address.split(".").map(Number), offset);
}

/** Whether `address` lies in the network of `prefix`. */
export function contains(prefix: Prefix, address: Ipv4): boolean {
  const shift = 2 ** (32 - prefix.length);
  return Math.floor(ipv4ToNumber(prefix.address) / shift) === Math.floor(ipv4ToNumber(address) / shift);
}
