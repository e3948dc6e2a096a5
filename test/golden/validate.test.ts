/** `holdfast validate` on a folder in which everything is wrong, on the manifests that come with the program, and as a command. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { readInputs } from "../../controller/cli/validate-inputs.ts";
import {
  type Judgement,
  judge,
  judgementJson,
  judgementText,
} from "../../controller/cli/validate-judgement.ts";
import { HEALTH_CHECK } from "../support/manifest-texts.ts";

const BROKEN = "test/golden/broken";

async function judged(paths: readonly string[], node: string | null = null): Promise<Judgement> {
  return judge(await readInputs(paths), node);
}

describe("a folder in which everything is wrong", () => {
  it("is answered as in test/golden/broken.txt, which UPDATE_GOLDEN=1 writes anew", async () => {
    const text = `${judgementText(await judged([BROKEN]))}\n`;
    const golden = `${process.cwd()}/test/golden/broken.txt`;
    if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(golden, text);
    assert.equal(text, readFileSync(golden, "utf8"));
  });

  it("says the same to programs", async () => {
    const judgement = await judged([BROKEN]);
    const { valid, files, errors, warnings, resources } = JSON.parse(judgementJson(judgement));
    assert.deepEqual([valid, files, warnings.length], [false, judgement.files, judgement.warnings.length]);
    assert.deepEqual(errors, judgement.errors);
    assert.deepEqual(resources.at(-1), {
      kind: "VirtualIP",
      namespace: "default",
      name: "first",
      file: `${BROKEN}/nested/07-again.yml`,
      line: 9,
    });
  });
});

describe("the manifests that come with the program", () => {
  const folders: readonly {
    readonly folder: string;
    readonly nodes: readonly string[];
    readonly says: string;
  }[] = [
    {
      folder: "quickstart",
      nodes: ["lb-1", "lb-2"],
      says: "valid: 1 HealthCheck (nginx-alive), 1 VirtualIP (web), 1 ProxyPool (web) in 1 file",
    },
    {
      folder: "single-master",
      nodes: ["keepalive-a", "keepalive-b"],
      says: "valid: 3 HealthChecks (nginx-alive, in-service, web-up), 1 VirtualIP (web), 1 ProxyPool (websrvs) in 3 files; 1 warning",
    },
    {
      folder: "dual-master",
      nodes: ["keepalive-a", "keepalive-b"],
      says: "valid: 3 HealthChecks (nginx-alive, in-service, web-up), 2 VirtualIPs (web-a, web-b), 1 ProxyPool (websrvs) in 3 files; 2 warnings",
    },
  ];
  for (const { folder, nodes, says } of folders)
    it(`${folder}: are valid on each of their nodes`, async () => {
      for (const node of nodes)
        assert.equal(
          judgementText(await judged([`manifests/${folder}`], node))
            .split("\n")
            .at(-1),
          says,
        );
    });

  it("warn of nothing but the passwords in them", async () => {
    for (const { folder } of folders)
      for (const { path } of (await judged([`manifests/${folder}`])).warnings)
        assert.equal(path, "spec.vrrp.authentication.password");
  });
});

describe("inputs", () => {
  it("that are named twice are read once", async () => {
    const { isValid, files } = await judged(["manifests/quickstart/web.yaml", "manifests/quickstart"]);
    assert.deepEqual([isValid, files], [true, 1]);
  });

  it("that cannot be read are told with the reason, and the others are read", async () => {
    const text = judgementText(await judged(["no/such.yaml", "test/golden/nginx", "manifests/quickstart"]));
    assert.deepEqual(text.split("\n"), [
      "no/such.yaml: does not exist",
      "test/golden/nginx: holds no manifests",
      "not valid: 2 errors in 3 files",
    ]);
  });

  it("that hold nothing are not valid", () => {
    const judgement = judge([{ file: "f.yaml", text: "# nothing\n", problem: null }], null);
    assert.equal(judgementText(judgement), "f.yaml: holds no manifests\nnot valid: 1 error in 1 file");
  });

  it("that know nothing of the node are not valid for it", async () => {
    const text = judgementText(await judged(["manifests/quickstart"], "lb-9"));
    assert.deepEqual(text.split("\n"), [
      '--node lb-9: no VirtualIP has a member "lb-9"; they name lb-1, lb-2',
      "not valid: 1 error in 1 file",
    ]);
  });
});

describe("the command", () => {
  const program = fileURLToPath(new URL("../../controller/cli/main.js", import.meta.url));
  const run = (args: readonly string[], input = "") =>
    spawnSync(process.execPath, [program, "validate", ...args], { encoding: "utf8", input });

  it("ends with 0 when all is valid", () => {
    const { status, stdout, stderr } = run(["--node", "lb-1", "manifests/quickstart"]);
    assert.deepEqual([status, stderr], [0, ""]);
    assert.match(stdout, /^valid: /);
  });

  it("reads the standard input", () => {
    const { status, stdout } = run(["-"], HEALTH_CHECK.replace("1s", "1"));
    assert.equal(status, 1);
    assert.match(stdout, /^standard input:7:13: spec\.interval: must be a duration/);
  });

  it("ends with 1 when something is wrong, and shows no stack", () => {
    const { status, stdout, stderr } = run([BROKEN, "/no/such/file"]);
    assert.deepEqual([status, stderr], [1, ""]);
    assert.doesNotMatch(stdout, /^ +at /m);
  });

  it("ends with 2 when it is called wrongly", () => {
    for (const args of [[], ["--no-such-option", "f"], ["-o", "xml", "f"]]) {
      const { status, stdout, stderr } = run(args);
      assert.deepEqual([status, stdout], [2, ""]);
      assert.match(stderr, /^error: /);
    }
  });

  it("loads no more packages than it needs, since starting is what it mostly does", () => {
    const root = fileURLToPath(new URL("../../controller/cli/", import.meta.url));
    assert.deepEqual(packagesOf(`${root}validate.js`), ["commander", "yaml", "zod"]);
  });
});

/** The packages that a built file loads, itself and through others. */
function packagesOf(file: string, seen = new Set<string>()): string[] {
  if (seen.has(file)) return [];
  seen.add(file);
  const targets = [...readFileSync(file, "utf8").matchAll(/(?:from|import\() ?"([^"]+)"/g)].map(
    ([, target = ""]) => target,
  );
  const found = targets.flatMap((target) =>
    target.startsWith(".")
      ? packagesOf(fileURLToPath(new URL(target, `file://${file}`)), seen)
      : target.startsWith("node:")
        ? []
        : [target],
  );
  return [...new Set(found)].sort();
}
