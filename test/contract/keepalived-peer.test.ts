/**
 * keepalived from Debian as the peer, in both versions of the protocol, winning and losing. The wire is captured and must
 * decode in an independent dissector without a complaint.
 */
import assert from "node:assert/strict";
import { type ChildProcess, execFileSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { millis } from "../../controller/net/time.ts";
import type { VirtualRouter } from "../../controller/vrrp/virtual-router.ts";
import { deadline } from "../support/deadline.ts";
import {
  type LabNode,
  labOfTwo,
  labRouter,
  type SpeakerLab,
  VIRTUAL_ADDRESS,
} from "../support/speaker-lab.ts";

const PASSWORD = "longer-than-eight";

/** Version 2 cannot advertise faster than once a second. */
const variants = [
  { what: "version 2 with a password", version: 2 as const, interval: 1000, password: PASSWORD },
  { what: "version 3", version: 3 as const, interval: 100, password: null },
];

for (const { what, version, interval, password } of variants) {
  describe(`keepalived as the peer, ${what}`, () => {
    let lab: SpeakerLab;
    let ours: LabNode;
    let theirs: LabNode;
    let capture: string;
    let tcpdump: ChildProcess;

    const router = (different: Partial<VirtualRouter>): VirtualRouter =>
      labRouter({ version, password, adverInterval: millis(interval), ...different });

    beforeEach(async () => {
      ({ lab, a: ours, b: theirs } = await labOfTwo("ours", "theirs"));
      capture = join(lab.directory, "vrrp.pcap");
      // -Z root: as another user it could not write into the test's directory.
      tcpdump = ours.spawn(["tcpdump", "-Z", "root", "-U", "-i", "eth0", "-w", capture, "ip proto 112"]);
      await deadline("tcpdump captures", () => existsSync(capture));
    });
    afterEach(async () => {
      await lab[Symbol.asyncDispose]();
    });

    const keepalived = (priority: number): ChildProcess =>
      startKeepalived(theirs, lab, { version, interval, priority });

    it("is taken over from and given way to when its priority is lower", async () => {
      const peer = keepalived(90);
      await theirs.holds(10_000);
      ours.startSpeaker();
      ours.converse([router({ basePriority: 100, rivalPriority: 90 })]);
      await ours.holds(10_000);
      await theirs.isRid();
      await ours.endSpeaker("SIGTERM");
      await theirs.holds();
      await ours.isRid();
      ours.startSpeaker();
      await ours.holds(10_000);
      await theirs.isRid();
      await end(peer);
      await decodes(capture, tcpdump);
    });

    it("is master when its priority is higher, and is followed when it stops", async () => {
      ours.startSpeaker();
      ours.converse([router({ basePriority: 100, rivalPriority: 200 })]);
      await ours.holds(10_000);
      const peer = keepalived(200);
      await theirs.holds(10_000);
      await ours.isRid();
      await deadline("ours says whom it follows", () =>
        /10\.9\.0\.2 advertises priority 200, above our 100/.test(ours.because),
      );
      await end(peer);
      await ours.holds();
      assert.deepEqual(lab.holders, ["ours"]);
      await decodes(capture, tcpdump);
    });
  });
}

interface PeerTerms {
  readonly version: 2 | 3;
  readonly interval: number;
  readonly priority: number;
}

function startKeepalived(
  node: LabNode,
  lab: SpeakerLab,
  { version, interval, priority }: PeerTerms,
): ChildProcess {
  const file = join(lab.directory, "keepalived.conf");
  const authentication = version === 2 ? `authentication { auth_type PASS\n auth_pass ${PASSWORD}\n }` : "";
  writeFileSync(
    file,
    `global_defs { router_id peer }
vrrp_instance VI_1 {
  state BACKUP
  interface eth0
  virtual_router_id 51
  version ${version}
  priority ${priority}
  advert_int ${interval / 1000}
  ${authentication}
  virtual_ipaddress { ${VIRTUAL_ADDRESS}/32 }
}
`,
  );
  const pidFiles = ["-p", join(lab.directory, "ka.pid"), "-r", join(lab.directory, "ka-vrrp.pid")];
  return node.spawn(["keepalived", "--dont-fork", "--vrrp", "--log-console", "-f", file, ...pidFiles]);
}

async function end(child: ChildProcess): Promise<void> {
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill("SIGTERM");
  await gone;
}

/** Every packet is VRRP with the right checksum and TTL, and nothing about it is malformed or suspicious. */
async function decodes(capture: string, tcpdump: ChildProcess): Promise<void> {
  await end(tcpdump);
  const dissect = (...options: readonly string[]): string[] =>
    execFileSync("tshark", ["-r", capture, ...options], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    })
      .split("\n")
      .filter((line) => line !== "");
  const ofOurs = "ip.src == 10.9.0.1";
  const all = dissect("-Y", ofOurs);
  assert.ok(all.length >= 3, `${all.length} packets of ours are captured`);
  const sound = dissect(
    "-Y",
    `${ofOurs} && ip.proto == 112 && vrrp && vrrp.checksum.status == 1 && ip.ttl == 255`,
  );
  assert.equal(sound.length, all.length);
  assert.deepEqual(dissect("-Y", `${ofOurs} && (_ws.malformed || _ws.expert.severity >= 6291456)`), []);
}
