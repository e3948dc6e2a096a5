/** What was noticed lately: each is told for as long as it is recent, and told no more at its own moment. */
import assert from "node:assert/strict";
import { beforeEach, it } from "node:test";
import { millis } from "../../../controller/net/time.ts";
import { Deadlines } from "../../../controller/speaker/deadlines.ts";
import { RecentNotices } from "../../../controller/speaker/recent-notices.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const RECENT_MS = 1_000;
const RIVAL = { code: "rival", message: "10.0.0.66 is master" };
const VERSION = { code: "version", message: "10.0.0.66 speaks version 2" };

let clock = new FakeClock();
let changes = 0;
let notices = openNotices();

function openNotices(): RecentNotices<typeof RIVAL> {
  const deadlines = new Deadlines(clock, () => undefined);
  const recent = () => millis(RECENT_MS);
  return new RecentNotices({ clock, deadlines, recent, changed: () => changes++ });
}

beforeEach(() => {
  clock = new FakeClock();
  changes = 0;
  notices = openNotices();
});

const told = (): readonly string[] => notices.current(clock.now()).map(({ code }) => code);

it("is news at first, with other facts, and after a quiet time, and not when it is repeated", async () => {
  assert.equal(notices.note(RIVAL), true);
  await clock.advance(RECENT_MS - 1);
  assert.equal(notices.note(RIVAL), false);
  assert.equal(notices.note({ ...RIVAL, message: "10.0.0.77 is master" }), true);
  assert.equal(changes, 2);
  await clock.advance(RECENT_MS + 1);
  assert.equal(notices.note({ ...RIVAL, message: "10.0.0.77 is master" }), true);
});

it("each goes at its own moment, whatever else is noticed meanwhile, and that is said", async () => {
  notices.note(RIVAL);
  await clock.advance(600);
  notices.note(VERSION);
  assert.deepEqual(told(), ["rival", "version"]);
  await clock.advance(RECENT_MS - 600);
  assert.equal(changes, 2);
  await clock.advance(1);
  assert.deepEqual(told(), ["version"]);
  assert.equal(changes, 3);
  await clock.advance(600);
  assert.deepEqual(told(), []);
  assert.equal(changes, 4);
});

it("one that goes on stays, and nobody is told that it does", async () => {
  for (let step = 0; step < 50; step++) {
    notices.note(RIVAL);
    await clock.advance(100);
  }
  assert.deepEqual(told(), ["rival"]);
  assert.equal(changes, 1);
});

it("nothing is said any more when it is disposed of", async () => {
  notices.note(RIVAL);
  notices[Symbol.dispose]();
  await clock.advance(2 * RECENT_MS);
  assert.equal(changes, 1);
});
