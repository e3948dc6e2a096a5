/** The store's file does not grow with the number of writes, only with what it holds. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { openLibc } from "../../controller/adapter/libc/libc.ts";
import { openLmdbRecords } from "../../controller/adapter/lmdb/records.ts";
import { EmbeddedStore } from "../../controller/store/embedded-store.ts";
import { put } from "../support/store-cases.ts";

const UPDATES = 50_000;
const OBJECTS = 100;
/** Of one commit: as many as an agent that is asked much at once. */
const TOGETHER = 50;
/** The objects take 0.2 MB; a commit writes its pages beside those that are in force. */
const FILE_BYTES_MAX = 2_000_000;

let directory = "";
before(() => {
  directory = mkdtempSync(join(tmpdir(), "holdfast-size-"));
});
after(() => rmSync(directory, { recursive: true }));

it("50,000 updates of 100 objects leave a file of less than 2 MB, as do the first 10,000 of them", async (t) => {
  const records = await openLmdbRecords(directory, openLibc());
  await using store = new EmbeddedStore(records);
  const size = (): number => statSync(join(directory, "store/data.mdb")).size;
  let early = 0;
  for (let update = 0; update < UPDATES; update += TOGETHER) {
    if (update === UPDATES / 5) early = size();
    const writes = Array.from({ length: TOGETHER }, (_, index) => {
      const path = `/${update + index}/${"x".repeat(((update + index) * 7919) % 3000)}`;
      return store.write([put(`n${(update + index) % OBJECTS}`, { path })]);
    });
    await Promise.all(writes);
  }
  t.diagnostic(`${early} bytes after ${UPDATES / 5} updates, ${size()} after ${UPDATES}`);
  assert.equal(await store.version(), String(UPDATES));
  assert.ok(size() < FILE_BYTES_MAX, `${size()} bytes`);
  assert.ok(size() <= 1.2 * early, `it grew from ${early} to ${size()} bytes`);
});
