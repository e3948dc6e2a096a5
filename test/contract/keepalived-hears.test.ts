/**
 * keepalived as the hearer of what the codec encodes, over IPv6 and over unicast: it stays backup as long as a small loop
 * advertises, and takes over when that resigns. What it then says is decoded, and the wire is judged by an independent
 * dissector.
 */
import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { openLibc } from "../../controller/adapter/libc/libc.ts";
import { LinuxNetwork } from "../../controller/adapter/packet/network.ts";
import { type IpAddress, isIpv6 } from "../../controller/net/ip.ts";
import { millis } from "../../controller/net/time.ts";
import { neighbourAdvertisement } from "../../controller/vrrp/neighbour-advertisement.ts";
import { type Advertisement, decodeAdvertisement, encodePacket } from "../../controller/vrrp/packet.ts";
import { deadline } from "../support/deadline.ts";
import { enterOwnNetworkNamespace, ip, NeighbourNamespace } from "../support/own-network-namespace.ts";
import { address, recorder } from "./advert-socket.ts";

interface Variant {
  readonly what: string;
  readonly source: IpAddress;
  readonly hearing: IpAddress;
  readonly destination: IpAddress;
  readonly addresses: readonly IpAddress[];
  readonly timeToLive: number;
  /** For keepalived. */
  readonly lines: readonly string[];
}

const OVER_IPV6 = [address("fe80::100"), address("2001:db8::100")];
const VARIANTS: readonly Variant[] = [
  {
    what: "IPv6 to the group",
    source: address("fe80::1"),
    hearing: address("ff02::12"),
    destination: address("ff02::12"),
    addresses: OVER_IPV6,
    timeToLive: 255,
    lines: [],
  },
  {
    what: "IPv4 to a peer",
    source: address("10.0.0.1"),
    hearing: address("10.0.0.1"),
    destination: address("10.0.0.2"),
    addresses: [address("10.0.0.100")],
    timeToLive: 64,
    lines: ["unicast_src_ip 10.0.0.2", "unicast_peer { 10.0.0.1 }"],
  },
  {
    what: "IPv6 to a peer",
    source: address("2001:db8::1"),
    hearing: address("2001:db8::1"),
    destination: address("2001:db8::2"),
    addresses: OVER_IPV6,
    timeToLive: 255,
    lines: ["unicast_src_ip 2001:db8::2", "unicast_peer { 2001:db8::1 }"],
  },
];
const INTERVAL_MS = 100;
/** More than three times as long as keepalived would wait for: 3 intervals and the skew of priority 50. */
const ADVERTISEMENTS = 12;
const PEER_PRIORITY = 50;
/** keepalived 2.2.7 leaves unicast over IPv6 to the kernel, which sends it with hop limit 64. */
const UNICAST_HOPS_MIN = 1;

const advertisementOf = ({ addresses }: Variant, priority: number): Advertisement => ({
  version: 3,
  virtualRouterID: 51,
  priority,
  adverInterval: millis(INTERVAL_MS),
  addresses,
  password: null,
});

describe("keepalived follows what is encoded:", () => {
  const neighbour = new NeighbourNamespace();
  const network = new LinuxNetwork(openLibc());
  const directory = mkdtempSync(join(tmpdir(), "hftr-"));
  const capture = join(directory, "vrrp.pcap");
  let children: ChildProcess[] = [];

  const start = (command: string, ...args: readonly string[]): ChildProcess => {
    const child = spawn("setpriv", ["--pdeathsig", "KILL", command, ...args]);
    child.stdout.resume();
    child.stderr.resume();
    children.push(child);
    return child;
  };
  const end = async (child: ChildProcess): Promise<void> => {
    const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    child.kill("SIGTERM");
    await gone;
  };

  before(async () => {
    await neighbour.ready();
    enterOwnNetworkNamespace();
    ip(`link add hftr0 type veth peer name hftr0 netns ${neighbour.pid}`);
    setUp(1);
    neighbour.within(() => setUp(2));
  });
  beforeEach(async () => {
    rmSync(capture, { force: true });
    // -Z root: as another user it could not write into the test's directory.
    start(
      "tcpdump",
      "-Z",
      "root",
      "-U",
      "--immediate-mode",
      "-i",
      "hftr0",
      "-w",
      capture,
      "ip proto 112 or ip6",
    );
    await deadline("tcpdump captures", () => existsSync(capture));
  });
  afterEach(async () => {
    // By SIGTERM: a killed keepalived would leave its child behind, which keeps the next one from starting.
    await Promise.all(children.filter(({ exitCode }) => exitCode === null).map(end));
    children = [];
  });
  after(() => {
    neighbour[Symbol.dispose]();
    rmSync(directory, { recursive: true, force: true });
  });

  const startKeepalived = (variant: Variant): string[] => {
    const file = join(directory, "keepalived.conf");
    writeFileSync(file, keepalivedConfig(variant));
    const pidFiles = ["-p", join(directory, "ka.pid"), "-r", join(directory, "ka-vrrp.pid")];
    const child = start(
      "nsenter",
      ...["-t", `${neighbour.pid}`, "-n", "keepalived", "--dont-fork", "--vrrp", "--log-console", "-f", file],
      ...pidFiles,
    );
    const said: string[] = [];
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (text) => said.push(`${text}`));
    return said;
  };
  const peerHolds = ({ addresses }: Variant): boolean =>
    addresses.every((each) => neighbour.within(() => ip("addr show dev hftr0")).includes(` ${each}/`));

  for (const variant of VARIANTS) {
    it(`${variant.what}, and what it says in turn is understood`, async () => {
      const { source, hearing, destination, timeToLive } = variant;
      const { heard, listener } = recorder();
      using socket = network.openAdvertSocket("hftr0", hearing, listener);
      const terms = { checksumForm: "pseudo-header", timeToLive } as const;
      const send = (priority: number): void =>
        socket.send(
          encodePacket(advertisementOf(variant, priority), source, destination, terms),
          destination,
        );
      let sent = 0;
      using loop = every(INTERVAL_MS, () => {
        send(200);
        sent++;
      });
      const said = startKeepalived(variant);
      await deadline("keepalived is backup", () => said.join("").includes("Entering BACKUP STATE"), 10_000);
      const before = sent;
      await deadline("many advertisements are sent", () => sent >= before + ADVERTISEMENTS);
      assert.doesNotMatch(said.join(""), /Entering MASTER STATE/);
      assert.equal(peerHolds(variant), false);
      assert.deepEqual(heard, []);

      loop[Symbol.dispose]();
      send(0);
      await deadline("keepalived takes over", () => peerHolds(variant));
      await deadline("keepalived is heard", () => heard.length > 0);
      const decoded = decodeAdvertisement(heard[0] ?? new Uint8Array(), UNICAST_HOPS_MIN);
      assert.ok(decoded.ok, JSON.stringify(decoded));
      assert.deepEqual(decoded.value.advertisement, advertisementOf(variant, PEER_PRIORITY));
      assert.equal(decoded.value.checksumForm, "pseudo-header");
      await wireIsSound(variant);
    });
  }

  it("and the announcement of an IPv6 address is sound, too", async () => {
    const [, target] = OVER_IPV6;
    assert.ok(target !== undefined && isIpv6(target));
    const mac = /link\/ether (\S+)/.exec(ip("link show hftr0"))?.[1] ?? "";
    using announcer = network.openAnnouncer("hftr0");
    const flags = { isRouter: true, isSolicited: false, overrides: true };
    announcer.send([neighbourAdvertisement({ mac, target, flags })]);
    const filter =
      "icmpv6.type == 136 && icmpv6.checksum.status == 1 && ipv6.hlim == 255 && ipv6.dst == ff02::1 && " +
      "icmpv6.nd.na.flag.r == 1 && icmpv6.nd.na.flag.s == 0 && icmpv6.nd.na.flag.o == 1 && " +
      `icmpv6.nd.na.target_address == ${target} && icmpv6.opt.linkaddr == ${mac}`;
    await deadline("it is captured as such", () => dissect(filter).length === 1, 10_000, 100);
    assert.deepEqual(dissect("_ws.malformed || _ws.expert.severity >= 6291456"), []);
  });

  /** Every packet of ours is VRRP with the right checksum, and nothing about it is malformed or suspicious. */
  async function wireIsSound({ source, timeToLive }: Variant): Promise<void> {
    const [tcpdump] = children;
    assert.ok(tcpdump !== undefined);
    await end(tcpdump);
    const ofOurs = isIpv6(source) ? `vrrp && ipv6.src == ${source}` : `ip.src == ${source}`;
    const life = isIpv6(source) ? `ipv6.hlim == ${timeToLive}` : `ip.ttl == ${timeToLive}`;
    const all = dissect(ofOurs);
    assert.ok(all.length >= 3, `${all.length} packets of ours are captured`);
    assert.equal(dissect(`${ofOurs} && vrrp.checksum.status == 1 && ${life}`).length, all.length);
    assert.deepEqual(dissect(`${ofOurs} && (_ws.malformed || _ws.expert.severity >= 6291456)`), []);
  }

  function dissect(filter: string): string[] {
    const text = execFileSync("tshark", ["-r", capture, "-Y", filter], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    return text.split("\n").filter((line) => line !== "");
  }
});

function every(intervalMs: number, act: () => void): Disposable {
  const timer = setInterval(act, intervalMs);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

function setUp(host: 1 | 2): void {
  // Otherwise the kernel would give link-local addresses of its own.
  ip("link set hftr0 addrgenmode none");
  ip("link set hftr0 up");
  ip(`addr add 10.0.0.${host}/24 dev hftr0`);
  for (const prefix of [`fe80::${host}/64`, `2001:db8::${host}/64`]) ip(`addr add ${prefix} dev hftr0 nodad`);
}

function keepalivedConfig({ addresses, lines }: Variant): string {
  return `global_defs { router_id peer }
vrrp_instance VI_1 {
  state BACKUP
  interface hftr0
  virtual_router_id 51
  version 3
  priority ${PEER_PRIORITY}
  advert_int ${INTERVAL_MS / 1000}
  ${lines.join("\n  ")}
  virtual_ipaddress {
    ${addresses.join("\n    ")}
  }
}
`;
}
