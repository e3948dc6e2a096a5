/** Real commands: what they answer, and that nothing is left of them. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { describe, it } from "node:test";
import { ExecProber } from "../../controller/adapter/probe/exec-probe.ts";
import type { ProbeAnswer } from "../../controller/health/probe.ts";
import { millis } from "../../controller/net/time.ts";
import { deadline } from "../support/deadline.ts";
import { NamedProgram } from "../support/named-program.ts";
import { allProcesses } from "../support/processes.ts";

const prober = new ExecProber();
const NEVER = new AbortController().signal;

const ask = (command: readonly string[], timeoutMs = 5000, signal = NEVER): Promise<ProbeAnswer> =>
  prober.probe({ type: "exec", command, shell: false }, millis(timeoutMs), signal);
const askShell = (line: string, timeoutMs = 5000): Promise<ProbeAnswer> =>
  prober.probe({ type: "exec", command: [line], shell: true }, millis(timeoutMs), NEVER);

/** Orphans that are dead wait for the init process, which may take its time. */
const running = (name: string): number =>
  allProcesses().filter((seen) => seen.name === name && seen.state !== "Z").length;
const zombiesOfOurs = (): number =>
  allProcesses().filter(({ parent, state }) => parent === process.pid && state === "Z").length;

describe("a command", () => {
  const cases: readonly (readonly [string, string, boolean, string])[] = [
    ["that ends with status 0 is healthy", "exit 0", true, "exit status 0"],
    [
      "that ends otherwise is not, and its first line is told",
      "echo no disk; echo x; exit 3",
      false,
      "exit status 3: no disk",
    ],
    ["may say it on standard error", "echo no disk >&2; exit 1", false, "exit status 1: no disk"],
    ["that dies of a signal names it", "kill -SEGV $$", false, "killed by SIGSEGV"],
    [
      "cannot put control characters into a status",
      "printf '\\033[31mred\\a\\n'; exit 1",
      false,
      "exit status 1: [31mred",
    ],
  ];
  for (const [what, line, healthy, because] of cases) {
    it(what, async () => assert.deepEqual(await askShell(line), { healthy, because }));
  }

  it("is run without a shell unless one is asked for", async () => {
    const { because } = await ask(["/bin/echo", "$HOME; exit 1"]);
    assert.equal(because, "exit status 0: $HOME; exit 1");
  });

  it("that is not there, or is no program, is a failing check", async () => {
    assert.deepEqual(await ask(["/nowhere/x"]), {
      healthy: false,
      because: "there is no program /nowhere/x",
    });
    assert.deepEqual(await ask(["/etc/passwd"]), {
      healthy: false,
      because: "/etc/passwd may not be executed",
    });
  });

  it("that never stops talking is stopped by its time-out, and little of it is kept", async () => {
    const { because, healthy } = await ask(["/usr/bin/yes", "x".repeat(100_000)], 200);
    assert.equal(healthy, false);
    assert.match(because, /^not done within 200ms: x+…$/);
    assert.ok(because.length < 250);
  });
});

describe("a command that takes too long", () => {
  it("is killed with its children and grandchildren", async () => {
    await using program = new NamedProgram("hfpr-grand");
    const line = `${program.path} 1000 & (${program.path} 1000 & ${program.path} 1000) & wait`;
    const asking = askShell(line, 400);
    await deadline("all of them run", () => running(program.name) === 3);
    assert.deepEqual(await asking, { healthy: false, because: "not done within 400ms" });
    await deadline("none of them is left", () => running(program.name) === 0, 1000);
    assert.equal(zombiesOfOurs(), 0);
  });

  it("is killed even if it does not want to end", async () => {
    await using program = new NamedProgram("hfpr-stubb");
    const begun = performance.now();
    const line = `trap "" TERM; ${program.path} 1000; ${program.path} 1000`;
    assert.equal((await askShell(line, 200)).healthy, false);
    assert.ok(performance.now() - begun < 1500);
    await deadline("none of them is left", () => running(program.name) === 0, 1000);
    assert.equal(zombiesOfOurs(), 0);
  });

  it("is killed when it is called off", async () => {
    await using program = new NamedProgram("hfpr-off");
    const calling = new AbortController();
    const asking = ask([program.path, "1000"], 60_000, calling.signal);
    await deadline("it runs", () => running(program.name) === 1);
    calling.abort();
    assert.equal((await asking).because, "called off");
    assert.equal(running(program.name), 0);
  });

  it("is not even started when it is called off before", async () => {
    assert.equal((await ask(["/bin/true"], 1000, AbortSignal.abort())).because, "called off");
  });
});

describe("a command that ends", () => {
  it("takes along what it left running, even if that holds on to the output", async () => {
    await using program = new NamedProgram("hfpr-left");
    const begun = performance.now();
    const { healthy, because } = await askShell(`${program.path} 1000 & echo done`, 60_000);
    assert.deepEqual([healthy, because], [true, "exit status 0: done"]);
    assert.ok(performance.now() - begun < 1000);
    await deadline("it is gone", () => running(program.name) === 0, 1000);
  });

  it("is not held up by one that has fled into a session of its own", async () => {
    await using program = new NamedProgram("hfpr-flee");
    const begun = performance.now();
    const fled = `${program.path}-fled`;
    const line = `setsid sh -c "touch ${fled}; exec ${program.path} 3" & until test -e ${fled}; do sleep 0.01; done`;
    const { healthy } = await askShell(line, 60_000);
    assert.equal(healthy, true);
    assert.ok(performance.now() - begun < 1000);
    for (const { pid, name } of allProcesses()) if (name === program.name) process.kill(pid, "SIGKILL");
  });
});

it("a hundred commands leave no zombie and no descriptor", async () => {
  const before = readdirSync("/proc/self/fd").length;
  for (let round = 0; round < 10; round++) {
    await Promise.all(Array.from({ length: 10 }, () => ask(["/bin/true"])));
  }
  await deadline("no zombie is left", () => zombiesOfOurs() === 0, 1000);
  assert.ok(readdirSync("/proc/self/fd").length <= before + 2);
});
