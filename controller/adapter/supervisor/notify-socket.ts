/**
 * Tells systemd how the service stands (sd_notify(3)): a datagram to the socket that it names in the environment. Without such
 * a name nobody wants to know.
 */
import { LITTLE } from "../libc/host-order.ts";
import { type Libc, SystemCallFailure } from "../libc/libc.ts";

const AF_UNIX = 1;
const SOCK_DGRAM_NONBLOCK = 2 | 0o4000;

/** `READY=1`, `MAINPID=4711`, ...; `address`: NOTIFY_SOCKET. Returns why it could not be told, or null. */
export function notifySupervisor(
  libc: Libc,
  address: string | undefined,
  lines: readonly string[],
): string | null {
  if (address === undefined || address === "") return null;
  const socket = libc.socket(AF_UNIX, SOCK_DGRAM_NONBLOCK, 0);
  try {
    libc.sendTo(socket, Buffer.from(lines.join("\n"), "utf8"), unixAddress(address));
    return null;
  } catch (error) {
    if (!(error instanceof SystemCallFailure)) throw error;
    return error.message;
  } finally {
    libc.close(socket);
  }
}

/** sockaddr_un. A leading `@` stands for the zero byte of an abstract address, which no file has. */
export function unixAddress(path: string): Uint8Array {
  const name = Buffer.from(path.replace(/^@/, "\0"), "utf8");
  const bytes = new Uint8Array(2 + name.length);
  new DataView(bytes.buffer).setUint16(0, AF_UNIX, LITTLE);
  bytes.set(name, 2);
  return bytes;
}
