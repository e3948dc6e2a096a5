/** Finds what a lab has left in the kernel by its name alone, and ends it. */
import { setTimeout as sleep } from "node:timers/promises";
import { attempt, refuse } from "./command.ts";
import { namespaceOf } from "./names.ts";

/** A killed process is gone within milliseconds, unless it waits for a device. */
const END_TIMEOUT_MS = 20_000;
const LOOK_MS = 10;

/** `hf-a-b-switch` is of the lab `a-b`, if there is one, and not of the lab `a`. */
export async function namespacesOf(name: string, labs: readonly string[]): Promise<readonly string[]> {
  const prefix = (lab: string): string => namespaceOf(lab, "");
  const others = labs.filter((other) => other.startsWith(`${name}-`));
  const { stdout } = await attempt("ip", ["netns", "list"]);
  return stdout
    .split("\n")
    .map((line) => line.split(" ")[0] ?? "")
    .filter((namespace) => namespace.startsWith(prefix(name)))
    .filter((namespace) => !others.some((other) => namespace.startsWith(prefix(other))));
}

/** Resolves when nothing runs in the namespace any more: only then does deleting it free its addresses. */
export async function endProcesses(namespace: string): Promise<void> {
  for (let waited = 0; waited < END_TIMEOUT_MS; waited += LOOK_MS) {
    const { stdout } = await attempt("ip", ["netns", "pids", namespace]);
    const pids = stdout.split("\n").filter(Boolean).map(Number);
    if (pids.length === 0) return;
    for (const pid of pids) kill(pid);
    await sleep(LOOK_MS);
  }
  throw refuse(`processes in namespace ${namespace} do not end, though they were killed`);
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
