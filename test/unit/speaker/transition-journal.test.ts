/** The journal of transitions: when they are written, in which order, and which are kept. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { millis } from "../../../controller/net/time.ts";
import { Deadlines } from "../../../controller/speaker/deadlines.ts";
import { TRANSITIONS_KEPT_MAX } from "../../../controller/speaker/messages.ts";
import { TransitionJournal } from "../../../controller/speaker/transition-journal.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const MANY = 250;

function open() {
  const clock = new FakeClock();
  const said: string[] = [];
  const written: number[] = [];
  const say = (message: string): void => {
    said.push(message);
  };
  const log = { debug: say, info: say, warn: say, error: say };
  const deadlines = new Deadlines(clock, () => undefined);
  const journal = new TransitionJournal("life-1", {
    clock,
    deadlines,
    log,
    written: ({ sequence }) => written.push(sequence),
  });
  return { journal, clock, said, written };
}

const aChange = {
  router: "default/web",
  from: "backup",
  to: "master",
  effectivePriority: 100,
  at: 0 as never,
  because: () => "master: nobody else advertises",
} as const;

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

describe("the journal of transitions", () => {
  it("counts on, keeps what is not acknowledged, and forgets the oldest at its limit with a loud word", () => {
    const { journal, said } = open();
    for (let i = 0; i <= TRANSITIONS_KEPT_MAX; i++) journal.note(aChange);
    journal.write();
    assert.equal(journal.unacknowledged.length, TRANSITIONS_KEPT_MAX);
    assert.equal(journal.unacknowledged[0]?.sequence, 2);
    assert.equal(said.filter((message) => message.startsWith("forgot")).length, 1);
    journal.acknowledge(TRANSITIONS_KEPT_MAX);
    assert.deepEqual(
      journal.unacknowledged.map(({ sequence }) => sequence),
      [TRANSITIONS_KEPT_MAX + 1],
    );
  });

  it("puts no sentence together while something happens, and writes as soon as nothing does", async () => {
    const { journal, said, written } = open();
    let isHappening = true;
    const because = (): string => {
      assert.equal(isHappening, false);
      return "";
    };
    journal.note({ ...aChange, because });
    journal.note({ ...aChange, because });
    isHappening = false;
    await turn();
    assert.deepEqual(written, [1, 2]);
    assert.deepEqual(said, ["changed role", "changed role"]);
  });

  it("writes many after a while and a few at a time, in order", async () => {
    const { journal, clock, written } = open();
    for (let i = 0; i < MANY; i++) journal.note(aChange);
    await turn();
    assert.deepEqual(written, []);
    await clock.advance(millis(60));
    assert.deepEqual(written, upTo(16));
    // What comes meanwhile comes behind them.
    journal.note(aChange);
    await clock.advance(millis(5));
    assert.deepEqual(written, upTo(32));
    await clock.advance(millis(100));
    assert.deepEqual(written, upTo(MANY + 1));
    journal.note(aChange);
    await turn();
    assert.deepEqual(written, upTo(MANY + 2));
  });

  it("hands over everything, also what is noted only", async () => {
    const { journal, clock, written } = open();
    for (let i = 0; i < MANY; i++) journal.note(aChange);
    assert.equal(journal.legacy().unacknowledged.length, MANY);
    assert.equal(journal.legacy().lastSequence, MANY);
    await turn();
    await clock.advance(millis(1_000));
    assert.deepEqual(written, upTo(MANY));
  });
});
