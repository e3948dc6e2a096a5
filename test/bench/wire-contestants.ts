/** The programs that are compared on the wire: Holdfast's speaker alone, and keepalived without checks. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CLI } from "../../controller/lab/services.ts";
import { formatIpPrefix } from "../../controller/net/ip.ts";
import type { VirtualRouter } from "../../controller/vrrp/virtual-router.ts";
import { SPEAKER_NODE_FLAGS } from "../../controller/wiring/start-speaker.ts";
import { ended } from "../support/ended.ts";
import type { LabNode } from "../support/speaker-lab.ts";

export interface WireContestant {
  readonly name: string;
  start(node: LabNode, routers: readonly VirtualRouter[]): Promise<RunningContestant>;
}

export interface RunningContestant {
  /** All its processes, the most important one last. */
  readonly pids: readonly number[];
  /** How often any of its routers has changed its role since it was started. */
  readonly changesOfRole: number;
  /** To every process of it. Resolves when the program is gone. */
  end(how: "SIGTERM" | "SIGKILL"): Promise<void>;
}

export const HOLDFAST_SPEAKER: WireContestant = {
  name: "holdfast",
  start: async (node, routers) => {
    const log = `${node.directory}.log`;
    rmSync(log, { force: true });
    const options = ["--runtime-dir", node.directory, "--log-file", log];
    const child = node.spawn([process.execPath, ...SPEAKER_NODE_FLAGS, CLI, "speaker", ...options]);
    node.transitions.splice(0);
    node.converse(routers);
    return {
      pids: [child.pid ?? 0],
      get changesOfRole() {
        return node.transitions.length;
      },
      end: async (how) => {
        await ended(child, () => child.kill(how));
        await node.hangUp();
        // Orders of the last run are not those of the next.
        rmSync(node.directory, { recursive: true, force: true });
      },
    };
  },
};

export const KEEPALIVED_ALONE: WireContestant = {
  name: "keepalived",
  start: async (node, routers) => {
    const own = node.directory;
    writeFileSync(`${own}.conf`, configOf(routers));
    // Of one that was killed: its pid may be another program's now.
    for (const file of [`${own}.pid`, `${own}-vrrp.pid`]) rmSync(file, { force: true });
    const files = ["-f", `${own}.conf`, "-p", `${own}.pid`, "-r", `${own}-vrrp.pid`];
    const child = node.spawn([
      "keepalived",
      "--dont-fork",
      "--vrrp",
      "--no-syslog",
      "--log-console",
      ...files,
    ]);
    let changesOfRole = 0;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (part: Buffer) => {
        changesOfRole += [...part.toString().matchAll(/Entering (MASTER|BACKUP|FAULT) STATE/g)].length;
      });
    }
    const pids = (): readonly number[] => [child.pid ?? 0, ...childrenOf(child.pid ?? 0)];
    return {
      get pids() {
        return pids();
      },
      get changesOfRole() {
        return changesOfRole;
      },
      end: async (how) => {
        // The parent respawns its child, and is the one to ask; killing is for all.
        await ended(child, () => {
          if (how === "SIGTERM") child.kill(how);
          else for (const pid of pids()) process.kill(pid, how);
        });
      },
    };
  },
};

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
}

function configOf(routers: readonly VirtualRouter[]): string {
  const [first] = routers;
  const head = `global_defs {\n  vrrp_mcast_group4 ${first?.transport.type === "multicast" ? first.transport.group : ""}\n}\n`;
  return head + routers.map(instanceOf).join("");
}

const instanceOf = (router: VirtualRouter): string => `vrrp_instance ${router.name.replaceAll("/", "_")} {
  state BACKUP
  interface ${router.interface}
  virtual_router_id ${router.virtualRouterID}
  version ${router.version}
  priority ${router.basePriority}
  advert_int ${router.adverInterval / 1000}
  virtual_ipaddress {
    ${router.addresses.map((address) => `${formatIpPrefix(address)} dev ${router.interface}`).join("\n    ")}
  }
}
`;

/** Where a run's files are. */
export const fileIn = (node: LabNode, name: string): string => join(node.directory, "..", name);
