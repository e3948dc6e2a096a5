/** The Internet checksum. */

/** RFC 1071 over `bytes`, continuing from the unfolded sum `initial`. Returns 16 bits, ready to be stored big-endian. */
export function internetChecksum(bytes: Uint8Array, initial = 0): number {
  let sum = initial + wordSum(bytes);
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return ~sum & 0xffff;
}

/** The unfolded sum of the 16-bit words, for what is covered besides the bytes of a message: a pseudo-header. */
export function wordSum(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i + 1 < bytes.length; i += 2) sum += ((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0);
  return bytes.length % 2 === 1 ? sum + ((bytes[bytes.length - 1] ?? 0) << 8) : sum;
}
