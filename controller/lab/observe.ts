/** Looks into machines from outside, without a process of its own there: a look disturbs nothing and costs next to nothing. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { askReport } from "../api/client.ts";
import { ipBytes, isIpv6, parseIpAddress } from "../net/ip.ts";
import type { AgentReport } from "../plan/report.ts";
import type { Lab } from "./lab.ts";
import { initPid, machineDirectory } from "./machine.ts";

export interface Mail {
  /** Wall time in ms at which the mail server took it. */
  readonly at: number;
  readonly subject: string;
}

/** Members on which the kernel answers for the address now. */
export function holdersOf(lab: Lab, address: string): readonly string[] {
  return lab.members.map(({ name }) => name).filter((name) => hasAddress(lab, name, address));
}

function hasAddress(lab: Lab, machine: string, address: string): boolean {
  const pid = initPid(lab.at(machine));
  if (pid === null) return false;
  const parsed = parseIpAddress(address);
  if (parsed !== null && isIpv6(parsed)) {
    const hex = Buffer.from(ipBytes(parsed)).toString("hex");
    return readFileSync(`/proc/${pid}/net/if_inet6`, "utf8")
      .split("\n")
      .some((line) => line.startsWith(hex));
  }
  // The routing table of local addresses, as a tree: an address, and on the next line what it is.
  const table = readFileSync(`/proc/${pid}/net/fib_trie`, "utf8");
  return new RegExp(`\\|-- ${address.replaceAll(".", "\\.")}\\n\\s+/32 host LOCAL`).test(table);
}

/** null: the machine is off, or no agent answers. */
export async function reportOf(lab: Lab, machine: string): Promise<AgentReport | null> {
  const pid = initPid(lab.at(machine));
  if (pid === null || lab.failureOf(machine) === "pause") return null;
  try {
    return await askReport(`/proc/${pid}/root/run/holdfast`);
  } catch (error) {
    if (error instanceof Error && error.name === "NoAnswer") return null;
    throw error;
  }
}

/** Mails that the machine's own mail server took, in their order. */
export function mailsOf(lab: Lab, machine: string): readonly Mail[] {
  const box = join(machineDirectory(lab.at(machine)), "mail/box/new");
  if (!existsSync(box)) return [];
  return readdirSync(box)
    .map((file) => ({ at: arrivalOf(file), subject: subjectOf(readFileSync(join(box, file), "utf8")) }))
    .sort((one, other) => one.at - other.at);
}

/** Maildir names begin with the time: `1795514495.M246923P9Q1.keepalive-a`, in seconds and microseconds. */
function arrivalOf(file: string): number {
  const [, seconds = "0", micros = "0"] = /^(\d+)\.M(\d+)/.exec(file) ?? [];
  return Number(seconds) * 1000 + Number(micros) / 1000;
}

function subjectOf(mail: string): string {
  // A long subject is folded over several lines.
  const [, subject = ""] = /^Subject: (.*(?:\r?\n[ \t].*)*)/m.exec(mail) ?? [];
  return subject.replaceAll(/\r?\n[ \t]+/g, " ").trim();
}
