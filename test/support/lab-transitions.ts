/** The transitions of a node, from the speaker's own log: what everybody must have been told. */
import type { Lab } from "../../controller/lab/lab.ts";
import type { Role } from "../../controller/vrrp/virtual-router.ts";
import { read } from "./lab-world.ts";

export interface ToldTransition {
  readonly router: string;
  /** In keepalived's words. */
  readonly from: string;
  readonly to: string;
  readonly priority: number;
}

const WORDS: Readonly<Record<Role, string>> = {
  master: "MASTER",
  backup: "BACKUP",
  fault: "FAULT",
  initialize: "STOP",
};

interface LogLine {
  readonly msg: string;
  readonly router: string;
  readonly from: Role;
  readonly to: Role;
  readonly effectivePriority: number;
}

export function transitionsOf(lab: Lab, node: string): readonly ToldTransition[] {
  return read(lab, node, "/run/holdfast/speaker.log")
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as LogLine)
    .filter(({ msg }) => msg === "changed role")
    .map(({ router, from, to, effectivePriority }) => ({
      router: router.slice(router.indexOf("/") + 1),
      from: WORDS[from],
      to: WORDS[to],
      priority: effectivePriority,
    }));
}
