/** What runs on the machines: real agents on the members, a real web server on the backends, a mail server where one is meant. */
import { chmodSync, cpSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type MachineName, machineDirectory, startIn } from "./machine.ts";
import type { LabMachine, Page, Topology } from "./topology.ts";

/** The program under rehearsal; another build of it in tests. */
export const CLI =
  process.env["HOLDFAST_CLI"] ?? fileURLToPath(new URL("../../packed/holdfast.cjs", import.meta.url));

export interface ServiceOptions {
  /** Directory of manifests as the lab keeps it; copied into each member. */
  readonly manifests: string;
  readonly topology: Topology;
  /** false: members run without agent, for whoever brings another program. */
  readonly agents: boolean;
  readonly logLevel: string;
}

/** On the machine's disk, before its first boot. */
export function furnish(name: MachineName, machine: LabMachine, { manifests }: ServiceOptions): void {
  const disk = machineDirectory(name);
  mkdirSync(disk, { recursive: true });
  if (machine.role === "member") {
    const home = join(disk, "etc/holdfast");
    mkdirSync(join(home, "manifests"), { recursive: true });
    cpSync(manifests, join(home, "manifests"), { recursive: true });
    const script = join(home, "notify.sh");
    writeFileSync(script, NOTIFY_SCRIPT);
    chmodSync(script, 0o755);
    mkdirSync(join(disk, "mail"), { recursive: true });
  }
  if (machine.role === "backend") writeFileSync(join(disk, "nginx.conf"), backendConfig(disk, machine.pages));
}

/** After each boot. */
export function startServices(name: MachineName, machine: LabMachine, options: ServiceOptions): void {
  const disk = machineDirectory(name);
  if (machine.role === "backend")
    startIn(name, "nginx", ["nginx", "-c", join(disk, "nginx.conf"), "-e", "stderr"]);
  if (machine.role !== "member") return;
  for (const port of options.topology.mailPorts) {
    // Debian's own Python: it has the package, whatever another python3 on the PATH has.
    const server = ["/usr/bin/python3", "-m", "aiosmtpd", "-n", "-l", `127.0.0.1:${port}`];
    startIn(name, "mail", [...server, "-c", "aiosmtpd.handlers.Mailbox", join(disk, "mail", "box")]);
  }
  if (options.agents) startAgent(name, options.logLevel);
}

export function startAgent(name: MachineName, logLevel: string): void {
  const flags = ["--node", name.machine, "--manifests", "/etc/holdfast/manifests", "--log-level", logLevel];
  startIn(name, "agent", [process.execPath, CLI, "agent", ...flags]);
}

/** Password files that the manifests name; any content will do, as long as all members have the same. */
export function writePasswords(name: MachineName, paths: readonly string[]): void {
  for (const path of paths.filter((candidate) => candidate.startsWith("/etc/"))) {
    const file = join(machineDirectory(name), path);
    mkdirSync(join(file, ".."), { recursive: true });
    if (!existsSync(file)) writeFileSync(file, "rehearse\n", { mode: 0o600 });
  }
}

/** Keeps what it was called with, for whoever wants to see that it was called. */
const NOTIFY_SCRIPT = `#!/bin/sh
# Called by Holdfast with keepalived's arguments: INSTANCE name STATE priority
echo "$(date +%s.%N) $*" >> /var/log/notify.log
`;

function backendConfig(disk: string, pages: readonly Page[]): string {
  const servers = pages.map(
    ({ port, body }) =>
      `  server { listen ${port}; listen [::]:${port}; location / { default_type text/html; return 200 "${body}\\n"; } }`,
  );
  return [
    "daemon off;",
    `pid /run/backend-nginx.pid;`,
    "worker_processes 1;",
    "events {}",
    "http {",
    "  access_log off;",
    `  client_body_temp_path ${disk}/body; proxy_temp_path ${disk}/proxy; fastcgi_temp_path ${disk}/fastcgi;`,
    `  uwsgi_temp_path ${disk}/uwsgi; scgi_temp_path ${disk}/scgi;`,
    ...servers,
    "}",
    "",
  ].join("\n");
}
