/** Asks the agent of this node to take it out of service and back, and how far it is. */
import type { DrainAnswer, DrainView } from "../plan/drain.ts";
import type { DrainRequest } from "../plan/drain-request.ts";
import { ask, NoAnswer } from "./client.ts";

export async function postDrain(runtimeDir: string, order: DrainRequest): Promise<DrainAnswer> {
  return (await asked(runtimeDir, "/v1/drain", [200, 409], order)) as DrainAnswer;
}

export async function postUndrain(runtimeDir: string, by: string): Promise<DrainView> {
  return (await asked(runtimeDir, "/v1/undrain", [200], { by })) as DrainView;
}

export async function askDrain(runtimeDir: string): Promise<DrainView> {
  return (await asked(runtimeDir, "/v1/drain", [200])) as DrainView;
}

async function asked(
  runtimeDir: string,
  path: string,
  expected: readonly number[],
  say?: object,
): Promise<unknown> {
  const { status, body } = await ask(runtimeDir, path, say);
  if (expected.includes(status)) return JSON.parse(body) as unknown;
  throw new NoAnswer(`the agent refuses: ${messageIn(body)}`);
}

function messageIn(body: string): string {
  try {
    const { message } = JSON.parse(body) as { message?: unknown };
    return typeof message === "string" ? message : body;
  } catch {
    return body;
  }
}
