/** What becomes of the addresses of a real speaker that is killed, stopped or hangs. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { afterEach, beforeEach, describe, it } from "node:test";
import { deadManLifetime } from "../../controller/vrrp/dead-man.ts";
import { deadline } from "../support/deadline.ts";
import {
  type LabNode,
  labOfTwo,
  labRouter,
  type SpeakerLab,
  VIRTUAL_ADDRESS,
} from "../support/speaker-lab.ts";

const LIFETIME_MS = (deadManLifetime(labRouter()) ?? 0) * 1000;
/** Not more than this was seen beyond the seconds asked for, and a look takes its time. */
const KERNEL_SLACK_MS = 600;
/** On the wildcard, as nginx does. */
const ECHO_SERVER = `require("net").createServer((it) => it.pipe(it)).listen(8080, () => console.log("listening"))`;
const ECHO_CLIENT = `
  const connection = require("net").connect(8080, "${VIRTUAL_ADDRESS}");
  process.stdin.pipe(connection).pipe(process.stdout)`;

describe("the address of a speaker", () => {
  let lab: SpeakerLab;
  let a: LabNode;
  /** A client; no speaker runs there. */
  let b: LabNode;

  beforeEach(async () => {
    ({ lab, a, b } = await labOfTwo());
    a.startSpeaker();
    a.converse([labRouter()]);
    await a.holds();
  });
  afterEach(async () => {
    await lab[Symbol.asyncDispose]();
  });

  /** Not sooner than the others can have taken over. */
  async function isRidInTime(since: number): Promise<void> {
    await a.isRid(LIFETIME_MS + KERNEL_SLACK_MS);
    assert.ok(performance.now() - since > 365, `gone after ${performance.now() - since} ms`);
  }

  it("that is killed is gone within the dead-man time", async () => {
    const since = performance.now();
    await a.endSpeaker("SIGKILL");
    await isRidInTime(since);
  });

  it("that is stuck in an endless loop is gone within the dead-man time", async () => {
    const since = performance.now();
    a.speaker?.kill("SIGUSR2");
    await isRidInTime(since);
    assert.equal(a.speaker?.exitCode, null);
  });

  it("that was stopped for longer is there again afterwards, and who listens on it has noticed nothing", async () => {
    const server = a.spawn([process.execPath, "-e", ECHO_SERVER]);
    assert.ok(server.stdout !== null);
    await once(server.stdout, "data");
    const client = b.spawn([process.execPath, "-e", ECHO_CLIENT], "pipe");
    let echoed = "";
    client.stdout?.on("data", (chunk: Buffer) => {
      echoed += chunk.toString();
    });
    client.stdin?.write("before\n");
    await deadline("the connection stands", () => echoed === "before\n");
    const since = performance.now();
    a.speaker?.kill("SIGSTOP");
    await isRidInTime(since);
    a.speaker?.kill("SIGCONT");
    await a.holds(1_000);
    client.stdin?.write("after\n");
    await deadline("the connection serves on", () => echoed === "before\nafter\n");
    assert.equal(server.exitCode, null);
  });

  it("stays for as long as the speaker runs, although its lifetime is short", async () => {
    const monitor = a.spawn(["ip", "-4", "monitor", "address"]);
    let seen = "";
    monitor.stdout?.on("data", (chunk: Buffer) => {
      seen += chunk.toString();
    });
    const refreshes = () => seen.match(/valid_lft 3sec/g)?.length ?? 0;
    await deadline("refreshed for twice its lifetime", () => refreshes() >= 6, 8_000);
    assert.doesNotMatch(seen, /Deleted/);
    assert.equal(a.link.state().routers[0]?.counters.addressesRepaired, 0);
  });
});
