/**
 * IPv6 addresses as values: strings in the one spelling of RFC 5952, so that equal means `===`. Without a zone: which
 * interface a link-local address belongs to is told beside it.
 */
declare const spelling: unique symbol;

/** Lower case, without leading zeros, the longest run of zero groups as `::`, e.g. `2001:db8::1`. */
export type Ipv6 = string & { readonly [spelling]: "ipv6" };

export const IPV6_BYTES = 16;
const GROUPS = 8;
const GROUP = /^[0-9a-f]{1,4}$/i;
const DOTTED_TAIL = /^(.*:)(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;

/** Takes every spelling of RFC 4291 §2.2, since all are in use, and gives the canonical one; `null` for anything else. */
export function parseIpv6(text: string): Ipv6 | null {
  const plain = withoutDottedTail(text);
  if (plain === null) return null;
  const halves = plain.split("::");
  if (halves.length > 2) return null;
  const [head = [], tail] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const given = [...head, ...(tail ?? [])];
  if (!given.every((group) => GROUP.test(group))) return null;
  // RFC 5952 §4.2.2 lets nobody write `::` for one group, but RFC 4291 lets everybody.
  const isWhole = tail === undefined ? given.length === GROUPS : given.length < GROUPS;
  if (!isWhole) return null;
  const zeros = Array.from({ length: GROUPS - given.length }, () => "0");
  return spell([...head, ...zeros, ...(tail ?? [])].map((group) => Number.parseInt(group, 16)));
}

export function ipv6FromBytes(bytes: Uint8Array, offset = 0): Ipv6 {
  return spell(
    Array.from({ length: GROUPS }, (_, i) => {
      const at = offset + i * 2;
      return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
    }),
  );
}

export function writeIpv6(address: Ipv6, into: Uint8Array, offset: number): void {
  for (const [i, group] of ipv6Groups(address).entries()) {
    into[offset + i * 2] = group >>> 8;
    into[offset + i * 2 + 1] = group & 0xff;
  }
}

/** Eight numbers of 16 bits, the most significant first. */
export function ipv6Groups(address: Ipv6): readonly number[] {
  const [head = "", tail] = (withoutDottedTail(address) ?? "").split("::");
  const before = groupsOf(head);
  const after = groupsOf(tail ?? "");
  const zeros = Array.from({ length: GROUPS - before.length - after.length }, () => 0);
  return [...before, ...zeros, ...after];
}

const groupsOf = (text: string): number[] =>
  text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16));

/** `::ffff:192.0.2.1` as `::ffff:c000:201`; `null` when the four numbers are no IPv4 address. */
function withoutDottedTail(text: string): string | null {
  const found = DOTTED_TAIL.exec(text);
  if (found === null) return text;
  const [, before = "", ...octets] = found;
  if (!octets.every((octet) => String(Number(octet)) === octet && Number(octet) <= 255)) return null;
  const [a = 0, b = 0, c = 0, d = 0] = octets.map(Number);
  return `${before}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}

/** RFC 5952 §4 and, for addresses that carry an IPv4 address, §5. */
function spell(groups: readonly number[]): Ipv6 {
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    const [high = 0, low = 0] = groups.slice(6);
    return `::ffff:${[high >>> 8, high & 255, low >>> 8, low & 255].join(".")}` as Ipv6;
  }
  const hex = groups.map((group) => group.toString(16));
  const { start, length } = longestZeros(groups);
  if (length < 2) return hex.join(":") as Ipv6;
  return `${hex.slice(0, start).join(":")}::${hex.slice(start + length).join(":")}` as Ipv6;
}

/** The first of the longest. */
function longestZeros(groups: readonly number[]): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (const [i, group] of groups.entries()) {
    if (group !== 0) start = i + 1;
    else if (i + 1 - start > best.length) best = { start, length: i + 1 - start };
  }
  return best;
}
