/** The audit on a disk: whole lines, a bounded file, and no request that fails because there is no room to tell of it. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { AuditFile } from "../../controller/adapter/log/audit-file.ts";
import type { AuditEntry } from "../../controller/object/audit-entry.ts";
import { FakeLog } from "../support/fake-log.ts";
import { CONFLICTING_PATCH as entry } from "../support/memory-audit.ts";

describe("the audit", () => {
  const directory = mkdtempSync(join(tmpdir(), "hfaudit-"));
  after(() => rmSync(directory, { recursive: true }));
  const linesOf = (path: string): unknown[] =>
    readFileSync(path, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown);

  it("is one object a line, for its owner alone, and goes on where it was", () => {
    const path = join(directory, "audit.log");
    const log = new FakeLog();
    new AuditFile(path, log).record(entry);
    new AuditFile(path, log).record({ ...entry, name: "two\nlines" });
    assert.deepEqual(linesOf(path), [entry, { ...entry, name: "two\nlines" }]);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.deepEqual(log.lines, []);
  });

  it("does not keep all that a request says of itself", () => {
    const path = join(directory, "long.log");
    new AuditFile(path, new FakeLog()).record({ ...entry, fieldManager: "x".repeat(1_000_000) });
    assert.deepEqual(linesOf(path), [{ ...entry, fieldManager: "x".repeat(256) }]);
  });

  it("takes no more room than twice its limit", () => {
    const path = join(directory, "bounded.log");
    const audit = new AuditFile(path, new FakeLog(), 10_000);
    for (let written = 0; written < 1000; written++) audit.record({ ...entry, name: `n${written}` });
    const bytes = statSync(path).size + statSync(`${path}.1`).size;
    assert.ok(bytes < 21_000, `${bytes}`);
    assert.equal((linesOf(path).at(-1) as AuditEntry).name, "n999");
  });

  it("fails no request when it cannot be written, says so once, and goes on by itself", () => {
    const path = join(directory, "folder", "audit.log");
    const log = new FakeLog();
    const audit = new AuditFile(path, log);
    for (let lost = 0; lost < 5; lost++) audit.record(entry);
    assert.deepEqual(log.at("error"), ["the audit cannot be written"]);
    mkdirSync(join(directory, "folder"));
    audit.record(entry);
    audit.record(entry);
    assert.deepEqual(log.fieldsOf("the audit is written again"), [{ lost: 5 }]);
    assert.deepEqual(
      readFileSync(path, "utf8")
        .split("\n")
        .filter((line) => line !== "").length,
      2,
    );
  });

  it("is written on when the full file cannot be put aside", () => {
    const path = join(directory, "stuck.log");
    mkdirSync(join(`${path}.1`, "in-the-way"), { recursive: true });
    const log = new FakeLog();
    const audit = new AuditFile(path, log, 200);
    for (let written = 0; written < 5; written++) audit.record(entry);
    assert.equal(log.at("error").length, 1);
    rmdirSync(join(`${path}.1`, "in-the-way"));
    rmdirSync(`${path}.1`);
    audit.record(entry);
    assert.equal(log.at("warn").length, 1);
  });
});
