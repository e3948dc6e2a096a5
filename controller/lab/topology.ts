/**
 * What a lab consists of, worked out from manifests alone: one machine per member, per backend and for a client, on one
 * network that holds all their addresses. Pure.
 */
import { canonicalHost } from "../net/authority.ts";
import { type IpAddress, isIpv6, parseIpAddress } from "../net/ip.ts";
import { type Ipv4, ipv4ToNumber, numberToIpv4, parseIpv4 } from "../net/ipv4.ts";
import { type Ipv6, parseIpv6 } from "../net/ipv6.ts";
import type { Manifest, ManifestOf } from "../resource/meta.ts";
import { Ipv6Plan, virtualAddresses } from "./topology-ipv6.ts";

/** Beyond that a workstation has other worries, and the port names of the switch would run out of sense. */
const MACHINES_MAX = 64;
/** A network of machines that sit closer together than this would look odd to a network engineer, and buys nothing. */
const PREFIX_LENGTH_MAX = 24;

/** A port on which a machine's web server answers with a page. */
export interface Page {
  readonly port: number;
  readonly body: string;
}

export interface LabMachine {
  readonly name: string;
  readonly role: "member" | "backend" | "client";
  readonly interface: string;
  readonly address: Ipv4;
  /** `ADDRESS/LENGTH` each; empty where no manifest has IPv6. */
  readonly ipv6: readonly string[];
  /** What a backend serves; empty for the others. */
  readonly pages: readonly Page[];
}

export interface LabVirtualIP {
  readonly name: string;
  readonly addresses: readonly IpAddress[];
  /** Ports of the pools that listen on it. */
  readonly ports: readonly number[];
  /** Nodes, the preferred one first. */
  readonly members: readonly string[];
}

export interface Topology {
  readonly prefixLength: number;
  readonly machines: readonly LabMachine[];
  readonly virtualIPs: readonly LabVirtualIP[];
  /** Names that are no addresses, as they go to /etc/hosts of every machine. */
  readonly hostNames: readonly { readonly name: string; readonly address: Ipv4 }[];
  /** Ports of mail servers that manifests expect on each node's own loopback. */
  readonly mailPorts: readonly number[];
  readonly passwordFiles: readonly string[];
}

export type TopologyResult =
  | { readonly ok: true; readonly topology: Topology }
  | { readonly ok: false; readonly problems: readonly string[] };

export interface TopologyOptions {
  /** Address of the client; one is chosen when there is none. */
  readonly client: Ipv4 | null;
}

export function topologyOf(manifests: readonly Manifest[], options: TopologyOptions): TopologyResult {
  const virtualIPs = manifests.filter((manifest) => manifest.kind === "VirtualIP");
  const pools = manifests.filter((manifest) => manifest.kind === "ProxyPool");
  const members = membersOf(virtualIPs);
  const backends = backendsOf(pools);
  const problems = findProblems(virtualIPs, members, backends);
  if (problems.length > 0) return { ok: false, problems };

  const claimed = virtualIPs
    .flatMap(({ spec }) => virtualAddresses(spec))
    .filter((address): address is Ipv4 => !isIpv6(address));
  const known = [...members.values(), ...backends.values()].flatMap(({ address }) => address ?? []);
  const vacancies = vacantNear(claimed[0] ?? null, [
    ...claimed,
    ...known,
    ...(options.client === null ? [] : [options.client]),
  ]);
  const interfaceName = virtualIPs[0]?.spec.interface ?? "eth0";
  const placed = [
    ...[...members].map(([name, member]) => place(name, "member", member, vacancies)),
    ...[...backends.values()].map((backend, index) => placeBackend(index, backend, interfaceName, vacancies)),
    place("client", "client", { interface: interfaceName, address: options.client }, vacancies),
  ];
  const saidIpv6 = [...backends.values()].flatMap(({ ipv6: said }, index) =>
    said === null ? [] : [[backendName(index), said] as const],
  );
  const ipv6 = new Ipv6Plan(virtualIPs, new Map(saidIpv6));
  const machines = placed.map((machine) => ({
    ...machine,
    ipv6: ipv6.prefixesOf(machine.name, machine.address),
  }));
  return {
    ok: true,
    topology: {
      prefixLength: commonPrefixLength([...claimed, ...machines.map(({ address }) => address)]),
      machines,
      virtualIPs: virtualIPs.map((virtualIP) => describeVirtualIP(virtualIP, pools)),
      hostNames: [...backends.keys()].flatMap((host, index) => {
        const address = machines[members.size + index]?.address;
        return parseIpAddress(host) === null && address !== undefined ? [{ name: host, address }] : [];
      }),
      mailPorts: mailPortsOf(virtualIPs),
      passwordFiles: virtualIPs.flatMap(
        (virtualIP) => virtualIP.spec.vrrp.authentication?.passwordFile ?? [],
      ),
    },
  };
}

/** The longest prefix that all addresses share, none of them as the network's own or its broadcast address. */
export function commonPrefixLength(addresses: readonly Ipv4[]): number {
  const numbers = addresses.map(ipv4ToNumber);
  for (let length = PREFIX_LENGTH_MAX; length > 0; length -= 1) {
    const size = 2 ** (32 - length);
    const network = Math.floor((numbers[0] ?? 0) / size);
    const fits = numbers.every(
      (value) => Math.floor(value / size) === network && value % size !== 0 && value % size !== size - 1,
    );
    if (fits) return length;
  }
  return 0;
}

interface Wanted {
  readonly interface: string;
  readonly address: Ipv4 | null;
}

interface WantedBackend {
  readonly address: Ipv4 | null;
  readonly ipv6: Ipv6 | null;
  readonly ports: readonly number[];
}

function membersOf(virtualIPs: readonly ManifestOf<"VirtualIP">[]): Map<string, Wanted> {
  const members = new Map<string, Wanted>();
  for (const { spec } of virtualIPs) {
    for (const member of spec.members) {
      const before = members.get(member.node);
      const address = member.address === undefined ? null : parseIpv4(member.address);
      members.set(member.node, {
        interface: before?.interface ?? member.interface ?? spec.interface,
        address: before?.address ?? address,
      });
    }
  }
  return members;
}

/** By host as the manifests spell it, in their order: that order numbers the web servers. */
function backendsOf(pools: readonly ManifestOf<"ProxyPool">[]): Map<string, WantedBackend> {
  const backends = new Map<string, WantedBackend>();
  for (const { address, port } of pools.flatMap(({ spec }) => spec.backends)) {
    const host = canonicalHost(address);
    const ports = new Set([...(backends.get(host)?.ports ?? []), port]);
    backends.set(host, { address: parseIpv4(host), ipv6: parseIpv6(host), ports: [...ports] });
  }
  return backends;
}

function findProblems(
  virtualIPs: readonly ManifestOf<"VirtualIP">[],
  members: ReadonlyMap<string, Wanted>,
  backends: ReadonlyMap<string, WantedBackend>,
): readonly string[] {
  const memberOf = new Map([...members].map(([name, { address }]) => [address, name]));
  const count = members.size + backends.size;
  return [
    ...(virtualIPs.length === 0 ? ["no VirtualIP in the manifests: there is nothing to rehearse"] : []),
    ...(count >= MACHINES_MAX
      ? [`the manifests name ${count} machines; a lab has at most ${MACHINES_MAX - 1} and a client`]
      : []),
    ...virtualIPs.flatMap((virtualIP) => interfaceProblems(virtualIP, members)),
    ...[...backends.values()].flatMap(({ address }) => {
      const member = address === null ? undefined : memberOf.get(address);
      return member === undefined
        ? []
        : [`backend ${address} is also the address of ${member}: the lab runs no web server on a node`];
    }),
    ...["client", "switch", ...[...backends.keys()].map((_, index) => backendName(index))].flatMap((name) =>
      members.has(name) ? [`a node cannot be called ${name}: that name is the lab's own`] : [],
    ),
  ];
}

function interfaceProblems(
  { metadata, spec }: ManifestOf<"VirtualIP">,
  members: ReadonlyMap<string, Wanted>,
): readonly string[] {
  return spec.members.flatMap(({ node, interface: own }) => {
    const wanted = own ?? spec.interface;
    const used = members.get(node)?.interface;
    return used === wanted
      ? []
      : [
          `VirtualIP ${metadata.name} uses interface ${wanted} of ${node}, another one uses ${used}: a lab machine has one interface`,
        ];
  });
}

type Placed = Omit<LabMachine, "ipv6">;

function place(
  name: string,
  role: "member" | "client",
  wanted: Wanted,
  vacancies: Iterator<Ipv4, null>,
): Placed {
  return {
    name,
    role,
    interface: wanted.interface,
    address: wanted.address ?? vacancy(vacancies),
    pages: [],
  };
}

function placeBackend(
  index: number,
  { address, ports }: WantedBackend,
  interfaceName: string,
  vacancies: Iterator<Ipv4, null>,
): Placed {
  const name = backendName(index);
  const pages = ports.map((port) => ({ port, body: `<h1> Web RS${index + 1} </h1>` }));
  return { name, role: "backend", interface: interfaceName, address: address ?? vacancy(vacancies), pages };
}

/** "Real server", as the notes of every load balancer call it. */
const backendName = (index: number): string => `rs${index + 1}`;

function vacancy(vacancies: Iterator<Ipv4, null>): Ipv4 {
  const { value } = vacancies.next();
  if (value === null) throw new Error("a /24 has more addresses than a lab has machines");
  return value;
}

/** Addresses that nobody uses, in the /24 of the first virtual address, from .11 up as people number servers. */
function* vacantNear(start: Ipv4 | null, taken: readonly Ipv4[]): Generator<Ipv4, null> {
  const used = new Set<string>(taken);
  const network = ipv4ToNumber(start ?? numberToIpv4(0xc0000200)) & 0xffffff00;
  for (let host = 11; host < 255; host += 1) {
    const candidate = numberToIpv4(network | host);
    if (!used.has(candidate)) yield candidate;
  }
  return null;
}

function describeVirtualIP(
  virtualIP: ManifestOf<"VirtualIP">,
  pools: readonly ManifestOf<"ProxyPool">[],
): LabVirtualIP {
  const { name } = virtualIP.metadata;
  const listening = pools.filter(
    ({ spec }) => spec.virtualIPs.length === 0 || spec.virtualIPs.includes(name),
  );
  return {
    name,
    addresses: virtualAddresses(virtualIP.spec),
    ports: [...new Set(listening.flatMap(({ spec }) => spec.listeners.map(({ port }) => port)))],
    members: [...virtualIP.spec.members]
      .sort((one, other) => other.priority - one.priority)
      .map(({ node }) => node),
  };
}

function mailPortsOf(virtualIPs: readonly ManifestOf<"VirtualIP">[]): readonly number[] {
  const servers = virtualIPs.flatMap(({ spec }) => spec.notify.flatMap(({ mail }) => mail?.server ?? []));
  const local = servers.filter((server) => /^(127\.|localhost(:|$))/.test(server));
  return [...new Set(local.map((server) => Number(server.split(":")[1] ?? 25)))];
}
