/** Real processes: found by name, and their deaths noticed without waiting for the interval. Needs root. */
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { describe, it } from "node:test";
import { SystemClock } from "../../controller/adapter/clock/system-clock.ts";
import { openLibc } from "../../controller/adapter/libc/libc.ts";
import { watchExit } from "../../controller/adapter/process/pidfd.ts";
import { findProcess } from "../../controller/adapter/process/process-table.ts";
import { ProcessWatch } from "../../controller/adapter/process/process-watch.ts";
import { millis } from "../../controller/net/time.ts";
import { ProbeScheduler } from "../../controller/probe/scheduler.ts";
import { deadline } from "../support/deadline.ts";
import { FakeLog } from "../support/fake-log.ts";
import { aCheck } from "../support/fake-prober.ts";
import { NamedProgram } from "../support/named-program.ts";
import { allProcesses } from "../support/processes.ts";
import { systemProber } from "../support/system-prober.ts";

const NOTICED_MS_MAX = 100;
const DEATHS = 20;
const LIVED_MS = millis(50);

describe("a process", () => {
  it("is found while it lives, and not after its end", async () => {
    await using program = new NamedProgram("hfpr-find");
    assert.equal(findProcess(program.name), null);
    const child = await program.start();
    assert.equal(findProcess(program.name)?.pid, child.pid);
    await kill(child);
    assert.equal(findProcess(program.name), null);
  });

  it("that is a zombie is not alive", async () => {
    await using program = new NamedProgram("hfpr-zomb");
    // The shell becomes a program that never waits for the child which the shell had.
    await program.startBy("/bin/sh", ["-c", `${program.path} 0.05 & exec sleep 1000`], "sleep");
    await deadline("it is a zombie", () =>
      allProcesses().some(({ name, state }) => name === program.name && state === "Z"),
    );
    assert.equal(findProcess(program.name), null);
  });

  it("of another network namespace does not count", async () => {
    await using program = new NamedProgram("hfpr-ns");
    await program.startBy("unshare", ["--net", program.path, "1000"], program.name);
    assert.equal(findProcess(program.name), null);
    const ours = await program.start();
    assert.equal(findProcess(program.name)?.pid, ours.pid);
  });

  it("whose name holds blanks and parentheses is found", async () => {
    await using program = new NamedProgram("a) (b ");
    const child = await program.start();
    assert.equal(findProcess(program.name)?.pid, child.pid);
  });
});

describe("the end of a process", () => {
  it("is told once, also when it had ended before", async () => {
    const libc = openLibc();
    await using program = new NamedProgram("hfpr-end");
    const child = await program.start();
    let told = 0;
    using _first = watchExit(libc, child.pid ?? 0, () => {
      told += 1;
    });
    await kill(child);
    await deadline("it is told", () => told === 1);
    using _second = watchExit(libc, child.pid ?? 0, () => {
      told += 1;
    });
    await deadline("it is told again", () => told === 2);
  });

  it("is not told to whoever has stopped listening", async () => {
    const libc = openLibc();
    await using program = new NamedProgram("hfpr-deaf");
    const child = await program.start();
    let told = 0;
    watchExit(libc, child.pid ?? 0, () => {
      told += 1;
    })[Symbol.dispose]();
    await kill(child);
    const other = await program.start();
    const ended = new Promise<void>((resolve) => watchExit(libc, other.pid ?? 0, resolve));
    await kill(other);
    await ended;
    assert.equal(told, 0);
  });
});

describe("a process check with an interval of 2 s", () => {
  it(`notices ${DEATHS} deaths, each within ${NOTICED_MS_MAX} ms, and each return before the next turn`, async (test) => {
    await using program = new NamedProgram("hfpr-die");
    const prober = systemProber();
    const log = new FakeLog();
    const clock = new SystemClock();
    const scheduler = new ProbeScheduler({ clock, prober, log, random: () => 0.5, restore: new Map() });
    const stopping = new AbortController();
    const running = scheduler.run(stopping.signal);
    const check = {
      probe: { type: "process", name: program.name },
      interval: millis(2000),
      fall: 1,
      rise: 1,
    } as const;
    scheduler.setChecks([aCheck("x", check)]);
    const verdictIs = (verdict: string) => () => scheduler.standings().get("x")?.verdict === verdict;
    const deaths: number[] = [];
    const births: number[] = [];
    await deadline("it is missed", verdictIs("unhealthy"));
    for (let round = 0; round < DEATHS; round++) {
      const child = await program.start();
      const born = performance.now();
      await deadline("it is seen", verdictIs("healthy"));
      births.push(performance.now() - born);
      // Every other one dies at once, before a hint may cause the next probe.
      if (round % 2 === 0) await clock.sleep(LIVED_MS, stopping.signal);
      const killed = performance.now();
      child.kill("SIGKILL");
      await deadline("its death is noticed", verdictIs("unhealthy"), 3000, 1);
      deaths.push(performance.now() - killed);
    }
    stopping.abort();
    await running;
    const [lived, diedAtOnce] = [0, 1].map((rest) => deaths.filter((_, round) => round % 2 === rest));
    test.diagnostic(`death noticed after ${summary(lived ?? [])}; birth after ${summary(births)}`);
    test.diagnostic(`death of one that was just seen noticed after ${summary(diedAtOnce ?? [])}`);
    assert.ok(Math.max(...deaths) < NOTICED_MS_MAX, `noticed after ${deaths.map(Math.round)} ms`);
    assert.ok(Math.max(...births) < 1000, `seen after ${births.map(Math.round)} ms`);
  });

  it("goes on to the next process of the name when the one that was seen dies", async () => {
    await using program = new NamedProgram("hfpr-two");
    const prober = systemProber();
    const children = [await program.start(), await program.start()];
    let hints = 0;
    using _hints = prober.onHint({ type: "process", name: program.name }, () => {
      hints += 1;
    });
    const ask = () =>
      prober.probe({ type: "process", name: program.name }, millis(100), AbortSignal.timeout(1000));
    for (const [index, healthyAfter] of [true, false].entries()) {
      const { because } = await ask();
      const pid = Number(/pid (\d+)/.exec(because)?.[1]);
      children.find((child) => child.pid === pid)?.kill("SIGKILL");
      await deadline("the death is told", () => hints === index + 1);
      assert.equal((await ask()).healthy, healthyAfter);
    }
    assert.equal((await ask()).because, `no process named ${program.name}`);
  });

  it("tells of a second death also when whoever was told of the first one has only just seen the next process", async () => {
    await using program = new NamedProgram("hfpr-twc");
    await program.start();
    await program.start();
    const processes = new ProcessWatch(openLibc());
    let hints = 0;
    using _hints = processes.onHint(program.name, () => {
      hints += 1;
      // In the same turn: seen alive, and dead before it can be followed.
      if (hints === 1) killNow(processes.find(program.name)?.pid ?? 0);
    });
    process.kill(processes.find(program.name)?.pid ?? 0, "SIGKILL");
    await deadline("both deaths are told", () => hints === 2);
    assert.equal(processes.find(program.name), null);
  });
});

/** Without a turn of the event loop. */
function killNow(pid: number): void {
  process.kill(pid, "SIGKILL");
  while (allProcesses().some((each) => each.pid === pid && each.state !== "Z"));
}

async function kill(child: ChildProcess): Promise<void> {
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}

function summary(spans: readonly number[]): string {
  const sorted = [...spans].sort((a, b) => a - b);
  const [median, worst] = [sorted[Math.floor(sorted.length / 2)] ?? 0, sorted.at(-1) ?? 0];
  return `${median.toFixed(1)} ms (median), ${worst.toFixed(1)} ms (worst)`;
}
