/** The two directories of a node. */
import { chmod, mkdir } from "node:fs/promises";

/**
 * Sockets, locks and logs. Others may pass through, but not list or read: nginx's workers, which have no rights, reach
 * their own directory in it. Each file in it is closed to others by its own mode.
 */
export async function makeRuntimeDirectory(path: string): Promise<void> {
  await make(path, 0o711);
}

/** What survives a reboot. Manifests may hold passwords. */
export async function makeStateDirectory(path: string): Promise<void> {
  await make(path, 0o700);
}

async function make(path: string, mode: number): Promise<void> {
  await mkdir(path, { recursive: true });
  // mkdir(2) takes the umask off.
  await chmod(path, mode);
}
