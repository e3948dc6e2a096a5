/** `holdfast restore` and `holdfast backup` where they must refuse: files that are none, places that are none, users who may not. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import {
  aBackup,
  contentsOf,
  freshDirectory,
  holdfast,
  MAIN,
  nowhere,
  root,
} from "../support/backup-nodes.ts";

describe("holdfast restore of what cannot be restored says what is wrong and where, and changes nothing:", () => {
  let node = "";
  let file = "";
  before(async () => {
    ({ node, file } = await aBackup());
  });
  const cases: readonly {
    readonly what: string;
    readonly spoil: (text: string) => string;
    readonly says: RegExp;
  }[] = [
    { what: "an empty file", spoil: () => "", says: /:1: this is no backup that holdfast has made/ },
    { what: "another file", spoil: () => "kind: Deployment\n", says: /:1: this is no backup/ },
    {
      what: "a newer format",
      spoil: (text) => text.replace('"format":1', '"format":2'),
      says: /:1: it has format 2; this version of holdfast knows format 1/,
    },
    {
      what: "a file that is cut short within a line",
      spoil: (text) => text.slice(0, text.indexOf("\n") + 50),
      says: /:2: it is cut short: it has 0 whole lines of 2 resources/,
    },
    {
      what: "a file that is cut short between lines",
      spoil: (text) => `${text.split("\n").slice(0, 2).join("\n")}\n`,
      says: /:3: it is cut short: it has 1 whole lines of 2 resources/,
    },
    {
      what: "a file that was edited",
      spoil: (text) => text.replace("/run/down", "/run/town"),
      says: /:4: it was changed: its SHA-256 is [0-9a-f]{64}, and was [0-9a-f]{64}/,
    },
    { what: "two backups in one file", spoil: (text) => text + text, says: /:5: it goes on after its end/ },
    {
      what: "an object that this version does not take",
      spoil: (text) => sealed(text.replace('"interval":"2s"', '"interval":"two"')),
      says: /:2: HealthCheck db: spec\.interval: /,
    },
    {
      what: "an object twice",
      spoil: (text) => sealed(text.replace('"name":"db"', '"name":"web"')),
      says: /:3: HealthCheck\/default\/web is on line 2 already/,
    },
    {
      what: "an object without uid",
      spoil: (text) => sealed(text.replace(/"uid":"[^"]*"/, '"uid":""')),
      says: /:2: HealthCheck db: metadata\.uid must be there/,
    },
  ];

  /** With the checksum that somebody would give it who means to. */
  function sealed(text: string): string {
    const body = `${text.trimEnd().split("\n").slice(0, -1).join("\n")}\n`;
    const sha256 = createHash("sha256").update(body).digest("hex");
    return `${body}${JSON.stringify({ end: "HoldfastBackup", resources: 2, sha256 })}\n`;
  }

  for (const { what, spoil, says } of cases) {
    it(what, async () => {
      const unspoilt = await contentsOf(node);
      const spoilt = join(freshDirectory(), "spoilt.backup");
      writeFileSync(spoilt, spoil(readFileSync(file, "utf8")));
      const { stderr, status } = holdfast("restore", spoilt, "--state-dir", node);
      assert.match(stderr, says);
      assert.ok(stderr.startsWith(`holdfast restore: backup-refused: ${spoilt}:`), stderr);
      assert.equal(status, 1);
      assert.deepEqual(await contentsOf(node), unspoilt);
      assert.deepEqual(readdirSync(node), ["store"]);
    });
  }

  it("a file that is not there, and a place that is none", async () => {
    const missing = holdfast("restore", `${file}x`, "--state-dir", node);
    assert.match(missing.stderr, /^holdfast restore: backup-refused: \S+x: ENOENT/);
    const nothing = holdfast("backup", `${file}y`, "--state-dir", join(root, "nowhere"), ...nowhere());
    assert.match(nothing.stderr, /no agent answers, and there is no store here; are --state-dir/);
    assert.ok(!existsSync(join(root, "nowhere")));
    const directory = holdfast("backup", join(file, ".."), "--force", "--state-dir", node, ...nowhere());
    assert.match(directory.stderr, /^holdfast backup: backup-refused: /);
    assert.equal(holdfast("restore").status, 2);
  });

  it("somebody who may not", async () => {
    // Everybody may come this far.
    for (const open of [root, join(file, "..")]) chmodSync(open, 0o755);
    const nobody = ["--reuid=65534", "--regid=65534", "--clear-groups", process.execPath, MAIN];
    for (const words of [
      ["restore", file, "--state-dir", node],
      ["backup", `${file}2`, "--state-dir", node, ...nowhere()],
    ]) {
      const { stderr, status } = spawnSync("setpriv", [...nobody, ...words], { encoding: "utf8" });
      assert.match(stderr, /^holdfast (backup|restore): \S+: .*(EACCES|EPERM|no store here).*\n$/);
      assert.equal(status, 1);
    }
  });
});
