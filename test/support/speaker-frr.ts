/**
 * FRR's vrrpd on a node of a speaker lab. It holds an address by a macvlan with the virtual MAC, whose carrier it takes away
 * while it is backup ("protodown"); the macvlan must be there before. It learns of interfaces from zebra.
 */
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SpeakerPeer } from "./speaker-keepalived.ts";
import { type LabNode, VIRTUAL_ADDRESS } from "./speaker-lab.ts";

export interface FrrTerms {
  readonly version: 2 | 3;
  /** In ms, whole hundredths of a second. */
  readonly interval: number;
  readonly priority: number;
  readonly preempt?: boolean;
}

const DAEMONS = "/usr/lib/frr";
const VIRTUAL_ROUTER_ID = 51;
/** RFC 9568 §7.3. */
export const VIRTUAL_MAC = "00:00:5e:00:01:33";
const MACVLAN = "vrrp4-51";

export class FrrPeer extends SpeakerPeer {
  get isBackup(): boolean {
    return this.#lastRole === "Backup";
  }

  get isMaster(): boolean {
    return this.#lastRole === "Master";
  }

  /** To the shell that is the first process there: killing it ends all, and it passes SIGTERM on to vrrpd. */
  override async end(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const gone = once(this.child, "exit");
    const { pid } = this.child;
    process.kill(Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim()), signal);
    await gone;
  }

  /** `[VRID 51] [IPv4] Backup -> Master` */
  get #lastRole(): string | undefined {
    return [...this.said.matchAll(/\[IPv4\] \w+ -> (\w+)/g)].at(-1)?.[1];
  }
}

export function startFrr(node: LabNode, terms: FrrTerms): FrrPeer {
  mkdirSync(node.directory, { recursive: true });
  const isNew = !node.run("ip -br link").includes(MACVLAN);
  if (isNew) addMacvlan(node);
  const config = join(node.directory, "vrrpd.conf");
  writeFileSync(config, configOf(terms));
  // Both keep sockets and pid files in one directory of the system, and read their configuration as user frr.
  const script = [
    "mount --make-rprivate / && mount -t tmpfs tmpfs /run && mkdir /run/frr",
    `touch /run/frr/zebra.conf && cp ${config} /run/frr/ && chown -R frr:frr /run/frr`,
    `${DAEMONS}/zebra -f /run/frr/zebra.conf --log stdout &`,
    "for i in $(seq 200); do test -S /run/frr/zserv.api && break; sleep 0.02; done",
    // The first process stays a shell: vrrpd changes its user, and would then not end with who started it.
    `${DAEMONS}/vrrpd -f /run/frr/vrrpd.conf --log stdout &`,
    "daemon=$!; trap 'kill -TERM $daemon' TERM; wait $daemon; wait $daemon",
  ].join("\n");
  return new FrrPeer(
    node.spawn([
      "unshare",
      "--mount",
      "--pid",
      "--fork",
      "--kill-child",
      "--mount-proc",
      "bash",
      "-c",
      script,
    ]),
  );
}

function addMacvlan(node: LabNode): void {
  node.run(`ip link add ${MACVLAN} link eth0 type macvlan mode bridge`);
  node.run(`ip link set dev ${MACVLAN} address ${VIRTUAL_MAC}`);
  node.run(`ip addr add ${VIRTUAL_ADDRESS}/24 dev ${MACVLAN}`);
  node.run(`ip link set dev ${MACVLAN} up`);
}

function configOf({ version, interval, priority, preempt = true }: FrrTerms): string {
  const group = `vrrp ${VIRTUAL_ROUTER_ID}`;
  return [
    "log stdout",
    "interface eth0",
    ` ${group} version ${version}`,
    ` ${group} priority ${priority}`,
    ` ${group} advertisement-interval ${interval}`,
    ...(preempt ? [] : [` no ${group} preempt`]),
    ` ${group} ip ${VIRTUAL_ADDRESS}`,
    "",
  ].join("\n");
}
