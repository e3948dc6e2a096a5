/** Hardware addresses of Ethernet, as the kernel spells them: six hex bytes with colons. */

export const MAC_BYTES = 6;

/** Anything else than six bytes is a bug of ours, or a link that is no Ethernet. */
export function macBytes(mac: string): Uint8Array {
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(mac)) throw new RangeError(`not a hardware address: ${mac}`);
  return Uint8Array.from(mac.split(":"), (byte) => Number.parseInt(byte, 16));
}
