/** A small file that survives the process: what was written is there, whole, for whoever reads it next. */
import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { textFile } from "../../controller/adapter/state-files/text-file.ts";
import { OperationFailure } from "../../controller/port/failure.ts";

describe("a state file", () => {
  const directory = mkdtempSync(join(tmpdir(), "hfstate-"));
  const path = join(directory, "drain.json");
  const file = textFile(path);
  after(() => rmSync(directory, { recursive: true }));

  it("is empty before the first word", async () => assert.equal(await file.read(), null));

  it("is read as it was written, by others too, and replaced as a whole", async () => {
    await file.write("one");
    await file.write("two");
    assert.equal(await file.read(), "two");
    assert.equal(await textFile(path).read(), "two");
    assert.deepEqual(readdirSync(directory), ["drain.json"]);
  });

  it("is for its owner alone", async () => {
    await file.write("secret");
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  it("takes no harm from what a crash has left beside it", async () => {
    writeFileSync(`${path}.new`, "ha");
    chmodSync(`${path}.new`, 0o600);
    assert.equal(await file.read(), "secret");
    await file.write("three");
    assert.equal(await file.read(), "three");
  });

  it("says why it cannot be written, and leaves nothing behind", async () => {
    const nowhere = join(directory, "missing", "drain.json");
    await assert.rejects(
      textFile(nowhere).write("x"),
      (error) => error instanceof OperationFailure && error.detail.code === "store-refused",
    );
    assert.equal(existsSync(nowhere), false);
  });
});
