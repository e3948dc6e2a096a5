/** A client of the API over TLS, with a client certificate, that knows when an answer or an event was there. */
import { readFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { parse } from "yaml";

interface Kubeconfig {
  readonly clusters: readonly [
    { readonly cluster: { readonly server: string; readonly "certificate-authority-data": string } },
  ];
  readonly users: readonly [
    { readonly user: { readonly "client-certificate-data": string; readonly "client-key-data": string } },
  ];
}

export interface Answered {
  readonly status: number;
  readonly text: string;
  /** Of the body. */
  readonly bytes: number;
  /** From the call to the end of the answer. */
  readonly ms: number;
}

export interface Asked {
  readonly method: "GET" | "PUT" | "PATCH" | "POST" | "DELETE";
  readonly path: string;
  readonly type?: string;
  readonly body?: unknown;
}

/** Requests follow each other on one connection; each watch has its own. */
export class ApiClient implements Disposable {
  readonly #server: URL;
  readonly #identity: { readonly ca: Buffer; readonly cert: Buffer; readonly key: Buffer };
  readonly #agent: Agent;

  /** `file`: as `holdfast kubeconfig` writes it. */
  constructor(file: string) {
    const { clusters, users } = parse(readFileSync(file, "utf8")) as Kubeconfig;
    const [{ cluster }, { user }] = [clusters[0], users[0]];
    const decoded = (text: string): Buffer => Buffer.from(text, "base64");
    this.#server = new URL(cluster.server);
    this.#identity = {
      ca: decoded(cluster["certificate-authority-data"]),
      cert: decoded(user["client-certificate-data"]),
      key: decoded(user["client-key-data"]),
    };
    this.#agent = new Agent({ ...this.#identity, keepAlive: true, maxSockets: 1 });
  }

  ask({ method, path, type, body }: Asked): Promise<Answered> {
    const start = performance.now();
    return new Promise((resolve, reject) => {
      const text = body === undefined ? "" : JSON.stringify(body);
      const headers = {
        Accept: "application/json",
        ...(body === undefined
          ? {}
          : { "Content-Type": type ?? "application/json", "Content-Length": Buffer.byteLength(text) }),
      };
      const sent = request(new URL(path, this.#server), { method, headers, agent: this.#agent }, (answer) => {
        const parts: Buffer[] = [];
        answer.on("data", (part: Buffer) => parts.push(part));
        answer.once("error", reject);
        answer.once("end", () => {
          const ms = performance.now() - start;
          const whole = Buffer.concat(parts);
          resolve({ status: answer.statusCode ?? 0, text: whole.toString(), bytes: whole.length, ms });
        });
      });
      sent.once("error", reject);
      sent.end(text);
    });
  }

  /** Anything but 200 and 201 is thrown. */
  async askWell(asked: Asked): Promise<Answered> {
    const answered = await this.ask(asked);
    if (answered.status === 200 || answered.status === 201) return answered;
    throw new Error(`${asked.method} ${asked.path}: ${answered.status} ${answered.text}`);
  }

  /** Resolves once the server has begun to tell; `told` is called with each event's text. */
  watch(path: string, told: (text: string) => void): Promise<Disposable> {
    return new Promise((resolve, reject) => {
      const sent = request(new URL(path, this.#server), { ...this.#identity, agent: false }, (answer) => {
        if (answer.statusCode !== 200) {
          sent.destroy();
          return reject(new Error(`watch: ${answer.statusCode}`));
        }
        let rest = "";
        answer.setEncoding("utf8").on("data", (part: string) => {
          const lines = (rest + part).split("\n");
          rest = lines.pop() ?? "";
          lines.forEach(told);
        });
        // It ends when the watcher or the agent does.
        answer.on("error", () => undefined);
        resolve({ [Symbol.dispose]: () => sent.destroy() });
      });
      sent.on("error", reject);
      sent.end();
    });
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}
