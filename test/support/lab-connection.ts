/** One connection from the client that stays open, and what came over it. */
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Lab } from "../../controller/lab/lab.ts";
import { CLIENT } from "../../controller/lab/names.ts";
import { signal, spawnIn } from "./lab-world.ts";

const PROGRAM = fileURLToPath(new URL("lab-one-connection.js", import.meta.url));

export interface ConnectionAnswer {
  /** 0: none came. */
  readonly status: number;
  readonly localPort: number;
  readonly body: string;
}

export interface OneConnection {
  readonly answers: readonly ConnectionAnswer[];
  stop(): Promise<void>;
}

/** Resolves when the first answer has come. */
export async function connect(lab: Lab, target: string): Promise<OneConnection> {
  const child = spawnIn(lab, CLIENT, [process.execPath, PROGRAM, target]);
  if (child.stdout === null) throw new Error("the client was started without a pipe");
  child.stderr?.resume();
  const answers: ConnectionAnswer[] = [];
  const lines = createInterface({ input: child.stdout });
  lines.on("line", (line) => answers.push(JSON.parse(line) as ConnectionAnswer));
  await once(lines, "line");
  return { answers, stop: () => signal(child, "SIGKILL") };
}
