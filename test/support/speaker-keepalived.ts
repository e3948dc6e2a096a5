/** keepalived 2.2.7 on a node of a speaker lab, in the terms of a virtual router. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deadline } from "./deadline.ts";
import { type LabNode, VIRTUAL_ADDRESS } from "./speaker-lab.ts";

export interface PeerTerms {
  readonly version: 2 | 3;
  /** In ms. */
  readonly interval: number;
  readonly priority: number;
  readonly interface?: string;
  readonly virtualRouterID?: number;
  readonly password?: string;
  readonly nopreempt?: boolean;
  /** In the order of the wire, each with its length. */
  readonly addresses?: readonly string[];
  /** More of the instance's configuration. */
  readonly lines?: readonly string[];
}

export class SpeakerPeer {
  readonly child: ChildProcess;
  #said = "";

  constructor(child: ChildProcess) {
    this.child = child;
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (chunk: Buffer) => {
        this.#said += chunk.toString();
      });
  }

  get said(): string {
    return this.#said;
  }

  /** Resolves when all its instances have begun to listen. */
  async listens(instances = 1): Promise<void> {
    await deadline("keepalived listens", () => {
      return [...this.#said.matchAll(/Entering BACKUP STATE \(init\)/g)].length >= instances;
    });
  }

  async end(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    await end(this.child, signal);
  }
}

/** It tells of everything. */
export const startKeepalived = (node: LabNode, ...instances: readonly PeerTerms[]): SpeakerPeer =>
  start(node, ["--log-detail"], instances);

/** For times: a line for each of 1,000 announcements, into our pipe, takes it two seconds. */
export const startTerseKeepalived = (node: LabNode, ...instances: readonly PeerTerms[]): SpeakerPeer =>
  start(node, [], instances);

export interface SyncGroup extends SpeakerPeer {
  /** Added to the priority of all its instances, as if a check had said so. */
  weigh(weight: number): void;
}

/** All its instances in one vrrp_sync_group, with a file that all track. */
export function startSyncGroup(node: LabNode, ...instances: readonly PeerTerms[]): SyncGroup {
  mkdirSync(node.directory, { recursive: true });
  const file = join(node.directory, "weight");
  const weigh = (weight: number): void => writeFileSync(file, `${weight}\n`);
  weigh(0);
  const names = instances.map((_, index) => nameOf(index)).join("\n    ");
  const group = `track_file weight {
  file ${file}
  weight 1
}
vrrp_sync_group together {
  group {
    ${names}
  }
  track_file {
    weight
  }
}
`;
  return Object.assign(start(node, ["--log-detail"], instances, group), { weigh });
}

function start(
  node: LabNode,
  detail: readonly string[],
  instances: readonly PeerTerms[],
  more = "",
): SpeakerPeer {
  mkdirSync(node.directory, { recursive: true });
  const file = join(node.directory, "keepalived.conf");
  writeFileSync(file, `global_defs { router_id peer }\n${more}${instances.map(instanceOf).join("")}`);
  const pidFiles = ["-p", join(node.directory, "ka.pid"), "-r", join(node.directory, "ka-vrrp.pid")];
  const options = ["--dont-fork", "--vrrp", "--log-console", ...detail, "-f", file, ...pidFiles];
  return new SpeakerPeer(node.spawn(["keepalived", ...options]));
}

export async function end(child: ChildProcess, signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
  const gone = once(child, "exit");
  child.kill(signal);
  await gone;
}

const nameOf = (index: number): string => `VI_${index + 1}`;

function instanceOf(terms: PeerTerms, index: number): string {
  const { version, interval, priority, virtualRouterID = 51, password, nopreempt = false } = terms;
  const { addresses = [`${VIRTUAL_ADDRESS}/32`], interface: interfaceName = "eth0" } = terms;
  const options = [
    ...(terms.lines ?? []),
    ...(nopreempt ? ["nopreempt"] : []),
    ...(password === undefined ? [] : [`authentication { auth_type PASS\n auth_pass ${password}\n }`]),
  ];
  return `vrrp_instance ${nameOf(index)} {
  state BACKUP
  interface ${interfaceName}
  virtual_router_id ${virtualRouterID}
  version ${version}
  priority ${priority}
  advert_int ${interval / 1000}
  ${options.join("\n  ")}
  virtual_ipaddress {
    ${addresses.join("\n    ")}
  }
}
`;
}
