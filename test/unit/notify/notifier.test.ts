/** Notifications through a store, a clock and receivers that a test commands. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { millis } from "../../../controller/net/time.ts";
import { LANE_ITEMS_MAX } from "../../../controller/notify/lane.ts";
import { toQueuedItem } from "../../../controller/notify/notification.ts";
import { Notifier } from "../../../controller/notify/notifier.ts";
import type { QueuedItem } from "../../../controller/port/resource-store.ts";
import type { EmbeddedStore } from "../../../controller/store/embedded-store.ts";
import { FakeClock, settle } from "../../support/fake-clock.ts";
import { FakeLog } from "../../support/fake-log.ts";
import { FakeMessenger } from "../../support/fake-messenger.ts";
import { MemoryRecords, memoryStore } from "../../support/memory-store.ts";

let clock: FakeClock;
let log: FakeLog;
let messenger: FakeMessenger;
let records: MemoryRecords;
let store: EmbeddedStore;
let notifier: Notifier;
let stopping: AbortController;
let running: Promise<void>;

function start(): void {
  store = memoryStore(records);
  notifier = new Notifier({ store, messenger, clock, log, random: () => 0.5 });
  stopping = new AbortController();
  running = notifier.run(stopping.signal);
}

async function stop(): Promise<void> {
  stopping.abort();
  await running;
}

beforeEach(() => {
  clock = new FakeClock();
  log = new FakeLog();
  messenger = new FakeMessenger();
  records = new MemoryRecords();
  start();
});
afterEach(stop);

function mail(subject: string, server = "smtp:25"): QueuedItem {
  const from = "from@example.com";
  const rest = { to: ["to@example.com"], from, text: "", messageId: `<${subject}@example.com>` };
  const delivery = { type: "mail" as const, subject, server, ...rest };
  return toQueuedItem(`mail ${subject}`, { lane: `web mail ${server}`, at: clock.wallTime(), delivery });
}

function exec(word: string, program = "notify.sh", lane = program): QueuedItem {
  const delivery = { type: "exec" as const, command: [program, word], timeout: millis(1000) };
  return toQueuedItem(`exec ${lane} ${word}`, { lane: `web exec ${lane}`, at: clock.wallTime(), delivery });
}

/** Resolves when all is delivered: no time passes on the clock meanwhile. */
const allTold = (): Promise<void> => notifier.drain(millis(1));

const left = async (): Promise<string[]> => (await store.queued("notifications", 100)).map(({ id }) => id);
const numbered = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index));

describe("notifications", () => {
  it("arrive at once, in order, and leave the queue", async () => {
    await notifier.accept(numbered(20).map((subject) => mail(subject)));
    await notifier.accept([exec("MASTER"), exec("BACKUP")]);
    await allTold();
    assert.deepEqual(messenger.mails, numbered(20));
    assert.deepEqual(messenger.runs, ["notify.sh MASTER", "notify.sh BACKUP"]);
    assert.deepEqual(await left(), []);
  });

  it("arrive once, however often they are accepted", async () => {
    for (let round = 0; round < 5; round++) {
      await notifier.accept([mail("a"), mail("b")]);
      await clock.advance(10);
    }
    assert.deepEqual(messenger.mails, ["a", "b"]);
  });

  it("are durable before they count as accepted", async () => {
    records.isFull = true;
    await assert.rejects(notifier.accept([mail("a")]), /the disk is full/);
    records.isFull = false;
    await notifier.accept([mail("a")]);
    await stop();
    messenger.mails.splice(0);
    start();
    await clock.advance(0);
    assert.ok(messenger.mails.length <= 1);
    assert.deepEqual(await left(), []);
  });
});

describe("a mail server that is down", () => {
  it("is tried after 1, 2, 4 ... and at last every 60 seconds, and gets everything in order when it is back", async () => {
    messenger.broken.add("smtp:25");
    await notifier.accept([mail("a"), mail("b")]);
    const attempts: number[] = [];
    for (let second = 0; second < 250; second++) {
      const before = messenger.attempts;
      await clock.advance(second === 0 ? 0 : 1000);
      if (messenger.attempts > before) attempts.push(second);
    }
    assert.deepEqual(attempts, [0, 1, 3, 7, 15, 31, 63, 123, 183, 243]);
    messenger.broken.clear();
    await clock.advance(60_000);
    assert.deepEqual(messenger.mails, ["a", "b"]);
    assert.deepEqual(await left(), []);
  });

  it("holds up neither commands nor another server", async () => {
    messenger.broken.add("smtp:25");
    await notifier.accept([mail("a"), exec("MASTER"), mail("b", "other:25")]);
    await clock.advance(0);
    assert.deepEqual(messenger.runs, ["notify.sh MASTER"]);
    assert.deepEqual(messenger.mails, ["b"]);
    assert.deepEqual(await left(), ["mail a"]);
  });

  it("for more than a day is told no old news, and that is logged", async () => {
    messenger.broken.add("smtp:25");
    await notifier.accept([mail("old")]);
    await clock.advance(23 * 3_600_000);
    assert.deepEqual(log.at("error"), []);
    await notifier.accept([mail("new")]);
    await clock.advance(3_700_000);
    assert.deepEqual(log.at("error"), ["gave up a notification"]);
    messenger.broken.clear();
    await clock.advance(60_000);
    assert.deepEqual(messenger.mails, ["new"]);
  });

  it("cannot fill the queue of the others: the oldest mails give way, and that is logged", async () => {
    messenger.broken.add("smtp:25");
    const count = LANE_ITEMS_MAX + 10;
    await notifier.accept(numbered(count).map((subject) => mail(subject)));
    await clock.advance(0);
    assert.equal(log.at("error").length, 10);
    messenger.broken.clear();
    await clock.advance(60_000);
    await allTold();
    assert.deepEqual(messenger.mails, ["0", ...numbered(count).slice(11)]);
    assert.deepEqual(await left(), []);
  });
});

describe("a command that fails", () => {
  it("is tried again before the next of its lane, and does not hold up another lane", async () => {
    messenger.broken.add("notify.sh");
    await notifier.accept([exec("MASTER"), exec("BACKUP"), exec("MASTER", "other.sh")]);
    await clock.advance(500);
    assert.deepEqual(messenger.runs, ["other.sh MASTER"]);
    messenger.broken.clear();
    await clock.advance(1000);
    assert.deepEqual(messenger.runs, ["other.sh MASTER", "notify.sh MASTER", "notify.sh BACKUP"]);
  });

  it("for an hour gives way to the next", async () => {
    messenger.broken.add("notify.sh");
    await notifier.accept([exec("MASTER")]);
    await clock.advance(3_550_000);
    await notifier.accept([exec("BACKUP")]);
    await clock.advance(200_000);
    messenger.broken.clear();
    await clock.advance(60_000);
    assert.deepEqual(messenger.runs, ["notify.sh BACKUP"]);
  });
});

describe("an agent that stops", () => {
  it("leaves what is under way to the next, which tells it in order", async () => {
    messenger.broken.add("smtp:25");
    await notifier.accept([mail("a"), mail("b")]);
    await clock.advance(500);
    await stop();
    messenger.broken.clear();
    start();
    await notifier.accept([mail("c")]);
    await clock.advance(0);
    assert.deepEqual(messenger.mails, ["a", "b", "c"]);
  });

  it("calls off the one that keeps it waiting", async () => {
    messenger.hold();
    await notifier.accept([mail("a")]);
    await clock.advance(0);
    await stop();
    assert.deepEqual(await left(), ["mail a"]);
  });

  it("can wait until all is told, and for no longer than it says", async () => {
    const release = messenger.hold();
    await notifier.accept([mail("a")]);
    await settle();
    let isDrained = false;
    const draining = notifier.drain(millis(5000)).then(() => {
      isDrained = true;
    });
    await clock.advance(1000);
    assert.equal(isDrained, false);
    release();
    await clock.advance(0);
    assert.equal(isDrained, true);
    messenger.broken.add("smtp:25");
    await notifier.accept([mail("b")]);
    const giving = notifier.drain(millis(5000));
    await clock.advance(5000);
    await Promise.all([draining, giving]);
  });

  it("does not wait when there is nothing to tell", async () => {
    await settle();
    const draining = notifier.drain(millis(5000));
    await draining;
  });
});

describe("a disk that is full", () => {
  it("does not have a delivered notification told again, nor the lane stand still", async () => {
    await notifier.accept([mail("a"), mail("b")]);
    records.isFull = true;
    await clock.advance(0);
    assert.deepEqual(messenger.mails, ["a", "b"]);
    assert.equal((await left()).length, 2);
    records.isFull = false;
    await notifier.accept([mail("c")]);
    await clock.advance(0);
    assert.deepEqual(messenger.mails, ["a", "b", "c"]);
    assert.deepEqual(await left(), []);
  });
});

it("many receivers at once are served a few at a time", async () => {
  const release = messenger.hold();
  await notifier.accept(numbered(50).map((lane) => exec("MASTER", "notify.sh", lane)));
  await clock.advance(0);
  assert.equal(messenger.attempts, 16);
  release();
  await allTold();
  assert.equal(messenger.runs.length, 50);
});

it("what cannot be read is thrown away, and that is logged", async () => {
  await store.enqueue("notifications", [{ id: "x", payload: { lane: "from the future" } }]);
  await notifier.accept([mail("a")]);
  await clock.advance(0);
  assert.deepEqual(messenger.mails, ["a"]);
  assert.deepEqual(log.at("error"), ["gave up a notification"]);
  assert.deepEqual(await left(), []);
});

it("a bug in a messenger ends the notifier, for its supervisor to see", async () => {
  messenger.bug = new Error("a bug");
  const failing = assert.rejects(running, messenger.bug);
  await notifier.accept([mail("a")]);
  await failing;
  running = Promise.resolve();
});
