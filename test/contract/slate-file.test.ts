/** A slate on a real file system. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { SlateFile } from "../../controller/adapter/state-files/slate-file.ts";
import { OperationFailure } from "../../controller/port/failure.ts";

describe("a slate in a file", () => {
  let directory = "";
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "hf-slate-"));
  });
  afterEach(() => rmSync(directory, { recursive: true }));
  const text = (content: string): Uint8Array => Buffer.from(content);

  it("shows the next process what was written last, and nothing of before", async () => {
    using slate = new SlateFile(join(directory, "pulse"));
    slate.write(text("one and a half\n"));
    slate.write(text("two\n"));
    using next = new SlateFile(join(directory, "pulse"));
    assert.equal(await next.read(), "two\n");
    assert.equal(await next.read(), "two\n");
  });

  it("begins anew when the next process writes", async () => {
    using slate = new SlateFile(join(directory, "pulse"));
    slate.write(text("long and longer\n"));
    using next = new SlateFile(join(directory, "pulse"));
    next.write(text("short\n"));
    assert.equal(await next.read(), "short\n");
  });

  it("shows nothing where there is none, and says why it cannot be written", async () => {
    using slate = new SlateFile(join(directory, "nowhere", "pulse"));
    assert.equal(await slate.read(), null);
    assert.throws(
      () => slate.write(text("one\n")),
      (error) => error instanceof OperationFailure && /ENOENT/.test(error.message),
    );
  });
});
