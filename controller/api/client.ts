/** Asks a running agent over its unix socket. */
import { request } from "node:http";
import { join } from "node:path";
import type { AgentReport } from "../plan/report.ts";

const TIMEOUT_MS = 5000;
/** A report of a thousand resources is about a megabyte. */
const ANSWER_BYTES_MAX = 64_000_000;

/** Why no answer came, as a sentence for the operator. */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer";
}

export const agentSocket = (runtimeDir: string): string => join(runtimeDir, "agent.sock");

export async function askReport(runtimeDir: string): Promise<AgentReport> {
  const { status, body } = await ask(runtimeDir, "/v1/status");
  if (status !== 200) throw new NoAnswer(`the agent answered with status ${status}: ${body}`);
  return JSON.parse(body) as AgentReport;
}

/** `history`: how many changes of role are to be told. null: there is no such resource. */
export async function askWhy(
  runtimeDir: string,
  kind: string,
  name: string,
  history = 0,
): Promise<readonly string[] | null> {
  const path = `/v1/why/${encodeURIComponent(kind)}/${encodeURIComponent(name)}?history=${history}`;
  const { status, body } = await ask(runtimeDir, path);
  if (status === 404) return null;
  if (status !== 200) throw new NoAnswer(`the agent answered with status ${status}: ${body}`);
  return (JSON.parse(body) as { lines: readonly string[] }).lines;
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** `say`: what is posted, as JSON; without it the question is a GET. */
export function ask(runtimeDir: string, path: string, say?: object): Promise<Answer> {
  const socketPath = agentSocket(runtimeDir);
  const posting = { method: "POST", headers: { "Content-Type": "application/json" } };
  const options = { socketPath, path, timeout: TIMEOUT_MS, ...(say === undefined ? {} : posting) };
  return new Promise((resolve, reject) => {
    const outgoing = request(options, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        body += chunk;
        if (body.length > ANSWER_BYTES_MAX) outgoing.destroy(new Error("the answer is too long"));
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
    });
    outgoing.on("timeout", () => outgoing.destroy(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)));
    outgoing.on("error", (error: NodeJS.ErrnoException) => {
      reject(new NoAnswer(explainFailure(socketPath, error), { cause: error }));
    });
    outgoing.end(say === undefined ? "" : JSON.stringify(say));
  });
}

export function explainFailure(socketPath: string, error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case "ENOENT":
    case "ECONNREFUSED":
      return `no agent runs here (nothing answers at ${socketPath}); is --runtime-dir right?`;
    case "EACCES":
      return `not permitted to open ${socketPath}: run this as root`;
    default:
      return `cannot ask the agent at ${socketPath}: ${error.message}`;
  }
}
