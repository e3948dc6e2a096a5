/** kubectl on a machine of a lab, with one kubeconfig that has a context for each node. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../controller/lab/command.ts";
import type { Lab } from "../../controller/lab/lab.ts";
import { entering, runIn, startIn } from "../../controller/lab/machine.ts";
import { CLI } from "../../controller/lab/services.ts";
import { kubectls } from "./kubectls.ts";
import { waitFor } from "./lab.ts";
import { ADDRESS_OF } from "./lab-manifests.ts";

const API_PORT = 7443;
const TIME_LIMIT_S = 60;

export interface Finished {
  readonly status: number | null;
  readonly output: string;
}

export interface Operator extends Disposable {
  /** `context`: the node that is asked. */
  run(context: string, ...words: readonly string[]): Promise<Finished>;
  /** One that is to succeed; its output. */
  do(context: string, ...words: readonly string[]): Promise<string>;
  /** Resolves when it has ended. */
  begin(
    context: string,
    ...words: readonly string[]
  ): { readonly ended: Promise<Finished>; readonly child: ChildProcess };
}

export function newestKubectl(): string {
  const [newest] = kubectls().slice(-1);
  assert.ok(
    newest !== undefined,
    "there is no kubectl on the PATH, and Debian has no package of it: install one",
  );
  return newest;
}

/** An agent that follows no directory, and serves its API to the network. */
export function startAgentForKubectl(lab: Lab, node: string, address: string): void {
  const flags = ["--node", node, "--api-listen", `${address}:${API_PORT}`];
  startIn(lab.at(node), "agent", [process.execPath, CLI, "agent", ...flags]);
}

/** Somebody at the client, let in by every node. */
export async function openOperator(lab: Lab, nodes: readonly string[]): Promise<Operator> {
  const home = mkdtempSync(join(tmpdir(), "holdfast-operator-"));
  const kubectl = newestKubectl();
  const files: string[] = [];
  for (const node of nodes) {
    const file = join(home, node);
    const server = `https://${ADDRESS_OF[node] ?? ""}:${API_PORT}`;
    await runIn(lab.at(node), [
      process.execPath,
      CLI,
      "kubeconfig",
      "--node",
      node,
      "--server",
      server,
      "--output",
      file,
    ]);
    files.push(file);
  }
  const kubeconfig = join(home, "config");
  writeFileSync(
    kubeconfig,
    await run("env", [`KUBECONFIG=${files.join(":")}`, kubectl, "config", "view", "--flatten"]),
    { mode: 0o600 },
  );
  const command = (context: string, words: readonly string[]): readonly [string, ...string[]] =>
    entering(lab.at("client"), [
      ...["timeout", String(TIME_LIMIT_S), kubectl, "--kubeconfig", kubeconfig],
      ...["--cache-dir", join(home, "cache"), "--context", context, ...words],
    ]);
  const begin: Operator["begin"] = (context, ...words) => {
    const [program, ...rest] = command(context, words);
    const child = spawn(program, rest, { stdio: ["ignore", "pipe", "pipe"] });
    return { child, ended: finished(child) };
  };
  const runNow: Operator["run"] = (context, ...words) => begin(context, ...words).ended;
  return {
    begin,
    run: runNow,
    do: async (context, ...words) => {
      const { status, output } = await runNow(context, ...words);
      assert.equal(status, 0, `kubectl ${words.join(" ")}: ${output}`);
      return output;
    },
    [Symbol.dispose]: () => rmSync(home, { recursive: true }),
  };
}

async function finished(child: ChildProcess): Promise<Finished> {
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  const [status]: (number | null)[] = await once(child, "close");
  return { status: status ?? null, output };
}

export async function untilServed(lab: Lab, operator: Operator, nodes: readonly string[]): Promise<void> {
  for (const node of nodes)
    await waitFor(
      lab,
      `the API of ${node} is served`,
      async () => (await operator.run(node, "get", "--raw", "/readyz")).status === 0,
      20_000,
    );
}
