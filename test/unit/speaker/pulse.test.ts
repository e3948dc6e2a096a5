/** What a speaker leaves of its pulse for the next process. */
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import type { Instant } from "../../../controller/net/time.ts";
import { OperationFailure } from "../../../controller/port/failure.ts";
import type { Slate } from "../../../controller/port/slate.ts";
import { Pulse } from "../../../controller/speaker/pulse.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { FakeLog } from "../../support/fake-log.ts";

describe("the pulse", () => {
  let content: string | null = null;
  let writes = 0;
  let refusal: OperationFailure | null = null;
  const slate: Slate = {
    read: async () => content,
    write: (bytes) => {
      if (refusal !== null) throw refusal;
      writes++;
      content = Buffer.from(bytes).toString();
    },
  };
  let clock = new FakeClock();
  let log = new FakeLog();
  let pulse = new Pulse({ slate, clock, log });
  const flushed = (): Promise<void> => turn();
  async function nextProcess(): Promise<Pulse> {
    const next = new Pulse({ slate, clock, log });
    await next.find();
    return next;
  }

  beforeEach(() => {
    content = null;
    writes = 0;
    refusal = null;
    clock = new FakeClock();
    log = new FakeLog();
    pulse = new Pulse({ slate, clock, log });
  });

  it("tells the next process when each master spoke last, once", async () => {
    await clock.advance(1000);
    pulse.spoke("default/web");
    pulse.spoke("größer");
    await flushed();
    await clock.advance(500);
    pulse.spoke("default/web");
    await flushed();
    const next = await nextProcess();
    assert.equal(next.takeFound("default/web"), clock.now());
    assert.equal(next.takeFound("größer"), (clock.now() - 500) as Instant);
    assert.equal(next.takeFound("default/web"), null);
    assert.equal(next.takeFound("default/mail"), null);
  });

  it("writes once for all that speak together", async () => {
    for (let i = 0; i < 250; i++) pulse.spoke(`default/r${i}`);
    await flushed();
    assert.equal(writes, 1);
  });

  it("forgets who fell silent, and keeps the others", async () => {
    await clock.advance(1000);
    for (const name of ["a", "b", "c"]) pulse.spoke(name);
    pulse.silent("b");
    pulse.silent("b");
    await flushed();
    const next = await nextProcess();
    assert.deepEqual(
      ["a", "b", "c"].map((name) => next.takeFound(name)),
      [clock.now(), null, clock.now()],
    );
  });

  it("writes what is due before the process ends, and nothing afterwards", async () => {
    pulse.spoke("default/web");
    pulse.flush();
    assert.equal(writes, 1);
    await flushed();
    assert.equal(writes, 1);
    assert.notEqual((await nextProcess()).takeFound("default/web"), null);
  });

  it("takes nothing from what it cannot read", async () => {
    content = "nonsense\n            1.000\n\u0000\u0000\n";
    assert.equal((await nextProcess()).takeFound("nonsense"), null);
  });

  it("says once that it cannot be written, and that it can again", async () => {
    refusal = new OperationFailure({ code: "store-refused", output: "ENOSPC" });
    for (let i = 0; i < 3; i++) {
      pulse.spoke("a");
      await flushed();
    }
    refusal = null;
    pulse.spoke("a");
    await flushed();
    assert.equal(log.lines.length, 2);
  });
});
