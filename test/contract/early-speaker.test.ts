/** The speaker that is started before the store is read: with processes that do nothing in its place. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { SystemClock } from "../../controller/adapter/clock/system-clock.ts";
import { EarlySpeaker } from "../../controller/wiring/early-speaker.ts";

const silence = (): void => undefined;
const silent = { debug: silence, info: silence, warn: silence, error: silence };

describe("the speaker that an agent starts early", () => {
  let directory = "";
  let started: ChildProcess[] = [];
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "holdfast-early-"));
    started = [];
  });
  afterEach(() => {
    for (const each of started) each.kill("SIGKILL");
    rmSync(directory, { recursive: true });
  });
  const socketPath = (): string => join(directory, "speaker.sock");
  const open = (): EarlySpeaker =>
    new EarlySpeaker({
      socketPath: socketPath(),
      clock: new SystemClock(),
      log: silent,
      version: "test",
      startSpeaker: async () => {
        const child = spawn("sleep", ["60"], { stdio: "ignore" });
        started.push(child);
        await once(child, "spawn");
        return child.pid ?? 0;
      },
    });

  it("has been started when it has begun, and goes with an agent that cannot begin", async () => {
    const early = open();
    await early.begun;
    const [child] = started;
    assert.ok(child?.pid);
    const ended = once(child, "exit");
    early[Symbol.dispose]();
    assert.deepEqual(await ended, [null, "SIGTERM"]);
    await early.linked;
  });

  it("stays when the agent has begun, however that ends", async () => {
    const early = open();
    await early.begun;
    early.stay();
    early[Symbol.dispose]();
    await early.linked;
    const [child] = started;
    assert.ok(child?.pid);
    assert.ok(process.kill(child.pid, 0), "it is there");
    assert.equal(child.signalCode, null);
  });

  it("is not started where one runs, which stays whatever becomes of the agent", async () => {
    const server = createServer((socket) => socket.resume()).listen(socketPath());
    await once(server, "listening");
    const early = open();
    await early.begun;
    early[Symbol.dispose]();
    await early.linked;
    assert.deepEqual(started, []);
    server.close();
  });
});
