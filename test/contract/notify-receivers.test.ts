/** Transitions told to a real SMTP server and to real commands, across outages of the receivers and of the agent. */
import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, before, beforeEach, describe, it } from "node:test";
import { SystemClock } from "../../controller/adapter/clock/system-clock.ts";
import { SystemMessenger } from "../../controller/adapter/messenger/system-messenger.ts";
import { millis } from "../../controller/net/time.ts";
import { composeNotifications } from "../../controller/notify/compose.ts";
import { Notifier } from "../../controller/notify/notifier.ts";
import type { NotifySpec } from "../../controller/resource/virtual-ip.ts";
import type { Role } from "../../controller/vrrp/virtual-router.ts";
import { deadline } from "../support/deadline.ts";
import { FakeLog } from "../support/fake-log.ts";
import { MailServer } from "../support/mail-server.ts";
import { MemoryRecords, memoryStore } from "../support/memory-store.ts";
import { enterOwnNetworkNamespace } from "../support/own-network-namespace.ts";

const SMTP_PORT = 2525;
const clock = new SystemClock();

let directory: string;
let server: MailServer;
let records: MemoryRecords;
let log: FakeLog;
let agent: ReturnType<typeof startAgent>;
let sequence: number;

/** The part of an agent that tells: what it has accepted outlives it in `records`. */
function startAgent() {
  const stopping = new AbortController();
  const store = memoryStore(records);
  // Chance shortens the waits, as it may.
  const notifier = new Notifier({ store, messenger: new SystemMessenger(), clock, log, random: () => 0 });
  const running = notifier.run(stopping.signal);
  return {
    notifier,
    store,
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

before(() => enterOwnNetworkNamespace());
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "hfpr-"));
  server = new MailServer(SMTP_PORT);
  records = new MemoryRecords();
  log = new FakeLog();
  sequence = 0;
  agent = startAgent();
});
afterEach(async () => {
  await agent.stop();
  await server[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

const mail = (): NotifySpec => ({
  mail: { to: ["ops@example.com"], from: "ka_admin@example.com", server: server.address },
});

/** The script writes its arguments down as a line of `told`. */
function script(body = ""): NotifySpec {
  const path = join(directory, "notify.sh");
  writeFileSync(path, `#!/bin/sh\n${body}\necho "$@" >> ${directory}/told\n`);
  chmodSync(path, 0o755);
  return { exec: { command: [path], timeout: "5s" } };
}

const toldToScript = (): string[] =>
  existsSync(`${directory}/told`) ? readFileSync(`${directory}/told`, "utf8").trim().split("\n") : [];
const subjects = (): string[] => server.received().map(({ headers }) => headers.get("subject") ?? "");

async function happens(from: Role, to: Role, ...notify: NotifySpec[]): Promise<void> {
  sequence += 1;
  const transition = {
    sequence,
    speaker: "one-life",
    router: "default/web",
    from,
    to,
    effectivePriority: 100 - sequence,
    at: clock.wallTime(),
    because: "it was so",
  };
  const addresses = ["172.16.253.150/32"];
  const occasion = { transition, node: "keepalive-a", notify, addresses, group: null };
  await agent.notifier.accept(composeNotifications(occasion));
}

const SUBJECTS = [
  "[holdfast] web: keepalive-a is BACKUP (just started)",
  "[holdfast] web: keepalive-a is MASTER (was BACKUP)",
  "[holdfast] web: keepalive-a is BACKUP (was MASTER)",
  "[holdfast] web: keepalive-a is FAULT (was BACKUP)",
];
const LINES = [
  "INSTANCE web BACKUP 99",
  "INSTANCE web MASTER 98",
  "INSTANCE web BACKUP 97",
  "INSTANCE web FAULT 96",
];

async function allHappens(...notify: NotifySpec[]): Promise<void> {
  await happens("initialize", "backup", ...notify);
  await happens("backup", "master", ...notify);
  await happens("master", "backup", ...notify);
  await happens("backup", "fault", ...notify);
}

describe("a mail server that is there", () => {
  it("gets every transition in order, once, and within a second", async (test) => {
    await server.start();
    const begun = performance.now();
    await allHappens(mail());
    await deadline("all have arrived", () => subjects().length === SUBJECTS.length);
    test.diagnostic(`${SUBJECTS.length} mails in ${(performance.now() - begun).toFixed(0)} ms`);
    await agent.notifier.drain(millis(5000));
    assert.deepEqual(subjects(), SUBJECTS);
    const [first] = server.received();
    assert.equal(first?.headers.get("from"), "ka_admin@example.com");
    assert.equal(first?.headers.get("to"), "ops@example.com");
    assert.equal(first?.headers.get("message-id"), "<one-life.1.0@example.com>");
    assert.match(first?.body ?? "", /VirtualIP {2}web \(172\.16\.253\.150\/32\)/);
    assert.match(first?.body ?? "", /Why {8}it was so/);
  });
});

describe("a mail server that is down", () => {
  it("gets all mails in order, once each, when it comes; the commands have not waited", async () => {
    const notifyScript = script();
    await allHappens(mail(), notifyScript);
    await deadline("the commands have run", () => toldToScript().length === LINES.length);
    assert.deepEqual(toldToScript(), LINES);
    await deadline("the server was tried twice", () => log.at("warn").length >= 2);
    await server.start();
    await deadline("all have arrived", () => subjects().length === SUBJECTS.length, 20_000);
    await agent.notifier.drain(millis(5000));
    assert.deepEqual(subjects(), SUBJECTS);
    assert.deepEqual(await agent.store.queued("notifications", 10), []);
  });

  it("gets them also from the next agent, when the first has ended meanwhile", async () => {
    await allHappens(mail());
    await deadline("the server was tried", () => log.at("warn").length > 0);
    await agent.stop();
    await server.start();
    agent = startAgent();
    await deadline("all have arrived", () => subjects().length === SUBJECTS.length, 20_000);
    await agent.notifier.drain(millis(5000));
    assert.deepEqual(subjects(), SUBJECTS);
  });

  it("in the middle loses nothing and gets nothing twice", async () => {
    await server.start();
    await happens("initialize", "backup", mail());
    await deadline("one has arrived", () => subjects().length === 1);
    await agent.notifier.drain(millis(5000));
    await server.stop();
    await happens("backup", "master", mail());
    await happens("master", "backup", mail());
    await deadline("the server was tried", () => log.at("warn").length > 0);
    await server.start();
    await happens("backup", "fault", mail());
    await deadline("all have arrived", () => subjects().length === SUBJECTS.length, 20_000);
    await agent.notifier.drain(millis(5000));
    assert.deepEqual(subjects(), SUBJECTS);
  });
});

describe("a command", () => {
  it("is called once for each transition, one after the other, even if it is slow", async () => {
    const slow = script(`mkdir ${directory}/busy || echo two at once >> ${directory}/told
sleep 0.1
rmdir ${directory}/busy`);
    await allHappens(slow);
    await deadline("all have been told", () => toldToScript().length >= LINES.length);
    await agent.notifier.drain(millis(5000));
    assert.deepEqual(toldToScript(), LINES);
  });

  it("that fails is called again with the same arguments, and nothing overtakes it", async () => {
    const failing = script(`test -e ${directory}/mended || exit 1`);
    await allHappens(failing);
    await deadline("it has failed", () => log.at("warn").length > 0);
    writeFileSync(`${directory}/mended`, "");
    await deadline("all have been told", () => toldToScript().length === LINES.length, 10_000);
    assert.deepEqual(toldToScript(), LINES);
  });

  it("may leave something running that goes on after it", async () => {
    await happens(
      "backup",
      "master",
      script(`(sleep 0.5; echo later >> ${directory}/told) > /dev/null 2>&1 &`),
    );
    await deadline("what it started has gone on", () => toldToScript().includes("later"));
    assert.deepEqual(toldToScript(), ["INSTANCE web MASTER 99", "later"]);
  });
});
