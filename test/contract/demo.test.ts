/** The demo as a person calls it: its story comes true, its lines fit, and nothing of it stays behind. */
import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { takeDown } from "../../controller/lab/lab.ts";
import { DIRECTORY_PREFIX, NAMESPACE_PREFIX } from "../../controller/lab/names.ts";
import { CLI } from "../../controller/lab/services.ts";

const COLUMNS = 100;
/** It takes 80 s; a busy machine may need longer for each of its boots. */
const STORY_MS = 300_000;

interface Told {
  readonly status: number | null;
  readonly output: string;
  readonly errors: string;
}

describe("the demo", () => {
  it("tells a story of which everything comes true", { timeout: STORY_MS }, async () => {
    const { status, output, errors } = await tell("whole", () => undefined);
    assert.equal(status, 0, `${output}\n${errors}`);
    assert.doesNotMatch(output, /✗/);
    for (const wanted of [
      /RS1 RS2 RS1 RS2 RS1 RS2 RS1 RS2/,
      /nginx is back by itself/,
      /port 80 is held by httpd \(pid \d+\)/,
      /mails "\[holdfast\] web: keepalive-b is MASTER \(was BACKUP\)"/,
      /calls notify\.sh INSTANCE web MASTER 95/,
      /gets the sorry page: "sorry from keepalive-a"/,
      /keepalive-a is not heard any more/,
      /two addresses: power of keepalive-b fails +172\.16\.253\.140 +[\d,]+ ms/,
    ])
      assert.match(output, wanted);
    for (const line of output.split("\n")) assert.ok(line.length <= COLUMNS, `too long: ${line}`);
    assert.ok(!output.includes("\u001b"), "no colours where nobody sees them");
  });

  for (const { when, sign } of [
    { when: "while the lab is being built", sign: /Building/ },
    { when: "in the middle of a chapter", sign: /lab +stops nginx/ },
  ]) {
    it(`takes everything down when it is interrupted ${when}`, { timeout: STORY_MS }, async () => {
      let isInterrupted = false;
      const { status, errors } = await tell("cut", (child, output) => {
        if (isInterrupted || !sign.test(output)) return;
        isInterrupted = true;
        // Twice, as impatient people do.
        for (let count = 0; count < 2; count += 1) child.kill("SIGINT");
      });
      assert.equal(status, 130);
      assert.equal(errors, "holdfast lab: the demo was interrupted\n");
    });
  }
});

/** Runs the demo to its end; `hear` is told all that was printed so far, whenever there is more. */
async function tell(suffix: string, hear: (child: ChildProcess, output: string) => void): Promise<Told> {
  const name = `d${process.pid}-${suffix}`;
  const child = spawn(process.execPath, [CLI, "lab", "demo", "--name", name], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  try {
    let output = "";
    let errors = "";
    child.stdout.on("data", (text: Buffer) => {
      output += text.toString();
      hear(child, output);
    });
    child.stderr.on("data", (text: Buffer) => {
      errors += text.toString();
    });
    const [status] = (await once(child, "close")) as [number | null];
    assert.deepEqual(leftovers(name), []);
    return { status, output, errors };
  } finally {
    child.kill("SIGKILL");
    await takeDown(name);
  }
}

function leftovers(name: string): readonly string[] {
  const namespaces = execFileSync("ip", ["netns", "list"], { encoding: "utf8" })
    .split("\n")
    .filter((line) => line.startsWith(`${NAMESPACE_PREFIX}${name}-`));
  const directory = join(tmpdir(), `${DIRECTORY_PREFIX}${name}`);
  return existsSync(directory) ? [...namespaces, directory] : namespaces;
}
