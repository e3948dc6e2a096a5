/** `holdfast lab` as a user runs it: up, status, exec, fail, heal, down; and nothing left behind, also after a crash. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { directoryOf, namespaceOf } from "../../controller/lab/names.ts";
import { CLI } from "../../controller/lab/services.ts";
import { deadline } from "../support/deadline.ts";

const LAB = `t${process.pid}-command`;
const MANIFESTS = fileURLToPath(new URL("../../../manifests/quickstart", import.meta.url));
const VIP = "192.0.2.10";
/** A boot, a master-down interval, a reload; on a busy machine. */
const SETTLED_MS = 20_000;

interface Row {
  readonly machine: string;
  readonly failure: string | null;
  readonly holds: readonly string[];
}

function holdfast(...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [CLI, "lab", ...args, "--name", LAB], { encoding: "utf8" });
}

/** Everything of the machine itself is behind `--`. */
function inside(machine: string, ...command: readonly string[]): string {
  const { stdout } = spawnSync(
    process.execPath,
    [CLI, "lab", "exec", "--name", LAB, machine, "--", ...command],
    {
      encoding: "utf8",
    },
  );
  return stdout.trim();
}

const rows = (): readonly Row[] => JSON.parse(holdfast("status", "-o", "json").stdout) as Row[];
const holders = (): string =>
  rows()
    .filter(({ holds }) => holds.includes(VIP))
    .map(({ machine }) => machine)
    .join();

function succeed(...args: readonly string[]): string {
  const { status, stdout, stderr } = holdfast(...args);
  assert.equal(status, 0, stderr);
  return stdout;
}

function leftovers(): readonly string[] {
  const namespaces = spawnSync("ip", ["netns", "list"], { encoding: "utf8" }).stdout;
  const ours = namespaces.split("\n").filter((line) => line.startsWith(namespaceOf(LAB, "")));
  const processes = readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry) && commandLine(entry).includes(directoryOf(LAB)))
    .map((pid) => `${pid} ${commandLine(pid)}`);
  return [...ours, ...processes, ...(existsSync(directoryOf(LAB)) ? [directoryOf(LAB)] : [])];
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    // It has ended since the listing.
    return "";
  }
}

const hostLinks = (): string => spawnSync("ip", ["-o", "addr"], { encoding: "utf8" }).stdout;

describe("holdfast lab", () => {
  let linksBefore = "";

  before(() => {
    linksBefore = hostLinks();
    const { status, stderr } = holdfast("up", "-f", MANIFESTS);
    assert.equal(status, 0, stderr);
  });
  after(() => {
    holdfast("down");
  });

  it("up builds what the manifests name, and the client is served", async () => {
    await deadline("the address is on the preferred node", () => holders() === "lb-1", SETTLED_MS, 100);
    await deadline(
      "the client is served",
      () => /<h1> Web RS[12] <\/h1>/.test(inside("client", "curl", "-s", `http://${VIP}/`)),
      SETTLED_MS,
      100,
    );
  });

  it("says that a lab of that name is there already", () => {
    const { status, stderr } = holdfast("up", "-f", MANIFESTS);
    assert.equal(status, 1);
    assert.match(stderr, /there is a lab .* already/);
  });

  it("exec passes the exit status on", () => {
    const command = [CLI, "lab", "exec", "--name", LAB, "lb-1", "--", "sh", "-c", "exit 7"];
    assert.equal(spawnSync(process.execPath, command).status, 7);
  });

  it("names the machines when one is asked for that is not there", () => {
    const { status, stderr } = holdfast("fail", "lb-9");
    assert.equal(status, 1);
    assert.match(stderr, /no machine lb-9; there are lb-1, lb-2, rs1, rs2, client/);
  });

  it("fail --how link takes the carrier, heal gives it back", () => {
    succeed("fail", "lb-2", "--how", "link");
    assert.equal(inside("lb-2", "cat", "/sys/class/net/eth0/carrier"), "0");
    assert.equal(rows().find(({ machine }) => machine === "lb-2")?.failure, "link");
    succeed("heal", "lb-2");
    assert.equal(inside("lb-2", "cat", "/sys/class/net/eth0/carrier"), "1");
  });

  it("fail --how partition leaves the carrier, and nobody can be reached", () => {
    const reach = ["curl", "-s", "-o", "/dev/null", "--connect-timeout", "0.5", "-w", "%{http_code}"];
    const address = inside("rs2", "hostname", "-I").split(" ")[0] ?? "";
    succeed("fail", "rs2", "--how", "partition");
    assert.equal(inside("rs2", "cat", "/sys/class/net/eth0/carrier"), "1");
    assert.equal(inside("client", ...reach, `http://${address}/`), "000");
    succeed("heal", "rs2");
    assert.equal(
      inside("client", ...reach, "--retry", "5", "--retry-all-errors", `http://${address}/`),
      "200",
    );
  });

  it("fail --how pause stops every process, heal lets them go on", () => {
    const states = (): Set<string> => new Set(inside("lb-2", "sh", "-c", "ps -C node -o state=").split("\n"));
    succeed("fail", "lb-2", "--how", "pause");
    assert.deepEqual([...states()], ["T"]);
    succeed("heal", "lb-2");
    assert.ok(!states().has("T"));
  });

  it("fail --how process kills agent and speaker, heal starts them again", async () => {
    const count = (): string => inside("lb-2", "pgrep", "-c", "-f", "holdfast.cjs (agent|speaker)");
    succeed("fail", "lb-2", "--how", "process");
    await deadline("both are gone", () => count() === "0", 5_000);
    succeed("heal", "lb-2");
    await deadline("both run", () => count() === "2", SETTLED_MS, 100);
  });

  it("fail --how power ends all of a machine, heal boots it with its disk", async () => {
    inside("lb-1", "touch", "/var/lib/holdfast/mark", "/run/mark");
    succeed("fail", "lb-1", "--how", "power");
    assert.ok(!existsSync(`/run/netns/${namespaceOf(LAB, "lb-1")}`));
    await deadline("the other node has the address", () => holders() === "lb-2", SETTLED_MS, 100);
    succeed("heal", "lb-1");
    assert.equal(inside("lb-1", "ls", "/var/lib/holdfast/mark"), "/var/lib/holdfast/mark");
    assert.equal(inside("lb-1", "ls", "/run/mark"), "");
    await deadline("the address is back", () => holders() === "lb-1", SETTLED_MS, 100);
  });

  it("touches nothing of the host", () => {
    assert.equal(hostLinks(), linksBefore);
    assert.ok(!existsSync("/run/backend-nginx.pid"));
  });

  it("down leaves nothing behind", () => {
    succeed("down");
    assert.deepEqual(leftovers(), []);
  });
});

describe("holdfast lab up that is ended on the way", () => {
  /** Resolves when it has told of so many steps: the switch is one, and each machine. */
  const start = async (steps: number): Promise<ReturnType<typeof spawn>> => {
    const child = spawn(process.execPath, [CLI, "lab", "up", "-f", MANIFESTS, "--name", LAB], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    const { stderr } = child;
    assert.ok(stderr !== null);
    for (let text = ""; text.split("\n").length <= steps; ) text += String((await once(stderr, "data"))[0]);
    stderr.resume();
    return child;
  };

  for (const steps of [1, 2, 3, 4, 5]) {
    it(`by Ctrl-C in step ${steps} cleans up by itself`, async () => {
      const child = await start(steps);
      child.kill("SIGINT");
      const [status] = (await once(child, "exit")) as [number | null];
      assert.equal(status, 130);
      assert.deepEqual(leftovers(), []);
    });
  }

  it("by SIGKILL leaves what `lab down` removes", async () => {
    const child = await start(3);
    child.kill("SIGKILL");
    await once(child, "exit");
    assert.notDeepEqual(leftovers(), []);
    succeed("down");
    assert.deepEqual(leftovers(), []);
  });
});
