/** Maintenance flags on a real disk, and the kernel's word of them. */
import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statfsSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { openLibc } from "../../controller/adapter/libc/libc.ts";
import type { Probe, ProbeAnswer } from "../../controller/health/probe.ts";
import { millis } from "../../controller/net/time.ts";
import { deadline } from "../support/deadline.ts";
import { systemProber } from "../support/system-prober.ts";

/** What is not there, tmpfs does not remember. */
const TMPFS_MAGIC = 0x01021994;

const prober = systemProber();
let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "hfpr-"));
  path = join(directory, "down");
});
afterEach(() => rmSync(directory, { recursive: true }));

const flag = (at: string, expect: "Present" | "Absent" = "Absent"): Probe => ({
  type: "file",
  path: at,
  expect,
});
const ask = (probe: Probe): Promise<ProbeAnswer> =>
  prober.probe(probe, millis(1000), new AbortController().signal);

describe("a file", () => {
  it("is there or not, which is well or not as the check expects", async () => {
    assert.deepEqual(await ask(flag(path)), { healthy: true, because: `${path} does not exist` });
    assert.equal((await ask(flag(path, "Present"))).healthy, false);
    writeFileSync(path, "");
    assert.deepEqual(await ask(flag(path)), { healthy: false, because: `${path} exists` });
    assert.equal((await ask(flag(path, "Present"))).healthy, true);
  });

  it("is absent where its directory is none", async () => {
    writeFileSync(path, "");
    assert.equal((await ask(flag(join(path, "x")))).healthy, true);
    assert.equal((await ask(flag(join(directory, "a/b/c")))).healthy, true);
  });

  it("that cannot be looked at is unhealthy, whatever is expected", async () => {
    symlinkSync("loop", join(directory, "loop"));
    for (const expect of ["Present", "Absent"] as const) {
      const { healthy, because } = await ask(flag(join(directory, "loop"), expect));
      assert.deepEqual([healthy, because], [false, `${join(directory, "loop")} cannot be looked at: ELOOP`]);
    }
  });
});

describe("what the kernel knows without waiting for a disk", () => {
  const libc = openLibc();

  // It may know nothing at any time: names are forgotten, and a change beside them makes the kernel look away. Never is it wrong.
  const wordOf = (at: string): boolean | null => {
    for (let attempt = 0; attempt < 100; attempt++) {
      existsSync(at);
      const word = libc.isThere(at);
      if (word !== null) return word;
    }
    return null;
  };

  it("is whether a file is there, once somebody has looked", () => {
    writeFileSync(path, "");
    const link = join(directory, "link");
    symlinkSync("down", link);
    for (const at of [path, link]) assert.equal(wordOf(at), true);
    rmSync(path);
    const isForgetful = statfsSync(directory).type === TMPFS_MAGIC;
    for (const at of [path, link]) assert.equal(wordOf(at), isForgetful ? null : false);
  });

  it("leaves no descriptor behind, and is nothing where it is no answer", () => {
    writeFileSync(path, "");
    const descriptorsOfFile = (): number =>
      readdirSync("/proc/self/fd").filter((each) => targetOf(`/proc/self/fd/${each}`) === path).length;
    for (let round = 0; round < 1000; round++) libc.isThere(path);
    assert.equal(descriptorsOfFile(), 0);
    symlinkSync("loop", join(directory, "loop"));
    assert.equal(libc.isThere(join(directory, "loop")), null);
    assert.equal(libc.isThere(join(directory, "never looked at")), null);
  });
});

/** Of a link of procfs; nothing when what it stands for is closed meanwhile. */
function targetOf(link: string): string | null {
  try {
    return readlinkSync(link);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return null;
  }
}

describe("the kernel's word", () => {
  it("comes when the file comes, is renamed into its place, or goes; and not for its neighbours", async () => {
    let hints = 0;
    using watching = prober.onHint(flag(path), () => {
      hints += 1;
    });
    assert.ok(watching !== null);
    const happens = async (what: string, act: () => void): Promise<void> => {
      hints = 0;
      act();
      await deadline(`a hint that ${what}`, () => hints > 0, 100);
    };
    await happens("it came", () => writeFileSync(path, ""));
    await happens("it went", () => rmSync(path));
    writeFileSync(join(directory, "other"), "");
    await happens("it was renamed", () => renameSync(join(directory, "other"), path));
  });

  it("cannot be had for a directory that is not there: then only the interval asks", () => {
    assert.equal(
      prober.onHint(flag(join(directory, "a/down")), () => undefined),
      null,
    );
  });

  it("ends quietly with the directory", async () => {
    const inner = join(directory, "inner");
    mkdirSync(inner);
    using _watching = prober.onHint(flag(join(inner, "down")), () => undefined);
    rmSync(inner, { recursive: true });
    assert.equal((await ask(flag(join(inner, "down")))).healthy, true);
  });
});
