/** The file of a recording: bounded, in order, and readable part by part. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { RecordingFile } from "../../controller/adapter/recording/recording-file.ts";
import { FakeLog } from "../support/fake-log.ts";

describe("a recording's file", () => {
  let directory = "";
  let path = "";

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "hfrec-"));
    path = join(directory, "vrrp.jsonl");
  });

  afterEach(() => rmSync(directory, { recursive: true }));

  it("holds every line in order, for root alone", async () => {
    const file = new RecordingFile(path, new FakeLog());
    for (let line = 0; line < 1000; line++) file.write(`line ${line}`);
    await file.flushed();
    assert.equal(readFileSync(path, "utf8"), Array.from({ length: 1000 }, (_, i) => `line ${i}\n`).join(""));
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  it("puts an earlier recording aside, and begins a new file when one is full", async () => {
    const earlier = new RecordingFile(path, new FakeLog());
    earlier.write("earlier");
    await earlier.flushed();
    const file = new RecordingFile(path, new FakeLog(), 20);
    const parts: number[] = [];
    for (const line of ["0123456789", "abcdefghij", "next file"]) {
      parts.push(file.part);
      file.write(line);
    }
    await file.flushed();
    assert.deepEqual(parts, [0, 0, 1]);
    assert.equal(readFileSync(path, "utf8"), "next file\n");
    assert.equal(readFileSync(`${path}.1`, "utf8"), "0123456789\nabcdefghij\n");
  });

  it("loses lines rather than memory when the disk does not keep up, and begins anew behind the gap", async () => {
    const log = new FakeLog();
    const file = new RecordingFile(path, log);
    const line = "x".repeat(100_000);
    // All in one turn of the event loop: nothing can be written meanwhile.
    for (let count = 0; count < 100; count++) file.write(line);
    assert.equal(file.part, 0);
    await file.flushed();
    assert.ok(statSync(path).size < 5_000_000);
    file.write("in the gap");
    assert.equal(file.part, 1);
    file.write("head");
    await file.flushed();
    assert.equal(readFileSync(path, "utf8"), "head\n");
    assert.equal(log.at("warn").length, 1);
  });

  it("that cannot be written is told once, and never thrown", async () => {
    const log = new FakeLog();
    const file = new RecordingFile(join(directory, "missing", "vrrp.jsonl"), log);
    for (let count = 0; count < 3; count++) {
      file.write("line");
      await file.flushed();
    }
    assert.equal(log.at("error").length, 1);
  });
});
