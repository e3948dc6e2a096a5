/**
 * DER (X.690), as much of it as a certificate needs. It is only ever written: what others have signed is read by Node.js, and
 * judged by OpenSSL.
 */

export type Der = Uint8Array<ArrayBuffer>;

const SHORT_LENGTH_MAX = 127;

/** Tag, length, content. */
function element(tag: number, content: Uint8Array): Der {
  return join([Uint8Array.of(tag), lengthOf(content.length), content]);
}

function join(parts: readonly Uint8Array[]): Der {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** In one byte, or as many as it takes behind a byte that counts them. */
function lengthOf(length: number): Uint8Array {
  if (length <= SHORT_LENGTH_MAX) return Uint8Array.of(length);
  const bytes = [];
  for (let rest = length; rest > 0; rest >>= 8) bytes.unshift(rest & 0xff);
  return Uint8Array.of(0x80 | bytes.length, ...bytes);
}

export const sequence = (...parts: readonly Uint8Array[]): Der => element(0x30, join(parts));
export const setOf = (part: Uint8Array): Der => element(0x31, part);
export const octetString = (content: Uint8Array): Der => element(0x04, content);
export const utf8String = (text: string): Der => element(0x0c, new TextEncoder().encode(text));
export const TRUE: Der = element(0x01, Uint8Array.of(0xff));

/** Big-endian and not negative: the first bit is zero, and no byte before it is superfluous. */
export const integer = (bytes: Uint8Array): Der => element(0x02, bytes);

/** Of whole bytes, or with so many bits at the end that do not count. */
export const bitString = (content: Uint8Array, unused = 0): Der =>
  element(0x03, join([Uint8Array.of(unused), content]));

/** `[number]` around elements: EXPLICIT. */
export const tagged = (number: number, ...parts: readonly Uint8Array[]): Der =>
  element(0xa0 | number, join(parts));

/** `[number]` in the place of a string's own tag: IMPLICIT. */
export const taggedString = (number: number, content: Uint8Array): Der => element(0x80 | number, content);

/** `2.5.29.17`: the first two numbers in one byte, the others in as many groups of seven bits as they take. */
export function objectIdentifier(dotted: string): Der {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return element(0x06, Uint8Array.of(first * 40 + second, ...rest.flatMap(base128)));
}

function base128(value: number): number[] {
  const groups = [value & 0x7f];
  for (let rest = value >> 7; rest > 0; rest >>= 7) groups.unshift((rest & 0x7f) | 0x80);
  return groups;
}

/** `YYYYMMDDHHMMSSZ`. RFC 5280 §4.1.2.5: with two digits of the year until 2049, with four from then on. */
export function time(digits: string): Der {
  const isShort = digits < "2050" && digits >= "1950";
  const bytes = new TextEncoder().encode(isShort ? digits.slice(2) : digits);
  return element(isShort ? 0x17 : 0x18, bytes);
}
