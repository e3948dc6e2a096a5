/** The README's walk-through with kubectl, word by word as it stands there, on a machine of a lab. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import type { Lab } from "../../controller/lab/lab.ts";
import { attemptIn, startIn } from "../../controller/lab/machine.ts";
import { CLI } from "../../controller/lab/services.ts";
import { waitFor, withLab } from "../support/lab.ts";
import { newestKubectl } from "../support/lab-kubectl.ts";
import { addresses } from "../support/lab-world.ts";

const QUICKSTART = { "web.yaml": readFileSync("manifests/quickstart/web.yaml", "utf8") };
const ADDRESS = "192.0.2.10/24";
const TIME_LIMIT_S = "100";
/** kubectl's own pause between two looks of a watch that it has to begin anew, and an election, with room. */
const HELD_MS = 30_000;

/** The lines of the first block under the heading. */
function commandsUnder(heading: string): readonly string[] {
  const [, section = ""] = readFileSync("README.md", "utf8").split(`\n## ${heading}\n`);
  const [, block = ""] = section.split("```\n");
  return block.trim().split("\n");
}

/** All of them in one shell, as somebody types them; each is told before its output. The first that fails ends it. */
function script(commands: readonly string[], home: string): string {
  return [
    "set -e",
    `cd ${process.cwd()}`,
    `export HOME=${home} PATH=${dirname(process.execPath)}:$PATH`,
    `holdfast() { node ${CLI} "$@"; }`,
    'sudo() { "$@"; }',
    `kubectl() { timeout ${TIME_LIMIT_S} ${newestKubectl()} --cache-dir ${home}/cache "$@"; }`,
    ...commands.flatMap((command) => [`echo '$ '${quoted(command)}`, command]),
  ].join("\n");
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** What was printed after a command, up to the next one. */
function outputOf(output: string, command: string): string {
  const told = output.split(/^\$ /m).find((part) => part.startsWith(`${command}\n`)) ?? "";
  return told.slice(command.length + 1);
}

const startAgents = (lab: Lab): void => {
  for (const node of ["lb-1", "lb-2"])
    startIn(lab.at(node), "agent", [process.execPath, CLI, "agent", "--node", node]);
};

describe("the README's walk-through with kubectl", () => {
  it("does and prints what it says, from holdfast kubeconfig to kubectl uncordon", async (t) => {
    const home = mkdtempSync(join(tmpdir(), "holdfast-readme-"));
    const commands = commandsUnder("Use kubectl");
    assert.match(commands.join("\n"), /holdfast kubeconfig.*kubectl cordon lb-1.*kubectl uncordon lb-1$/s);
    try {
      await withLab({ manifests: {}, later: QUICKSTART, agents: false }, async (lab) => {
        startAgents(lab);
        await waitFor(lab, "the agent answers", () => isServed(lab), 20_000);
        // Somebody has done the same on the other node: alone, lb-1 would not be drained.
        const other = await attemptIn(lab.at("lb-2"), [
          "bash",
          "-c",
          script(commands.slice(0, 4), `${home}-2`).replaceAll("lb-1", "lb-2"),
        ]);
        assert.equal(other.status, 0, other.stderr);
        const { stdout, stderr, status } = await attemptIn(lab.at("lb-1"), [
          "bash",
          "-c",
          script(commands, home),
        ]);
        t.diagnostic(stdout);
        assert.equal(status, 0, `${stdout}\n${stderr}`);
        judge(stdout);
        await waitFor(
          lab,
          "the address is there again",
          async () =>
            (await addresses(lab, "lb-2")).includes(ADDRESS) ||
            (await addresses(lab, "lb-1")).includes(ADDRESS),
          HELD_MS,
        );
      });
    } finally {
      rmSync(home, { recursive: true });
      rmSync(`${home}-2`, { recursive: true, force: true });
    }
  });
});

function judge(output: string): void {
  const after = (command: string): string => outputOf(output, command);
  assert.match(after("kubectl apply -f manifests/quickstart"), /virtualip\.holdfast\.dev\/web created/);
  assert.match(after("kubectl wait --for=condition=Ready vip/web --timeout=60s"), /web condition met/);
  assert.match(after("kubectl get vip -o wide"), /web +192\.0\.2\.10\/24 .* 100,95 +lb-1,lb-2/);
  assert.match(after("kubectl describe vip web"), /Events:\n.*Reason/);
  assert.equal(after("kubectl diff -f manifests/quickstart").trim(), "");
  assert.match(after("kubectl get events"), /virtualip\/web/);
  assert.match(after("kubectl cordon lb-1"), /node\/lb-1 cordoned/);
  assert.match(after("kubectl get nodes"), /lb-1 +Ready,SchedulingDisabled/);
  assert.match(after("kubectl uncordon lb-1"), /node\/lb-1 uncordoned/);
}

async function isServed(lab: Lab): Promise<boolean> {
  const asked = await Promise.all(
    ["lb-1", "lb-2"].map((node) =>
      attemptIn(lab.at(node), ["curl", "-sk", "--max-time", "2", "https://127.0.0.1:7443/readyz"]),
    ),
  );
  return asked.every(({ stdout }) => stdout === "ok");
}
