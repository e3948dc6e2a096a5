/** The API of a node: measured by a program in namespaces of its own, and then in the lab, until the world is as was asked. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Sample } from "./statistics.ts";

const PROGRAM = fileURLToPath(new URL("./api-main.js", import.meta.url));

export interface ApiOptions {
  readonly runs: number;
  readonly signal: AbortSignal;
}

/** What was measured before an abort is answered. */
export async function measureApi({ runs, signal }: ApiOptions): Promise<readonly Sample[]> {
  const alone = [
    "setpriv",
    "--pdeathsig",
    "KILL",
    "unshare",
    "--net",
    "--mount-proc",
    "--pid",
    "--fork",
    "--kill-child",
  ];
  const root = mkdtempSync(join(tmpdir(), "holdfast-api-bench-"));
  const [command = "", ...words] = [...alone, process.execPath, PROGRAM, `${runs}`, root];
  const child = spawn(command, words, { stdio: ["ignore", "pipe", "inherit"] });
  // unshare keeps a milder signal to itself; what runs in the namespaces goes with it.
  const stop = (): void => void child.kill("SIGKILL");
  signal.addEventListener("abort", stop, { once: true });
  const samples: Sample[] = [];
  createInterface(child.stdout).on("line", (line) => samples.push(JSON.parse(line) as Sample));
  const [status] = (await once(child, "close")) as [number | null];
  signal.removeEventListener("abort", stop);
  rmSync(root, { recursive: true, force: true });
  if (status !== 0 && !signal.aborted)
    throw new Error(`the measuring program has ended with status ${status}`);
  return samples;
}
