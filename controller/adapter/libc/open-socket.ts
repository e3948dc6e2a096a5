/** Raw sockets, with all that has to be set before they are of use. */
import type { Libc } from "./libc.ts";
import { SOCK_NONBLOCK, SOCK_RAW } from "./socket-options.ts";

/** The descriptor; closed again when the kernel refuses any part of `prepare`. Throws SystemCallFailure. */
export function openRawSocket(
  libc: Libc,
  family: number,
  protocol: number,
  prepare: (descriptor: number) => void,
): number {
  const descriptor = libc.socket(family, SOCK_RAW | SOCK_NONBLOCK, protocol);
  try {
    prepare(descriptor);
    return descriptor;
  } catch (error) {
    libc.close(descriptor);
    throw error;
  }
}
