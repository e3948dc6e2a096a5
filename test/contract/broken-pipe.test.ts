/** Nobody reads what is printed (`| head -1`, and its line has come): the program ends, without a word. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { it } from "node:test";
import { CLI } from "../../controller/lab/services.ts";

/** 128 + SIGPIPE. */
const READER_GONE = 141;

for (const command of [["--help"], ["replay", "--help"], ["validate", "--help"]]) {
  it(`holdfast ${command.join(" ")} into a pipe that is closed`, async () => {
    const child = spawn(process.execPath, [CLI, ...command], { stdio: ["ignore", "pipe", "pipe"] });
    // Before it can have been loaded.
    child.stdout.destroy();
    let errors = "";
    child.stderr.on("data", (text: Buffer) => {
      errors += String(text);
    });
    const [status] = (await once(child, "close")) as [number | null];
    assert.deepEqual([status, errors], [READER_GONE, ""]);
  });
}
