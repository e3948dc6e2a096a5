/** IPv4 addresses as values: strings in their one canonical spelling, so that equal means `===`. */
declare const spelling: unique symbol;

/** Dotted decimal without leading zeros, e.g. `172.16.253.150`. */
export type Ipv4 = string & { readonly [spelling]: "ipv4" };

const OCTET = /^(0|[1-9]\d{0,2})$/;

/** `null` for anything that is not four decimal octets; leading zeros are refused, since libc reads them as octal. */
export function parseIpv4(text: string): Ipv4 | null {
  const octets = text.split(".");
  const sound = octets.length === 4 && octets.every((octet) => OCTET.test(octet) && Number(octet) <= 255);
  return sound ? (text as Ipv4) : null;
}

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
