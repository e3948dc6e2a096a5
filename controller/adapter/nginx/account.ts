/** The account that nginx's workers run as: the one that this distribution's nginx package made. */
import { readFile } from "node:fs/promises";

export interface Account {
  readonly user: string;
  readonly group: string;
}

/** Debian's, then that of nginx.org and Red Hat, then the one that every Linux has. */
const CANDIDATES = ["www-data", "nginx", "nobody"];

/** null without root: nginx then cannot change its rights, and warns if it is asked to. */
export async function workerAccount(): Promise<Account | null> {
  if (process.getuid?.() !== 0) return null;
  const users = entriesOf(await readFile("/etc/passwd", "utf8"));
  const groups = entriesOf(await readFile("/etc/group", "utf8"));
  for (const user of CANDIDATES) {
    const groupId = users.find(([name]) => name === user)?.[3];
    const group = groups.find(([, , id]) => groupId !== undefined && id === groupId)?.[0];
    if (group !== undefined) return { user, group };
  }
  return null;
}

const entriesOf = (text: string): string[][] => text.split("\n").map((line) => line.split(":"));
