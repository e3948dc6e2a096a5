/** `holdfast drain` and `holdfast undrain` as an operator runs them: what they print, and how they end. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, beforeEach, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { agentSocket, ask, askReport } from "../../controller/api/client.ts";
import { serveLocalApi } from "../../controller/api/server.ts";
import { OperationFailure } from "../../controller/port/failure.ts";
import { deadline } from "../support/deadline.ts";
import { aReport } from "../support/reports.ts";
import { aVip, ScriptedDrain, SINCE } from "../support/scripted-drain.ts";

const MAIN = fileURLToPath(new URL("../../controller/cli/main.js", import.meta.url));
const directory = mkdtempSync(join(tmpdir(), "hfdrain-"));
const stop = new AbortController();
let serving: Promise<void> = Promise.resolve();
let node = new ScriptedDrain();

before(async () => {
  serving = serveLocalApi(
    {
      socketPath: agentSocket(directory),
      report: async () => aReport(),
      transitions: async () => [],
      drain: {
        view: () => node.view(),
        begin: (order) => node.begin(order),
        end: () => node.end(),
      },
      backup: async () => [],
      wake: () => undefined,
      mount: async () => undefined,
    },
    stop.signal,
  );
  await deadline("the API answers", () =>
    askReport(directory).then(
      () => true,
      () => false,
    ),
  );
});

beforeEach(() => {
  node = new ScriptedDrain();
});

after(async () => {
  stop.abort();
  await serving;
  rmSync(directory, { recursive: true });
});

async function holdfast(...words: readonly string[]) {
  const env = { ...process.env, SUDO_USER: "alice" };
  const child = spawn(process.execPath, [MAIN, ...words, "--runtime-dir", directory], { env });
  const ended = once(child, "close");
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [status] = await ended;
  return { output, errors, status };
}

describe("holdfast drain", () => {
  it("tells what happens to each address, waits for the end of it, and says what is so then", async () => {
    const db = aVip({ virtualIP: "db", wasHeld: false, holder: "172.16.253.106" });
    node.looks = [
      [aVip({ stage: null }), db],
      [aVip({ stage: "handing-over" }), db],
      [aVip(), db],
    ];
    assert.deepEqual(await holdfast("drain", "--reason", "new kernel"), {
      output: [
        "vip/db is held by 172.16.253.106",
        "vip/web is being handed over",
        "vip/web was handed over to 172.16.253.105",
        `node/lb1 is drained by alice at ${SINCE}: new kernel. It stays out of service, also over restarts, until: holdfast undrain`,
        "",
      ].join("\n"),
      errors: "",
      status: 0,
    });
    assert.deepEqual(node.order, { by: "alice", reason: "new kernel", isForced: false });
  });

  it("of a node that is drained already says by whom, when and why, and is content", async () => {
    node.order = { by: "bob", reason: "", isForced: false };
    const { output, status } = await holdfast("drain", "--reason", "mine");
    assert.match(output, /node\/lb1 is drained by bob at 2026-11-24T12:00:00.000Z\. It stays/);
    assert.equal(status, 0);
  });

  it("that is refused beforehand says why, and how to do it all the same", async () => {
    node.objections = [{ virtualIP: "web", message: "lb1 is its only member" }];
    assert.deepEqual(await holdfast("drain"), {
      output: "",
      errors: [
        "holdfast: the node was not drained and stays in service:",
        "  vip/web: lb1 is its only member",
        "--force drains it all the same, and nobody may hold these addresses then",
        "",
      ].join("\n"),
      status: 1,
    });
  });

  it("that finds no taker says so", async () => {
    node.looks = [[aVip({ stage: "handing-over" })], [aVip({ stage: "serving" })]];
    node.refusal = { since: SINCE, objections: [{ virtualIP: "web", message: "nobody took over" }] };
    const { output, errors, status } = await holdfast("drain");
    assert.equal(output, "vip/web is being handed over\nvip/web: nobody took over\n");
    assert.match(
      errors,
      /^holdfast: the node was not drained and stays in service:\n {2}vip\/web: nobody took/,
    );
    assert.equal(status, 1);
  });

  it("that somebody else ends says so", async () => {
    node.looks = [[aVip({ stage: "handing-over" })]];
    node.refusal = { since: "another", objections: [] };
    assert.match((await holdfast("drain")).errors, /the drain was ended by somebody else/);
  });

  it("by force says what it overrides", async () => {
    node.objections = [{ virtualIP: "web", message: "lb1 is its only member" }];
    node.looks = [[aVip({ holder: null })]];
    const { output, errors, status } = await holdfast("drain", "--force");
    assert.equal(errors, "warning: vip/web: lb1 is its only member\n");
    assert.match(output, /^vip\/web was let go\n/);
    assert.equal(status, 0);
  });

  it("that is not over in time leaves the drain to go on, says so, and what it waits for", async () => {
    const db = aVip({ virtualIP: "db" });
    node.looks = new Array(1_000).fill([aVip({ stage: "handing-over" }), db]);
    const { output, errors, status } = await holdfast("drain", "--timeout", "200ms");
    assert.match(output, /^vip\/web is being handed over\n/);
    assert.equal(
      errors,
      [
        "holdfast: node/lb1 is not drained within 200ms; the drain goes on:",
        "  vip/web is being handed over",
        "holdfast status shows what becomes of it, and holdfast undrain ends it",
        "",
      ].join("\n"),
    );
    assert.equal(status, 1);
    assert.notEqual(node.order, null);
    // Who asks again waits for the same drain.
    node.looks = [[aVip({ stage: "handing-over" }), db]];
    assert.equal((await holdfast("drain", "--timeout", "10s")).status, 0);
  });

  it("with a timeout that is no duration is wrong usage", async () => {
    const { errors, status } = await holdfast("drain", "--timeout", "soon");
    assert.match(errors, /It is a duration such as 10s or 1m30s\./);
    assert.equal(status, 2);
  });

  it("is told by machines what it tells people", async () => {
    node.looks = [[aVip({ stage: "handing-over" })]];
    const { output } = await holdfast("drain", "-o", "json");
    assert.equal((JSON.parse(output) as { phase: string }).phase, "Drained");
  });

  it("with a reason that would garble the tables is wrong usage", async () => {
    const { errors, status } = await holdfast("drain", "--reason", "one\ntwo");
    assert.match(errors, /The reason has a line break or another control character in it\./);
    assert.equal(status, 2);
    assert.equal((await holdfast("drain", "--reason", "x".repeat(201))).status, 2);
    assert.equal((await holdfast("drain", "web")).status, 2);
  });

  it("that the disk refuses says so, without a stack trace", async () => {
    node.failure = new OperationFailure({ code: "store-refused", output: "no space left on device" });
    const { errors, status } = await holdfast("drain", "--force");
    assert.equal(errors, "holdfast: the agent refuses: store-refused: no space left on device\n");
    assert.equal(status, 1);
  });

  it("explains itself", async () => {
    const { output, status } = await holdfast("drain", "--help");
    assert.match(output, /holdfast drain --reason "new kernel"/);
    assert.equal(status, 0);
  });
});

describe("holdfast undrain", () => {
  it("takes the node back, and says who decides from here on", async () => {
    node.order = { by: "bob", reason: "", isForced: false };
    assert.deepEqual(await holdfast("undrain"), {
      output:
        "node/lb1 is in service again; priority, preempt and preemptDelay say when it holds addresses\n",
      errors: "",
      status: 0,
    });
  });

  it("of a node in service is content", async () => {
    const { output, status } = await holdfast("undrain");
    assert.equal(output, "node/lb1 is in service already\n");
    assert.equal(status, 0);
  });
});

describe("the API of drains", () => {
  it("refuses what the command would never send, with a sentence", async () => {
    const { status, body } = await ask(directory, "/v1/drain", { by: "alice" });
    assert.equal(status, 400);
    assert.deepEqual(JSON.parse(body), { message: "reason is missing: a text, which may be empty" });
    assert.equal((await ask(directory, "/v1/undrain", {})).status, 400);
    assert.equal(node.order, null);
  });

  it("refuses a body without end", async () => {
    const { status } = await ask(directory, "/v1/drain", { by: "alice", reason: "x".repeat(9_000) });
    assert.equal(status, 413);
  });
});

it("both commands say what to do when no agent runs", async () => {
  for (const command of ["drain", "undrain"]) {
    const child = spawn(process.execPath, [MAIN, command, "--runtime-dir", "/nonexistent"]);
    assert.match(await text(child.stderr), /^holdfast: no agent runs here/);
  }
});
