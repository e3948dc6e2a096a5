/** Asks the API of the agent on this machine for objects, over its unix socket: what `holdfast get` and its like use. */
import { type IncomingMessage, request } from "node:http";
import { at } from "../object/tree.ts";
import type { Json, JsonObject } from "../resource/json-schema.ts";
import { agentSocket, explainFailure, NoAnswer } from "./client.ts";

export interface Question {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly path: string;
  readonly accept?: string;
  readonly contentType?: string;
  readonly body?: Json;
}

export interface Told {
  readonly status: number;
  readonly body: JsonObject;
  /** Of the server, for the user. */
  readonly warnings: readonly string[];
}

/** A list of all objects that a store takes. */
const ANSWER_BYTES_MAX = 512_000_000;

/** Whatever the status is. Throws NoAnswer. */
export async function tell(runtimeDir: string, question: Question): Promise<Told> {
  const response = await open(runtimeDir, question);
  const text = await textOf(response);
  return {
    status: response.statusCode ?? 0,
    body: text.startsWith("{") ? JSON.parse(text) : {},
    warnings: warningsOf(response),
  };
}

/** Throws NoAnswer with what the server says. */
export async function tellWell(runtimeDir: string, question: Question): Promise<Told> {
  const told = await tell(runtimeDir, question);
  if (told.status >= 400) throw new NoAnswer(String(at(told.body, "message") ?? `status ${told.status}`));
  return told;
}

/** Frame by frame, until the server or the caller ends it. */
export async function* follow(
  runtimeDir: string,
  path: string,
  signal: AbortSignal,
): AsyncGenerator<JsonObject> {
  const response = await open(runtimeDir, { method: "GET", path }, signal);
  if (response.statusCode !== 200) throw new NoAnswer(await textOf(response));
  response.setEncoding("utf8");
  let rest = "";
  for await (const chunk of response as AsyncIterable<string>) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield JSON.parse(line) as JsonObject;
  }
}

function open(runtimeDir: string, question: Question, signal?: AbortSignal): Promise<IncomingMessage> {
  const { method, path, accept = "application/json", contentType = "application/json", body } = question;
  const socketPath = agentSocket(runtimeDir);
  const headers = {
    Accept: accept,
    "User-Agent": "holdfast",
    ...(body === undefined ? {} : { "Content-Type": contentType }),
  };
  return new Promise((resolve, reject) => {
    const outgoing = request({ socketPath, method, path, headers, ...(signal ? { signal } : {}) }, resolve);
    outgoing.on("error", (error: NodeJS.ErrnoException) => {
      reject(new NoAnswer(explainFailure(socketPath, error), { cause: error }));
    });
    outgoing.end(body === undefined ? "" : JSON.stringify(body));
  });
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > ANSWER_BYTES_MAX) throw new NoAnswer("the answer is too long");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** `299 - "text"`, with commas between several. */
function warningsOf({ headers }: IncomingMessage): readonly string[] {
  const { warning = "" } = headers;
  const found = String(warning).matchAll(/299 - "((?:[^"\\]|\\.)*)"/g);
  return [...found].map(([, text = ""]) => text.replaceAll(/\\(.)/g, "$1"));
}
