/** A file that several processes change: no change is lost, whoever dies. */
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { SystemClock } from "../../controller/adapter/clock/system-clock.ts";
import { openLibc } from "../../controller/adapter/libc/libc.ts";
import { sharedFile } from "../../controller/adapter/state-files/shared-file.ts";
import { listTokens, revokeToken, Tokens } from "../../controller/api/tokens.ts";
import { OperationFailure } from "../../controller/port/failure.ts";
import { openCredentials } from "../../controller/wiring/api-access.ts";

const MAKER = fileURLToPath(new URL("../support/token-maker.js", import.meta.url));
/** Has no rights: root, whom nothing keeps out, cannot try it as itself. */
const NOBODY = 65_534;

const libc = openLibc();
const clock = new SystemClock();

describe("a shared file", () => {
  const directory = mkdtempSync(join(tmpdir(), "hfshared-"));
  after(() => rmSync(directory, { recursive: true }));
  const fileAt = (name: string) => sharedFile(libc, join(directory, name));

  it("is not there at first, and for its owner alone from then on", async () => {
    const file = fileAt("first");
    assert.deepEqual([await file.version(), await file.read()], [null, null]);
    assert.equal(await file.update((text) => `${text}!`), "null!");
    assert.equal(await file.read(), "null!");
    assert.equal(statSync(join(directory, "first")).mode & 0o777, 0o600);
  });

  it("has another version after each change, and the same after none", async () => {
    const file = fileAt("versions");
    const versions = new Set<string | null>();
    for (const text of ["a", "b", "a", "b"]) {
      await file.update(() => text);
      versions.add(await file.version());
    }
    assert.equal(versions.size, 4);
    const before = await file.version();
    await file.update((text) => text ?? "");
    assert.equal(await file.version(), before);
  });

  it("stays as it was when a change is thought better of", async () => {
    const file = fileAt("refused");
    await file.update(() => "kept");
    await assert.rejects(
      file.update(() => {
        throw new Error("no");
      }),
      /no/,
    );
    assert.equal(await file.read(), "kept");
    assert.equal(await file.update((text) => `${text} and free`), "kept and free");
  });

  it("is never taken for absent because it cannot be read", async () => {
    mkdirSync(join(directory, "folder"));
    symlinkSync("loop", join(directory, "loop"));
    for (const name of ["folder", "loop"]) {
      const isUnusable = (error: unknown): boolean =>
        error instanceof OperationFailure && error.detail.code === "store-unusable";
      await assert.rejects(fileAt(name).read(), isUnusable, name);
      await assert.rejects(
        fileAt(name).update(() => assert.fail("it was taken for empty")),
        isUnusable,
        name,
      );
    }
  });

  it("says who may, to those who may not", async () => {
    const file = fileAt("first");
    const other = fileAt("not-yet");
    process.seteuid?.(NOBODY);
    try {
      const needsRoot = (error: unknown): boolean =>
        error instanceof OperationFailure && error.detail.code === "not-permitted";
      await assert.rejects(file.read(), needsRoot);
      await assert.rejects(file.version(), needsRoot);
      await assert.rejects(other.update(String), needsRoot);
      await assert.rejects(openCredentials(directory, libc, clock), needsRoot);
    } finally {
      process.seteuid?.(0);
    }
  });

  it("loses no change of two processes, and a third sees them with its next look", async () => {
    const path = join(directory, "tokens.json");
    const file = sharedFile(libc, path);
    const tokens = new Tokens(file);
    const run = promisify(execFile);
    const [ofA, ofB] = await Promise.all(
      ["a", "b"].map((name) => run(process.execPath, [MAKER, path, name, "15"])),
    );
    const made = `${ofA?.stdout}${ofB?.stdout}`.trim().split("\n");
    assert.equal(made.length, 30);
    for (const token of made) assert.equal((await tokens.judge(token, clock.wallTime())).ok, true);
    await revokeToken(file, "a-3");
    const verdicts = await Promise.all(made.map((token) => tokens.judge(token, clock.wallTime())));
    assert.equal(verdicts.filter(({ ok }) => !ok).length, 1);
  });

  it("is whole, and open to others at once, when a process is killed while it writes", async () => {
    const path = join(directory, "killed.json");
    const file = sharedFile(libc, path);
    let told = 0;
    for (let round = 0; round < 5; round++) {
      const maker = spawn(process.execPath, [MAKER, path, `r${round}`, "1000"], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      let text = "";
      maker.stdout.setEncoding("utf8");
      for await (const chunk of maker.stdout) {
        text += String(chunk);
        if (text.split("\n").length > 3 + round * 2) maker.kill("SIGKILL");
      }
      if (maker.exitCode === null && maker.signalCode === null) await once(maker, "exit");
      told += text.split("\n").length - 1;
      const there = (await listTokens(file)).length;
      assert.ok(there >= told, `${told} were told of, ${there} are there`);
      told = there;
    }
    writeFileSync(`${path}.new`, "half of a");
    await revokeToken(file, "r0-0");
    assert.equal((await listTokens(file)).length, told - 1);
  });
});
