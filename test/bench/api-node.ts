/** A node of its own for the API's benchmark: a real agent and its speaker, without nginx, over a store on the disk. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CLI } from "../../controller/lab/services.ts";
import { ended } from "../support/ended.ts";
import { ApiClient } from "./api-client.ts";
import { NODE } from "./api-objects.ts";

const PORT = 7443;
const LOOK_MS = 10;
const READY_MAX_MS = 120_000;

export interface NodePlace {
  /** With `state`, `run` and `manifests` in it. */
  readonly directory: string;
  readonly kubeconfig: string;
}

export function placeOf(directory: string): NodePlace {
  for (const part of ["state", "run", "manifests"]) mkdirSync(join(directory, part), { recursive: true });
  return { directory, kubeconfig: join(directory, "kubeconfig") };
}

export interface StartTimes {
  /** Milliseconds from the start of the program until an object is answered over TLS. */
  readonly serving: number;
  /** The same until the node says of itself that it is Ready. */
  readonly ready: number;
}

export class ApiNode implements AsyncDisposable {
  readonly client: ApiClient;
  readonly times: StartTimes;
  readonly #agent: ChildProcess;

  private constructor(agent: ChildProcess, client: ApiClient, times: StartTimes) {
    this.#agent = agent;
    this.client = client;
    this.times = times;
  }

  get pid(): number {
    return this.#agent.pid ?? 0;
  }

  /** `object`: path of one that is there. Resolves when the node is Ready. */
  static async start({ directory, kubeconfig }: NodePlace, object: string): Promise<ApiNode> {
    const own = ["--node", NODE, "--state-dir", join(directory, "state")];
    execFileSync(process.execPath, [
      ...[CLI, "kubeconfig", ...own, "--server", `https://127.0.0.1:${PORT}`],
      ...["--output", kubeconfig, "--force"],
    ]);
    const log = openSync(join(directory, "agent.log"), "a");
    const start = performance.now();
    const flags = [
      ...own,
      "--runtime-dir",
      join(directory, "run"),
      "--manifests",
      join(directory, "manifests"),
    ];
    const agent = spawn(
      process.execPath,
      [
        // Of Node.js, for a profile: `--cpu-prof --cpu-prof-dir=/tmp/profile`, written when the agent ends.
        ...(process.env["HOLDFAST_AGENT_FLAGS"]?.split(" ") ?? []),
        ...[
          CLI,
          "agent",
          ...flags,
          "--api-listen",
          `127.0.0.1:${PORT}`,
          "--nginx",
          "off",
          "--log-level",
          "warn",
        ],
      ],
      { stdio: ["ignore", log, log] },
    );
    const client = new ApiClient(kubeconfig);
    const answers = async (path: string, isIt: (text: string) => boolean): Promise<number> => {
      for (;;) {
        if (agent.exitCode !== null || agent.signalCode !== null)
          throw new Error(`the agent has ended: see ${directory}/agent.log`);
        const ms = performance.now() - start;
        if (ms > READY_MAX_MS) throw new Error(`${path} is not as it should be within ${READY_MAX_MS} ms`);
        const { status, text } = await client
          .ask({ method: "GET", path })
          .catch(() => ({ status: 0, text: "" }));
        if (status === 200 && isIt(text)) return performance.now() - start;
        await sleep(LOOK_MS);
      }
    };
    const serving = await answers(object, () => true);
    const ready = await answers(`/api/v1/nodes/${NODE}`, isReady);
    return new ApiNode(agent, client, { serving, ready });
  }

  /** Resolves when nothing has changed for `forMs`: the agent has told the status of all. */
  async settled(path: string, forMs: number): Promise<void> {
    const version = async (): Promise<string> => {
      const { text } = await this.client.askWell({
        method: "GET",
        path: `${path}?fieldSelector=metadata.name=none`,
      });
      return (JSON.parse(text) as { metadata: { resourceVersion: string } }).metadata.resourceVersion;
    };
    for (let [before, now] = ["", await version()]; before !== now; now = await version()) {
      before = now;
      await sleep(forMs);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client[Symbol.dispose]();
    await ended(this.#agent, () => this.#agent.kill("SIGTERM"));
  }
}

interface NodeObject {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

const isReady = (text: string): boolean =>
  (JSON.parse(text) as NodeObject).status?.conditions?.some(
    ({ type, status }) => type === "Ready" && status === "True",
  ) === true;
