/**
 * FRR's vrrpd on a node of a speaker lab. It holds an address by a macvlan with the virtual MAC, whose carrier it takes away
 * while it is backup ("protodown"); the macvlan must be there before. It learns of interfaces from zebra.
 */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Family } from "../../controller/net/ip.ts";
import { SpeakerPeer } from "./speaker-keepalived.ts";
import { type LabNode, VIRTUAL_ADDRESS } from "./speaker-lab.ts";

export interface FrrTerms {
  readonly version: 2 | 3;
  readonly family?: Family;
  /** In ms, whole hundredths of a second. */
  readonly interval: number;
  readonly priority: number;
  readonly preempt?: boolean;
}

const DAEMONS = "/usr/lib/frr";
const VIRTUAL_ROUTER_ID = 51;

/** What it has of one family. */
export interface FrrFamily {
  /** RFC 9568 §7.3. */
  readonly mac: string;
  readonly macvlan: string;
  /** Virtual ones, in the order of the wire. */
  readonly addresses: readonly string[];
}

export const FRR: Readonly<Record<Family, FrrFamily>> = {
  ipv4: { mac: "00:00:5e:00:01:33", macvlan: "vrrp4-51", addresses: [VIRTUAL_ADDRESS] },
  ipv6: { mac: "00:00:5e:00:02:33", macvlan: "vrrp6-51", addresses: ["fe80::100", "2001:db8::100"] },
};
/** Its own on the macvlan, which must not be made of the hardware address that all routers share. */
export const FRR_SOURCE = "fe80::2";
/** As it names them. */
const NAMES: Readonly<Record<Family, string>> = { ipv4: "IPv4", ipv6: "IPv6" };

export class FrrPeer extends SpeakerPeer {
  readonly #family: Family;

  constructor(child: ChildProcess, family: Family) {
    super(child);
    this.#family = family;
  }

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
    const ours = [...this.said.matchAll(/\[(\w+)\] \w+ -> (\w+)/g)].filter(
      ([, family]) => family === NAMES[this.#family],
    );
    return ours.at(-1)?.[2];
  }
}

export function startFrr(node: LabNode, terms: FrrTerms): FrrPeer {
  mkdirSync(node.directory, { recursive: true });
  const { family = "ipv4" } = terms;
  const { macvlan } = FRR[family];
  const isNew = !node.run("ip -br link").includes(macvlan);
  if (isNew) addMacvlan(node, family);
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
    family,
  );
}

function addMacvlan(node: LabNode, family: Family): void {
  const { macvlan, mac, addresses } = FRR[family];
  node.run(`ip link add ${macvlan} link eth0 type macvlan mode bridge`);
  node.run(`ip link set dev ${macvlan} address ${mac}`);
  if (family === "ipv6") node.run(`ip link set dev ${macvlan} addrgenmode none`);
  for (const address of addresses) node.run(`ip addr add ${address}${lengthIn(family)} dev ${macvlan}`);
  node.run(`ip link set dev ${macvlan} up`);
  // It speaks from that link-local address which came last.
  if (family === "ipv6") node.run(`ip addr add ${FRR_SOURCE}/64 dev ${macvlan} nodad`);
}

const lengthIn = (family: Family): string => (family === "ipv4" ? "/24" : "/64 nodad");

function configOf({ version, family = "ipv4", interval, priority, preempt = true }: FrrTerms): string {
  const group = `vrrp ${VIRTUAL_ROUTER_ID}`;
  return [
    "log stdout",
    "interface eth0",
    ` ${group} version ${version}`,
    ` ${group} priority ${priority}`,
    ` ${group} advertisement-interval ${interval}`,
    ...(preempt ? [] : [` no ${group} preempt`]),
    ...FRR[family].addresses.map((address) => ` ${group} ${family === "ipv4" ? "ip" : "ipv6"} ${address}`),
    "",
  ].join("\n");
}
