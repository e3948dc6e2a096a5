/** Bytes of packets as text, and packets of which one byte is another. */

export const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, "hex"));

export const toHex = (all: Uint8Array): string => Buffer.from(all).toString("hex");

export function changed(whole: Uint8Array, offset: number, value: number): Uint8Array {
  const copy = Uint8Array.from(whole);
  copy[offset] = value;
  return copy;
}
