/** The API of a node in a process of its own: started, asked about itself, and ended. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Limits, Times } from "../../controller/api/limits.ts";
import type { Credentials } from "../../controller/port/authority.ts";
import type { JsonObject } from "../../controller/resource/json-schema.ts";
import { ended } from "./ended.ts";

const PROGRAM = fileURLToPath(new URL("api-host.js", import.meta.url));

export interface HostFacts {
  readonly port: number;
  /** The certificate that it is to be known by. */
  readonly authority: string;
  /** A viewer's. */
  readonly token: string;
  readonly credentials: Readonly<Record<string, Credentials>>;
  /** An admin's. */
  readonly kubeconfig: string;
}

export interface ApiHost extends HostFacts, AsyncDisposable {
  /** Resident, in bytes, after what was garbage has been collected. */
  memory(): Promise<number>;
  /** What its log has at levels that somebody would have to look at. */
  errors(): Promise<readonly string[]>;
  audited(): Promise<number>;
  objects(): Promise<readonly JsonObject[]>;
  /** Whether a request has given all objects of its process a property `polluted`. */
  polluted(): Promise<boolean>;
}

export async function startApiHost(
  changes: { readonly limits?: Partial<Limits>; readonly times?: Partial<Times> } = {},
): Promise<ApiHost> {
  const child = spawn(process.execPath, ["--expose-gc", PROGRAM, JSON.stringify(changes)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  // Whoever asks a host that has ended is told so by its answers.
  child.stdin.on("error", () => undefined);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await lines.next();
    if (done === true) assert.fail("the process that serves the API has ended");
    return JSON.parse(value);
  };
  const ask = async (question: string) => {
    child.stdin.write(`${question}\n`);
    return await next();
  };
  const facts: HostFacts = await next();
  return {
    ...facts,
    memory: () => ask("memory"),
    errors: () => ask("errors"),
    audited: () => ask("audited"),
    objects: () => ask("objects"),
    polluted: () => ask("polluted"),
    [Symbol.asyncDispose]: async () => {
      await ended(child, () => child.stdin.end());
    },
  };
}
