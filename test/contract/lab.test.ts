/** The lab by itself, without agents: machines that behave like machines, and nothing left when they are gone. */
import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Failure, Lab } from "../../controller/lab/lab.ts";
import { attemptIn, initPid } from "../../controller/lab/machine.ts";
import { directoryOf, namespaceOf } from "../../controller/lab/names.ts";
import { CLI } from "../../controller/lab/services.ts";
import { closeLab, openTestLab, waitFor } from "../support/lab.ts";
import { A, CLIENT_ADDRESS, SINGLE_MASTER } from "../support/lab-manifests.ts";
import { addresses, get, processes, read, write } from "../support/lab-world.ts";

const RS1 = "172.16.250.127";
const RS2 = "172.16.253.193";
const PAGE_OF_RS1 = { status: 200, body: "<h1> Web RS1 </h1>" };
const NO_ANSWER = { status: 0, body: "" };

const hostLinks = (): string => execFileSync("ip", ["-o", "link"], { encoding: "utf8" });

describe("a lab without agents", () => {
  let lab: Lab;
  let linksBefore: string;
  before(async () => {
    linksBefore = hostLinks();
    lab = await openTestLab({ manifests: SINGLE_MASTER, agents: false, client: CLIENT_ADDRESS });
  });
  after(() => closeLab(lab));

  it("has a machine for each node, web server and client, with the manifests' own addresses", async () => {
    assert.deepEqual(
      lab.machines.map(({ name, role, address }) => `${name} ${role} ${address}`),
      [
        "keepalive-a member 172.16.253.108",
        "keepalive-b member 172.16.253.105",
        `rs1 backend ${RS1}`,
        `rs2 backend ${RS2}`,
        `client client ${CLIENT_ADDRESS}`,
      ],
    );
    for (const { name, address } of lab.machines)
      assert.ok((await addresses(lab, name)).some((each) => each.startsWith(`${address}/`)));
    const { stdout } = await attemptIn(lab.at(A), ["hostname"]);
    assert.equal(stdout, `${A}\n`);
  });

  it("lets the client reach both web servers", async () => {
    assert.deepEqual(await get(lab, 1, RS1), [PAGE_OF_RS1]);
    assert.deepEqual(await get(lab, 1, RS2), [{ status: 200, body: "<h1> Web RS2 </h1>" }]);
  });

  it("shows nothing of itself on the host's interfaces", () => {
    assert.equal(hostLinks(), linksBefore);
  });

  for (const how of ["power", "link", "partition", "pause", "process"] satisfies Failure[]) {
    it(`breaks a machine by ${how}, and mends it`, async () => {
      await lab.fail("rs1", how);
      assert.equal(lab.failureOf("rs1"), how);
      assert.deepEqual(await get(lab, 1, RS1), [NO_ANSWER]);
      assert.equal((await get(lab, 1, RS2))[0]?.status, 200);
      if (how !== "power") assert.equal(await hasCarrier(lab), how !== "link");
      await lab.heal("rs1");
      assert.equal(lab.failureOf("rs1"), null);
      await waitFor(lab, "rs1 serves", async () => (await get(lab, 1, RS1))[0]?.status === 200, 5_000);
      assert.equal(await hasCarrier(lab), true);
    });
  }

  it("keeps a machine's disk over a power failure, and neither its processes nor its /run", async () => {
    write(lab, A, "/etc/holdfast/kept", "kept");
    write(lab, A, "/run/lost", "lost");
    assert.equal(existsSync("/etc/holdfast/kept"), false, "the host's own /etc is not the machine's");
    await lab.fail(A, "power");
    assert.equal(initPid(lab.at(A)), null);
    assert.equal(existsSync(`/run/netns/${namespaceOf(lab.name, A)}`), false);
    await lab.heal(A);
    assert.equal(read(lab, A, "/etc/holdfast/kept"), "kept");
    assert.equal(read(lab, A, "/run/lost"), "");
    assert.equal((await processes(lab, A, "bash")).length, 1);
  });

  it("refuses what makes no sense, in a sentence", async () => {
    await assert.rejects(lab.heal("rs1"), /rs1 is well/);
    await assert.rejects(lab.fail("nobody", "link"), /there is no machine nobody/);
    await assert.rejects(lab.fail("client", "process"), /the client runs nothing/);
    await lab.fail("rs2", "link");
    await assert.rejects(lab.fail("rs2", "power"), /rs2 is broken already \(link\)/);
    await lab.heal("rs2");
  });
});

describe("when a lab ends", () => {
  it("leaves no process, namespace, mount or file", async () => {
    const lab = await openTestLab({ manifests: SINGLE_MASTER, client: CLIENT_ADDRESS });
    assert.ok(remains(lab.name).length >= 6, "they are found while they are there");
    await closeLab(lab);
    assert.deepEqual(remains(lab.name), []);
  });

  for (const moment of ["switch", "keepalive-a", "rs1", "agents"]) {
    it(`leaves nothing either after \`lab up\` was killed at the step "${moment}"`, async () => {
      const name = `t${process.pid}-killed`;
      const directory = mkdtempSync(join(tmpdir(), "holdfast-manifests-"));
      try {
        for (const [file, text] of Object.entries(SINGLE_MASTER)) writeFileSync(join(directory, file), text);
        await killedAt(moment, ["lab", "up", "-f", directory, "--name", name]);
        const { status, stderr } = spawnSync(process.execPath, [CLI, "lab", "down", "--name", name], {
          encoding: "utf8",
        });
        assert.equal(status, 0, stderr);
        assert.deepEqual(remains(name), []);
      } finally {
        rmSync(directory, { recursive: true });
      }
    });
  }
});

async function hasCarrier(lab: Lab): Promise<boolean> {
  const { stdout } = await attemptIn(lab.at("rs1"), ["ip", "-j", "link", "show", "dev", "ens33"]);
  return stdout.includes("LOWER_UP");
}

/** Resolves when the command was killed as soon as it had announced the step. */
async function killedAt(step: string, command: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [CLI, ...command], { stdio: ["ignore", "ignore", "pipe"], cwd: "/" });
  let said = "";
  child.stderr.on("data", (text: Buffer) => {
    said += text.toString();
    if (said.includes(step)) child.kill("SIGKILL");
  });
  await new Promise<void>((resolve) => child.once("exit", () => resolve()));
  assert.ok(said.includes(step), said);
  assert.equal(child.signalCode, "SIGKILL");
}

/** Whatever carries the lab's name: directory, namespaces, mounts, processes. */
function remains(name: string): readonly string[] {
  const namespaces = execFileSync("ip", ["netns", "list"], { encoding: "utf8" }).split("\n");
  const mounts = readFileSync("/proc/mounts", "utf8").split("\n");
  const prefix = namespaceOf(name, "");
  const pids = readdirSync("/proc").filter((entry) => /^\d+$/.test(entry));
  return [
    ...(existsSync(directoryOf(name)) ? [directoryOf(name)] : []),
    ...namespaces.filter((each) => each.startsWith(prefix)),
    ...mounts.filter((each) => each.includes(prefix) || each.includes(`${directoryOf(name)}/`)),
    ...pids
      .map(commandLineOf)
      .filter((each) => each.includes(prefix) || each.includes(`${directoryOf(name)}/`)),
  ];
}

function commandLineOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch (error) {
    // It ended between the listing and this look.
    if (["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) return "";
    throw error;
  }
}
