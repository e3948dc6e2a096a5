/** What can be seen and done on the machines of a lab: addresses, processes, files, requests, mail. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Lab } from "../../controller/lab/lab.ts";
import { attemptIn, entering, initPid, machineDirectory, runIn } from "../../controller/lab/machine.ts";
import { CLIENT } from "../../controller/lab/names.ts";

/** IPv4 addresses of a machine, with their lengths: `172.16.253.150/32`. */
export async function addresses(lab: Lab, machine: string): Promise<readonly string[]> {
  const links = JSON.parse(await runIn(lab.at(machine), ["ip", "-4", "-j", "addr"])) as {
    readonly addr_info?: readonly { readonly local: string; readonly prefixlen: number }[];
  }[];
  return links.flatMap(({ addr_info = [] }) =>
    addr_info.map(({ local, prefixlen }) => `${local}/${prefixlen}`),
  );
}

/** Members that have the address now. */
export async function holders(lab: Lab, address: string): Promise<readonly string[]> {
  const members = lab.members.filter(({ name }) => lab.isOn(name));
  const found = await Promise.all(members.map(({ name }) => addresses(lab, name)));
  return members.flatMap(({ name }, index) => (found[index]?.includes(`${address}/32`) ? [name] : []));
}

/** Pids, as the machine counts them, of processes that are called so. */
export const processes = (lab: Lab, machine: string, name: string): Promise<readonly number[]> =>
  found(lab, machine, ["-x", name]);

/** Of nginx a title tells more than the name: `nginx: worker process is shutting down`. */
export const titled = (lab: Lab, machine: string, title: string): Promise<readonly number[]> =>
  found(lab, machine, ["-f", title]);

async function found(lab: Lab, machine: string, options: readonly string[]): Promise<readonly number[]> {
  const { stdout } = await attemptIn(lab.at(machine), ["pgrep", ...options]);
  return stdout.split("\n").filter(Boolean).map(Number);
}

export interface Reply {
  /** 0: no answer. */
  readonly status: number;
  readonly body: string;
}

/** Requests from the client, one after another, each on a connection of its own. */
export async function get(lab: Lab, count: number, target: string): Promise<readonly Reply[]> {
  const script = `for i in $(seq ${count}); do curl -s --max-time 2 -w '\\t%{http_code}\\n' http://${target}/ || true; done`;
  const output = await runIn(lab.at(CLIENT), ["sh", "-c", script]);
  return [...output.matchAll(/([^\t]*)\t(\d+)\n/g)].map(([, body = "", status]) => ({
    status: Number(status),
    body: body.trim(),
  }));
}

const pathIn = (lab: Lab, machine: string, path: string): string =>
  `/proc/${initPid(lab.at(machine))}/root${path}`;

/** In one step, as an editor or a deployment does: no reader sees half of it. */
export function write(lab: Lab, machine: string, path: string, text: string): void {
  const target = pathIn(lab, machine, path);
  const half = join(dirname(target), `.${basename(target)}.half`);
  writeFileSync(half, text);
  renameSync(half, target);
}

export function remove(lab: Lab, machine: string, path: string): void {
  rmSync(pathIn(lab, machine, path), { force: true });
}

export function read(lab: Lab, machine: string, path: string): string {
  const file = pathIn(lab, machine, path);
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}

export interface Mail {
  readonly subject: string;
  readonly text: string;
}

/** In the order in which the node's mail server took them. */
export function mails(lab: Lab, node: string): readonly Mail[] {
  const box = join(machineDirectory(lab.at(node)), "mail/box/new");
  if (!existsSync(box)) return [];
  return readdirSync(box)
    .map((file) => ({ file, order: arrivalOf(file) }))
    .sort((one, other) => one.order - other.order)
    .map(({ file }) => {
      const text = readFileSync(join(box, file), "utf8");
      // A long subject is folded over lines.
      const [, subject = ""] = /^Subject: (.*(?:\n[ \t].*)*)/m.exec(text) ?? [];
      return { subject: subject.replaceAll(/\n[ \t]+/g, " "), text };
    });
}

/** Maildir names say when: `1795514495.M246923P9Q1.keepalive-a`, in seconds and microseconds. */
function arrivalOf(file: string): number {
  const [, seconds = "0", micros = "0"] = /^(\d+)\.M(\d+)/.exec(file) ?? [];
  return Number(seconds) * 1_000_000 + Number(micros);
}

/** What the notify script of that node was called with, in order: `INSTANCE web MASTER 100`. */
export function notifications(lab: Lab, node: string): readonly string[] {
  const lines = read(lab, node, "/var/log/notify.log").split("\n").filter(Boolean);
  return lines.map((line) => line.slice(line.indexOf(" ") + 1));
}

/** A program in a machine that the test talks to; it ends with the test process, and can be signalled. */
export function spawnIn(lab: Lab, machine: string, command: readonly string[], env = {}): ChildProcess {
  const [program, ...args] = entering(lab.at(machine), ["setpriv", "--pdeathsig", "KILL", ...command]);
  const options = { stdio: ["ignore", "pipe", "pipe"] as ["ignore", "pipe", "pipe"] };
  return spawn(program, args, { ...options, cwd: "/", env: { ...process.env, ...env } });
}

/** To the program itself: nsenter, which waits for it in front of the PID namespace, would keep the signal to itself. */
export async function signal(child: ChildProcess, name: NodeJS.Signals): Promise<void> {
  const gone = new Promise<void>((resolve) => child.once("close", () => resolve()));
  if (child.exitCode !== null || child.signalCode !== null) return;
  const inner = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").trim();
  process.kill(Number(inner), name);
  // nsenter stopped itself when its machine was paused, and nobody in the machine can wake it.
  child.kill("SIGCONT");
  await gone;
}
