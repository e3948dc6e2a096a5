/** The password of version 2 authentication, type Simple (RFC 2338 §5.3.6), which travels in clear. */
declare const spelling: unique symbol;

/** One character per byte, 0 to 255; at most eight, without trailing zero bytes. */
export type SimplePassword = string & { readonly [spelling]: "simple-password" };

export const PASSWORD_LENGTH = 8;

/** keepalived takes the first eight bytes of a longer password, and so must its peers. */
export function simplePassword(text: string): SimplePassword {
  return passwordFromBytes(new TextEncoder().encode(text));
}

export function passwordFromBytes(bytes: Uint8Array): SimplePassword {
  const characters = [...bytes.subarray(0, PASSWORD_LENGTH)].map((byte) => String.fromCharCode(byte));
  return characters.join("").replace(/\0+$/, "") as SimplePassword;
}

export function writePassword(password: SimplePassword, into: Uint8Array, offset: number): void {
  for (let i = 0; i < password.length; i++) into[offset + i] = password.charCodeAt(i);
}

/** Takes as long for a near miss as for a far one, so that nobody can feel their way to the password byte by byte. */
export function samePassword(a: SimplePassword | null, b: SimplePassword | null): boolean {
  if (a === null || b === null) return a === b;
  let difference = 0;
  // charCodeAt is NaN beyond the end, which counts as a zero byte: on the wire a password is padded with them.
  for (let i = 0; i < PASSWORD_LENGTH; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}
