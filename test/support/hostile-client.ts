/** Clients of the API that do as they like: whole requests of any kind, and connections on which every byte is chosen. */
import { Agent, type RequestOptions, request } from "node:https";
import { connect, type TLSSocket } from "node:tls";
import { at } from "../../controller/object/tree.ts";
import type { JsonObject } from "../../controller/resource/json-schema.ts";
import type { ApiHost } from "./api-host-process.ts";

/** A role of the host's, its token, or nothing. */
export type Caller = "admin" | "editor" | "viewer" | "token" | "nobody";

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

export const tlsOf = ({ port, authority, credentials }: ApiHost, as: Caller) => ({
  host: "127.0.0.1",
  port,
  ca: authority,
  servername: "localhost",
  ...("certificate" in (credentials[as] ?? {})
    ? { cert: credentials[as]?.certificate, key: credentials[as]?.privateKey }
    : {}),
});

const headersOf = ({ token }: ApiHost, as: Caller): Record<string, string> =>
  as === "token" ? { Authorization: `Bearer ${token}` } : {};

export interface Wanted {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array;
  /** Connections that may be used again; else each request has one of its own. */
  readonly agent?: Agent;
  /** The answer may be one that goes on: it counts when it begins, and is left open; this is given what ends it. */
  readonly watching?: (end: () => void) => void;
}

export async function ask(host: ApiHost, as: Caller, path: string, wanted: Wanted = {}): Promise<Answered> {
  const { method = "GET", headers = {}, body, agent, watching } = wanted;
  const options: RequestOptions = {
    ...tlsOf(host, as),
    method,
    path,
    headers: { ...headersOf(host, as), ...headers },
    agent: agent ?? false,
  };
  return await new Promise((resolve, reject) => {
    const asked = request(options, (response) => {
      const { statusCode: status = 0 } = response;
      const told = response.headers as Record<string, string>;
      response.on("error", reject);
      if (watching !== undefined && status === 200) {
        watching(() => asked.destroy());
        response.resume();
        resolve({ status, headers: told, text: "" });
        return;
      }
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (more: string) => {
        text += more;
      });
      response.on("end", () => resolve({ status, headers: told, text }));
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

export const CHECKS = "/apis/holdfast.dev/v1alpha1/namespaces/default/healthchecks";
/** Of one annotation there may be so much. */
const ANNOTATION_CHARACTERS_MAX = 262_144;

/** A HealthCheck of so many characters, and some. */
export function largeCheck(name: string, characters: number): JsonObject {
  const annotations: Record<string, string> = {};
  for (let left = characters; left > 0; left -= ANNOTATION_CHARACTERS_MAX)
    annotations[`part-${left}`] = "x".repeat(Math.min(left, ANNOTATION_CHARACTERS_MAX));
  return {
    apiVersion: "holdfast.dev/v1alpha1",
    kind: "HealthCheck",
    metadata: { name, annotations },
    spec: { file: { path: "/etc/holdfast/down" } },
  };
}

export async function create(host: ApiHost, check: JsonObject): Promise<void> {
  const { status, text } = await ask(host, "editor", CHECKS, { method: "POST", body: JSON.stringify(check) });
  if (status !== 201) throw new Error(`${status}: ${text.slice(0, 1_000)}`);
}

/** `429 TooManyRequests 1: ...`, as a Status says it; anything else is an error. */
export function told({ status, headers, text }: Answered): string {
  const body: JsonObject = JSON.parse(text);
  if (body["kind"] !== "Status" || body["code"] !== status)
    throw new Error(`no Status of ${status}: ${text}`);
  const retry = headers["retry-after"] === undefined ? "" : ` ${headers["retry-after"]}`;
  if (retry !== "" && ` ${at(body, "details", "retryAfterSeconds")}` !== retry) throw new Error(text);
  return `${status} ${body["reason"]}${retry}: ${body["message"]}`;
}

export const keptAlive = (host: ApiHost, as: Caller, maxSockets: number): Agent =>
  new Agent({ ...tlsOf(host, as), keepAlive: true, maxSockets });

/** A connection over TLS, byte by byte. */
export class Wire {
  readonly socket: TLSSocket;
  readonly closed: Promise<unknown>;
  #text = "";

  static async open(host: ApiHost, as: Caller): Promise<Wire> {
    const socket = connect(tlsOf(host, as));
    // Whatever ends it is told by `closed`.
    socket.on("error", () => undefined);
    const wire = new Wire(socket);
    await Promise.race([new Promise<void>((resolve) => socket.once("secureConnect", resolve)), wire.closed]);
    return wire;
  }

  private constructor(socket: TLSSocket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => socket.once("close", resolve));
    socket.on("data", (more: Buffer) => {
      this.#text += more.toString("latin1");
    });
  }

  get text(): string {
    return this.#text;
  }

  send(text: string | Uint8Array): void {
    if (!this.socket.destroyed) this.socket.write(text);
  }

  /** One byte after another, for as long as the other side lets it. */
  async dribble(text: string, everyMs: number): Promise<void> {
    for (const byte of text) {
      if (this.socket.destroyed) return;
      this.socket.write(byte);
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  }

  /** All whole answers so far, of those that say how long they are. */
  answers(): readonly Answered[] {
    const found: Answered[] = [];
    for (let rest = this.#text; ; ) {
      const end = rest.indexOf("\r\n\r\n");
      if (end < 0) return found;
      const [first = "", ...lines] = rest.slice(0, end).split("\r\n");
      const headers = Object.fromEntries(
        lines.map((line) => {
          const [name = "", ...value] = line.split(": ");
          return [name.toLowerCase(), value.join(": ")];
        }),
      );
      const length = Number(headers["content-length"] ?? 0);
      const text = rest.slice(end + 4, end + 4 + length);
      if (text.length < length) return found;
      found.push({ status: Number(first.split(" ")[1]), headers, text });
      rest = rest.slice(end + 4 + length);
    }
  }
}
