/**
 * One machine of a lab: a network namespace with a process tree, a host name and a disk of its own. Its first process is a
 * shell that reaps orphans; killing it is pulling the power plug, for the kernel then ends everything in its PID namespace.
 */
import { spawn } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { attempt, type Finished, refuse, run } from "./command.ts";
import { directoryOf, namespaceOf } from "./names.ts";

export interface MachineName {
  readonly lab: string;
  readonly machine: string;
}

const BOOT_TIMEOUT_MS = 10_000;
const LOOK_MS = 10;

export const machineDirectory = ({ lab, machine }: MachineName): string =>
  join(directoryOf(lab), "machines", machine);
export const logFile = (name: MachineName, service: string): string =>
  join(machineDirectory(name), "log", `${service}.log`);

/**
 * What the first process does. /etc and /var are the system's, with this machine's changes on top, which stay over a
 * power failure as a disk does; /run is new at each boot. The rest of the file system is shared with the host.
 */
function initScript(name: MachineName, hosts: readonly string[]): string {
  const disk = machineDirectory(name);
  const overlay = (directory: string): string =>
    `mount -t overlay overlay -o lowerdir=/${directory},upperdir=${disk}/${directory},workdir=${disk}/.${directory} /${directory}`;
  return [
    "set -e",
    "mount --make-rprivate /",
    `hostname ${name.machine}`,
    overlay("etc"),
    overlay("var"),
    "mount -t tmpfs tmpfs /run",
    "mkdir -p /etc/holdfast /run/lock /var/lib/holdfast /var/log/nginx /var/lib/nginx",
    // The disk keeps the file over a power failure.
    ...hosts.map((line) => `grep -qxF '${line}' /etc/hosts || echo '${line}' >> /etc/hosts`),
    `echo up > ${disk}/booted`,
    "set +e",
    // bash reaps whatever is orphaned, and waits for a word that never comes: `wait` would return, and this loop spin, once somebody
    // has killed all children.
    "exec 3<> <(:)",
    "while :; do read -r -u 3 _; done",
  ].join("\n");
}

/** Resolves when the machine is up. Its namespace must be there. */
export async function boot(name: MachineName, hosts: readonly string[]): Promise<void> {
  const disk = machineDirectory(name);
  for (const part of ["etc", ".etc", "var", ".var", "log"]) mkdirSync(join(disk, part), { recursive: true });
  rmSync(join(disk, "booted"), { force: true });
  const output = openSync(logFile(name, "init"), "a");
  // A session of its own: the machine outlives the command that started it, until it is told to go down.
  const inside = ["unshare", "--mount", "--pid", "--fork", "--uts", "--mount-proc", "--kill-child"];
  const child = spawn(
    "ip",
    ["netns", "exec", namespaceOf(name.lab, name.machine), ...inside, "bash", "-c", initScript(name, hosts)],
    { detached: true, stdio: ["ignore", output, output], cwd: "/" },
  );
  closeSync(output);
  let ended = false;
  child.once("exit", () => {
    ended = true;
  });
  child.once("error", () => {
    ended = true;
  });
  child.unref();
  for (let waited = 0; !existsSync(join(disk, "booted")); waited += LOOK_MS) {
    if (ended || waited > BOOT_TIMEOUT_MS) {
      throw refuse(
        `machine ${name.machine} does not come up: ${readFileSync(logFile(name, "init"), "utf8").trim()}`,
      );
    }
    await sleep(LOOK_MS);
  }
  const [first] = childrenOf(child.pid ?? 0);
  if (first === undefined) throw refuse(`machine ${name.machine} came up and was gone at once`);
  writeFileSync(join(disk, "init.pid"), String(first));
}

/** Host pid of the machine's first process; null when its power is off. */
export function initPid(name: MachineName): number | null {
  const file = join(machineDirectory(name), "init.pid");
  if (!existsSync(file)) return null;
  const pid = Number(readFileSync(file, "utf8"));
  // A pid may be given to another process after ours is gone; such a one has the host's network.
  const network = networkOf(String(pid));
  return network !== null && network !== networkOf("self") ? pid : null;
}

/** The power plug: nothing in the machine gets a last word in. */
export function cutPower(name: MachineName): void {
  const pid = initPid(name);
  if (pid !== null) process.kill(pid, "SIGKILL");
  rmSync(join(machineDirectory(name), "init.pid"), { force: true });
}

/** The command line that runs `command` inside the machine. */
export function entering(name: MachineName, command: readonly string[]): readonly [string, ...string[]] {
  const pid = initPid(name);
  if (pid === null) throw refuse(`${name.machine} is off`);
  return ["nsenter", "--target", String(pid), "--mount", "--net", "--pid", "--uts", "--", ...command];
}

/** Standard output. Throws `lab-refused` when the command fails. */
export function runIn(name: MachineName, command: readonly string[], input = ""): Promise<string> {
  const [program, ...args] = entering(name, command);
  return run(program, args, input);
}

export function attemptIn(name: MachineName, command: readonly string[], input = ""): Promise<Finished> {
  const [program, ...args] = entering(name, command);
  return attempt(program, args, input);
}

/** Starts a program inside the machine that stays; what it prints goes to the service's log. */
export function startIn(name: MachineName, service: string, command: readonly string[]): void {
  const output = openSync(logFile(name, service), "a");
  const [program, ...args] = entering(name, command);
  const child = spawn(program, args, { detached: true, stdio: ["ignore", output, output], cwd: "/" });
  // nsenter is there: the machine was booted by a program of the same package.
  child.once("error", (error) => writeFileSync(logFile(name, service), String(error)));
  child.unref();
  closeSync(output);
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
}

function networkOf(pid: string): string | null {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch (error) {
    if (["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) return null;
    throw error;
  }
}
