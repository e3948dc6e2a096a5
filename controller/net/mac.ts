/** Hardware addresses, as the kernel spells them: hex bytes with colons, six of them on Ethernet. */

export const MAC_BYTES = 6;

/** Anything else than six bytes is a bug of ours, or a link that is no Ethernet. */
export function macBytes(mac: string): Uint8Array {
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(mac)) throw new RangeError(`not a hardware address: ${mac}`);
  return Uint8Array.from(mac.split(":"), (byte) => Number.parseInt(byte, 16));
}

/** Also of a link that is no Ethernet, with more bytes or none. */
export const formatMac = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(":");
