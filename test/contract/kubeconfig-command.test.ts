/** `holdfast kubeconfig` and `holdfast token` as they are run: what comes out, what it is good for, and what is refused. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { SystemClock } from "../../controller/adapter/clock/system-clock.ts";
import { openLibc } from "../../controller/adapter/libc/libc.ts";
import { sharedFile } from "../../controller/adapter/state-files/shared-file.ts";
import { Tokens } from "../../controller/api/tokens.ts";
import { kubectls } from "../support/kubectls.ts";

const MAIN = fileURLToPath(new URL("../../controller/cli/main.js", import.meta.url));
const directory = mkdtempSync(join(tmpdir(), "hfkube-"));
after(() => rmSync(directory, { recursive: true }));

const stateDir = join(directory, "state");
mkdirSync(stateDir, { mode: 0o700 });
const authorityFile = join(stateDir, "api/authority.pem");

function holdfast(...args: readonly string[]) {
  const env = { ...process.env, SUDO_USER: "alice" };
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], { encoding: "utf8", env });
  return { status, stdout, stderr };
}

const kubeconfig = (...args: readonly string[]) =>
  holdfast("kubeconfig", "--state-dir", stateDir, "--node", "lb-1", ...args);

const token = (...args: readonly string[]) => holdfast("token", ...args, "--state-dir", stateDir);

interface Kubeconfig {
  readonly clusters: readonly [{ readonly name: string; readonly cluster: Readonly<Record<string, string>> }];
  readonly users: readonly [{ readonly name: string; readonly user: Readonly<Record<string, string>> }];
  readonly contexts: readonly [{ readonly name: string; readonly context: Readonly<Record<string, string>> }];
  readonly "current-context": string;
}

const read = (text: string): Kubeconfig => parse(text) as Kubeconfig;
const decoded = (base64: string | undefined): string => Buffer.from(base64 ?? "", "base64").toString();

describe("holdfast kubeconfig", () => {
  it("prints a certificate of the node's authority, which it makes if there is none", () => {
    assert.equal(existsSync(authorityFile), false);
    const { status, stdout, stderr } = kubeconfig("--role", "editor");
    assert.deepEqual([status, stderr], [0, ""]);
    const { clusters, users, contexts, "current-context": current } = read(stdout);
    const [{ cluster }] = clusters;
    const [{ user }] = users;
    assert.equal(cluster["server"], "https://127.0.0.1:7443");
    const authority = new X509Certificate(decoded(cluster["certificate-authority-data"]));
    assert.ok(readFileSync(authorityFile, "utf8").includes(authority.toString().trim()));
    const certificate = new X509Certificate(decoded(user["client-certificate-data"]));
    assert.ok(certificate.verify(authority.publicKey));
    assert.equal(certificate.subject, "O=holdfast:editor\nCN=alice");
    assert.match(decoded(user["client-key-data"]), /^-----BEGIN PRIVATE KEY-----/);
    assert.equal(current, "lb-1");
    assert.deepEqual(contexts, [
      {
        name: "lb-1",
        context: { cluster: "holdfast-lb-1", user: "alice@lb-1", namespace: "default" },
      },
    ]);
  });

  it("does not give away the authority's own key", () => {
    const { stdout } = kubeconfig();
    const [key = ""] = readFileSync(authorityFile, "utf8").split("-----BEGIN CERTIFICATE");
    const secret = key.split("\n")[1] ?? "";
    assert.equal(stdout.includes(secret), false);
    assert.equal(decoded(read(stdout).users[0].user["client-key-data"]).includes(secret), false);
    assert.equal(
      read(stdout).clusters[0].cluster["certificate-authority-data"]?.includes("UFJJVkFURSBLRVk"),
      false,
    );
  });

  it("writes a file that only its owner can read, and replaces none unasked", () => {
    const output = join(directory, "config");
    const first = kubeconfig("--output", output);
    assert.deepEqual(first, { status: 0, stdout: "", stderr: "" });
    assert.equal(statSync(output).mode & 0o777, 0o600);
    const text = readFileSync(output, "utf8");
    const second = kubeconfig("--output", output);
    assert.equal(second.status, 1);
    assert.equal(second.stderr, `holdfast kubeconfig: ${output} is there already; --force replaces it\n`);
    assert.equal(readFileSync(output, "utf8"), text);
  });

  it("gives the file to whoever called sudo, since kubectl is not run as root", () => {
    const output = join(directory, "of-user");
    const env = { ...process.env, SUDO_UID: "1234", SUDO_GID: "5678" };
    const flags = ["--state-dir", stateDir, "--node", "lb-1", "--user", "eve", "--output", output];
    assert.equal(spawnSync(process.execPath, [MAIN, "kubeconfig", ...flags], { env }).status, 0);
    const { uid, gid, mode } = statSync(output);
    assert.deepEqual([uid, gid, mode & 0o777], [1234, 5678, 0o600]);
  });

  it("replaces a file when it is told to, and not its permissions", () => {
    const output = join(directory, "open");
    writeFileSync(output, "old", { mode: 0o644 });
    assert.equal(kubeconfig("--output", output, "--force").status, 0);
    assert.equal(statSync(output).mode & 0o777, 0o600);
    assert.equal(read(readFileSync(output, "utf8"))["current-context"], "lb-1");
    assert.deepEqual(
      readdirSync(directory).filter((name) => name.endsWith(".new")),
      [],
    );
  });

  it("has kubectl ask for a name that the node's certificate has, wherever the node is reached", () => {
    const server = "https://vip.example.com:7443";
    const { cluster } = read(kubeconfig("--server", server).stdout).clusters[0];
    assert.deepEqual([cluster["server"], cluster["tls-server-name"]], [server, "localhost"]);
    for (const near of ["https://localhost:7443", "https://[::1]:7443"])
      assert.equal(
        read(kubeconfig("--server", near).stdout).clusters[0].cluster["tls-server-name"],
        undefined,
      );
  });

  it("gives a token instead of a certificate when asked to; it can be taken back", async () => {
    const { stdout } = kubeconfig("--token", "--user", "deploy", "--role", "viewer");
    const { user } = read(stdout).users[0];
    const file = new Tokens(sharedFile(openLibc(), join(stateDir, "api/tokens.json")));
    const judge = () => file.judge(user["token"] ?? "", new SystemClock().wallTime());
    const verdict = await judge();
    assert.equal(verdict.ok && `${verdict.identity.name} ${verdict.identity.role}`, "deploy viewer");
    const again = kubeconfig("--token", "--user", "deploy");
    assert.match(again.stderr, /there is a token deploy already; another --user, or: holdfast token revoke/);
    assert.equal(token("revoke", "deploy").status, 0);
    assert.equal((await judge()).ok, false);
  });

  it("makes no token when the file that it was for cannot be written", () => {
    const output = join(directory, "config");
    assert.equal(kubeconfig("--token", "--user", "lost", "--output", output).status, 1);
    assert.doesNotMatch(token("list").stdout, /lost/);
  });

  it("refuses a directory that no agent uses, and makes nothing there", () => {
    const nowhere = join(directory, "nowhere");
    const { status, stderr } = holdfast("kubeconfig", "--state-dir", nowhere);
    assert.equal(status, 1);
    assert.equal(
      stderr,
      `holdfast kubeconfig: no agent keeps its state in ${nowhere}; is --state-dir right?\n`,
    );
    assert.equal(existsSync(nowhere), false);
  });

  it("says what is wrong with its arguments", () => {
    for (const args of [
      ["--user", "system:admin"],
      ["--role", "root"],
      ["--server", "http://127.0.0.1:7443"],
      ["--server", "https://127.0.0.1:7443/api"],
      ["--days", "0"],
      ["--days", "1e3"],
    ]) {
      const { status, stdout, stderr } = kubeconfig(...args);
      assert.deepEqual([status, stdout], [2, ""], args.join(" "));
      assert.match(stderr, new RegExp(`option '${args[0]} `));
    }
  });

  it("refuses an authority that it does not understand, and leaves it as it is", () => {
    const other = join(directory, "other");
    const path = join(other, "api/authority.pem");
    mkdirSync(join(other, "api"), { recursive: true });
    writeFileSync(path, "what is this?\n");
    const { status, stdout, stderr } = holdfast("kubeconfig", "--state-dir", other);
    assert.deepEqual([status, stdout], [1, ""]);
    assert.match(stderr, new RegExp(`^holdfast kubeconfig: store-unusable: ${path}: .*\\n$`));
    assert.equal(readFileSync(path, "utf8"), "what is this?\n");
  });

  for (const kubectl of kubectls())
    it(`is what ${basename(kubectl)} takes, also several nodes' together`, () => {
      const files = ["lb-1", "lb-2"].map((node) => {
        const output = join(directory, `${basename(kubectl)}-${node}`);
        kubeconfig("--node", node, "--output", output);
        return output;
      });
      const env = { ...process.env, KUBECONFIG: files.join(":") };
      const view = (...args: readonly string[]): string =>
        execFileSync(kubectl, ["config", ...args], { encoding: "utf8", env, timeout: 20_000 });
      assert.equal(view("get-contexts", "-o", "name"), "lb-1\nlb-2\n");
      const { clusters, users } = read(view("view", "--raw"));
      assert.deepEqual(
        [...clusters, ...users].map(({ name }) => name),
        ["holdfast-lb-1", "holdfast-lb-2", "alice@lb-1", "alice@lb-2"],
      );
    });
});

describe("holdfast token", () => {
  it("shows a token once, and lists names without it", () => {
    const made = token("create", "ci", "--role", "editor", "--days", "90");
    assert.match(made.stdout, /^holdfast_[\w-]{43}\n$/);
    const { stdout } = token("list");
    assert.match(stdout, /^NAME +ROLE +AGE +EXPIRES\nci +editor +\ds +20\d\d-.*Z\n$/);
    const json = token("list", "-o", "json").stdout;
    assert.deepEqual(
      (JSON.parse(json) as readonly object[]).map((each) => Object.keys(each)),
      [["name", "role", "created", "expires"]],
    );
  });

  it("refuses a name twice, a name that it does not know, and a token for no role", () => {
    assert.equal(
      token("create", "ci", "--role", "admin").stderr,
      "holdfast token create: there is a token ci already\n",
    );
    assert.equal(token("revoke", "cd").stderr, "holdfast token revoke: there is no token cd\n");
    assert.equal(token("create", "cd").status, 2);
    assert.equal(token("create", "a b", "--role", "viewer").status, 2);
  });
});
