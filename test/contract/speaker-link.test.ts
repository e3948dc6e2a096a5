/** The link and the server over a real unix socket, with a speaker on a LAN in memory. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { SystemClock } from "../../controller/adapter/clock/system-clock.ts";
import { millis } from "../../controller/net/time.ts";
import { UnixSpeakerLink } from "../../controller/speaker/link.ts";
import { LINE_BYTES_MAX } from "../../controller/speaker/messages.ts";
import { SpeakerServer } from "../../controller/speaker/server.ts";
import { deadline } from "../support/deadline.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { FakeLan } from "../support/fake-network.ts";
import { aRouter, SpeakerHost } from "../support/speaker-host.ts";

const silence = (): void => undefined;
const silent = { debug: silence, info: silence, warn: silence, error: silence };

describe("an agent's link", () => {
  let directory: string;
  let socketPath: string;
  let host: SpeakerHost;
  let server: SpeakerServer | null;
  const hangUps: AbortController[] = [];
  const conversations: Promise<void>[] = [];

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "hfsp-"));
    socketPath = join(directory, "speaker.sock");
    host = new SpeakerHost(new FakeLan(), new FakeClock(), "a", "10.0.0.1/24");
    server = null;
  });
  afterEach(async () => {
    for (const hangUp of hangUps.splice(0)) hangUp.abort();
    await Promise.all(conversations.splice(0));
    server?.[Symbol.dispose]();
    rmSync(directory, { recursive: true });
  });

  async function serve(): Promise<void> {
    await host.start();
    server = new SpeakerServer(host.speaker, silent);
    await server.listen(socketPath);
  }

  type Start = (how: "first" | "replacing") => Promise<void>;
  function openLink(startSpeaker: Start | null = null, version = "test"): UnixSpeakerLink {
    const link = new UnixSpeakerLink({
      socketPath,
      clock: new SystemClock(),
      log: silent,
      startSpeaker,
      version,
    });
    const hangUp = new AbortController();
    hangUps.push(hangUp);
    conversations.push(link.run(hangUp.signal));
    return link;
  }

  it("waits for a speaker, tells it what to do and shows what has come of it", async () => {
    const link = openLink();
    assert.equal(link.state().pid, null);
    await serve();
    await deadline("the link is up", () => link.state().pid === 1);
    link.setMembership({ revision: "r1", routers: [aRouter()], retained: [], departed: [] });
    await deadline("the membership is in force", () => link.state().membershipRevision === "r1");
    await deadline("the router is shown", () => link.state().routers[0]?.role === "backup");
  });

  it("starts a speaker when none answers, and only one although it is slow", async () => {
    let started = 0;
    const link = openLink(async () => {
      started++;
      setTimeout(() => void serve(), 100);
    });
    await deadline("the link is up", () => link.state().pid === 1);
    assert.equal(started, 1);
  });

  it("adopts a speaker that runs, and starts none", async () => {
    await serve();
    const link = openLink(async () => assert.fail("started another"));
    await deadline("the link is up", () => link.state().pid === 1);
  });

  it("of another version has the speaker replaced by one of its own, once, and talks to it meanwhile", async () => {
    const starts: string[] = [];
    await serve();
    const start: Start = async (how) => {
      starts.push(how);
    };
    const link = openLink(start, "newer");
    await deadline("it is to be replaced", () => starts.length > 0);
    await deadline("the link is up", () => link.state().pid === 1);
    hangUps.pop()?.abort();
    await conversations.pop();
    const same = openLink(start, "test");
    await deadline("the other link is up", () => same.state().pid === 1);
    assert.deepEqual(starts, ["replacing"]);
  });

  it("that may start no speaker leaves one of another version alone", async () => {
    await serve();
    const link = openLink(null, "newer");
    await deadline("the link is up", () => link.state().pid === 1);
  });

  it("that is replaced by a newer one loses the connection", async () => {
    await serve();
    const first = openLink();
    await deadline("the first is up", () => first.state().pid === 1);
    const losses: boolean[] = [];
    first.onChange(() => losses.push(first.state().pid === null));
    const second = openLink();
    await deadline("the second is up", () => second.state().pid === 1);
    await deadline("the first is told", () => losses.includes(true));
  });

  it("delivers a transition again until it is acknowledged, and then no more", async () => {
    await serve();
    await host.member(aRouter());
    const seen: number[] = [];
    const first = openLink();
    first.onTransition(({ sequence }) => seen.push(sequence));
    await deadline("it is told", () => seen.length === 1);
    const second = openLink();
    second.onTransition(({ sequence }) => {
      seen.push(sequence);
      second.acknowledge(sequence);
    });
    await deadline("it is told again", () => seen.length >= 2);
    const third = openLink();
    third.onTransition(({ sequence }) => seen.push(sequence));
    await deadline("the third is up", () => third.state().pid === 1 && third.state().routers.length > 0);
    assert.equal(new Set(seen).size, 1);
  });

  it("shows counters of packets along, and wakes nobody for them alone", async () => {
    const clock = new FakeClock();
    host = new SpeakerHost(new FakeLan(), clock, "a", "10.0.0.1/24");
    await serve();
    await host.member(aRouter());
    const link = openLink();
    const sent = (): number => link.state().routers[0]?.counters.advertisementsSent ?? 0;
    let wakes = 0;
    using _watching = link.onChange(() => wakes++);
    await deadline("the router is shown", () => link.state().routers[0]?.role === "backup");
    await clock.advance(5_000);
    await deadline("its change of role is told", () => link.state().routers[0]?.role === "master");
    assert.ok(wakes > 0);
    // What follows the change of role has been told with the first round of counters.
    for (const round of ["first", "second"]) {
      const before = sent();
      wakes = 0;
      await clock.advance(11_000);
      await deadline(`the ${round} round of counters is told`, () => sent() > before);
    }
    assert.equal(wakes, 0);
  });

  it("has the speaker stop", async () => {
    await serve();
    const link = openLink();
    await deadline("the link is up", () => link.state().pid === 1);
    const stopped = link.stopSpeaker(millis(5_000));
    await deadline("the speaker has been told", () =>
      host.logged.some(({ message }) => message === "handing over"),
    );
    server?.[Symbol.dispose]();
    await stopped;
  });

  it("is for the owner alone", async () => {
    await serve();
    assert.equal(statSync(socketPath).mode & 0o777, 0o600);
  });

  for (const [what, bytes] of [
    ["what is no JSON", "{]\n"],
    ["what is no message", '{"type":"reboot"}\n'],
    ["a line without end", "x".repeat(LINE_BYTES_MAX + 1)],
  ] as const) {
    it(`ends when it sends ${what}, and the speaker goes on`, async () => {
      await serve();
      const socket = connect(socketPath);
      socket.on("error", silence);
      socket.write(bytes);
      socket.resume();
      await once(socket, "close");
      const link = openLink();
      await deadline("another is served", () => link.state().pid === 1);
    });
  }
});
