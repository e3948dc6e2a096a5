/** What a lab is made of, by program and Debian package; asked for before anything is built. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { refuse } from "./command.ts";
import type { Topology } from "./topology.ts";

const DIRECTORIES = ["/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/sbin", "/usr/local/bin"];
const PACKAGES: Readonly<Record<string, string>> = {
  ip: "iproute2",
  unshare: "util-linux",
  nsenter: "util-linux",
  pkill: "procps",
  nginx: "nginx",
};
const MAIL_SERVER = "/usr/lib/python3/dist-packages/aiosmtpd";

/** Throws `lab-refused` with everything that is missing. */
export function requireForLab({ mailPorts }: Topology): void {
  if (process.getuid?.() !== 0)
    throw refuse("a lab is made of network namespaces, and those take root (sudo)");
  const missing = Object.entries(PACKAGES)
    .filter(([program]) => !DIRECTORIES.some((directory) => existsSync(join(directory, program))))
    .map(([, name]) => name);
  if (mailPorts.length > 0 && !existsSync(MAIL_SERVER)) missing.push("python3-aiosmtpd");
  if (missing.length > 0)
    throw refuse(
      `the lab needs programs that are not here: apt-get install ${[...new Set(missing)].join(" ")}`,
    );
}
