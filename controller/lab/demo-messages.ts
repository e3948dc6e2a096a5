/** The mails and script calls by which a node told of its changes of role. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Lab } from "./lab.ts";
import { machineDirectory } from "./machine.ts";
import { mailsOf } from "./observe.ts";

export interface Message {
  readonly node: string;
  readonly way: "mail" | "script";
  /** Wall time in ms. */
  readonly at: number;
  /** Name of the VirtualIP. */
  readonly virtualIP: string;
  /** keepalived's word: MASTER, BACKUP, ... */
  readonly state: string;
  /** The subject, or what the script was called with. */
  readonly text: string;
}

const SUBJECT = /^\[holdfast\] (\S+): \S+ is (\S+)/;
/** `1795514852.463599113 INSTANCE web BACKUP 90`, as the lab's notify.sh writes it. */
const CALL = /^(\d+\.\d+) (INSTANCE (\S+) (\S+) \d+)$/;

/** In the order in which they came. */
export function messagesOf(lab: Lab, node: string): readonly Message[] {
  return [...mails(lab, node), ...calls(lab, node)].sort((one, other) => one.at - other.at);
}

function mails(lab: Lab, node: string): Message[] {
  return mailsOf(lab, node).flatMap(({ at, subject }) => {
    const [, virtualIP, state] = SUBJECT.exec(subject) ?? [];
    if (virtualIP === undefined || state === undefined) return [];
    return [{ node, way: "mail" as const, at, virtualIP, state, text: subject }];
  });
}

function calls(lab: Lab, node: string): Message[] {
  // Not by way of the machine, which may be off.
  const file = join(machineDirectory(lab.at(node)), "var/log/notify.log");
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8")
    .split("\n")
    .flatMap((line) => {
      const [, stamp = "", text = "", virtualIP = "", state = ""] = CALL.exec(line) ?? [];
      if (text === "") return [];
      return [{ node, way: "script" as const, at: Number(stamp) * 1000, virtualIP, state, text }];
    });
}

/** The states that were told in this way of one VirtualIP, in order. */
export const statesTold = (
  messages: readonly Message[],
  way: Message["way"],
  virtualIP: string,
): readonly string[] =>
  messages
    .filter((message) => message.way === way && message.virtualIP === virtualIP)
    .map(({ state }) => state);
