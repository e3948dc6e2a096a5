/** Debian's etcd, with a file of its own on the same disk, asked in its own words (gRPC), without TLS. */
import { type ChildProcess, spawn } from "node:child_process";
import { openSync } from "node:fs";
import { type ClientHttp2Session, connect } from "node:http2";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ended } from "../support/ended.ts";

const CLIENTS = "http://127.0.0.1:2379";
const PEERS = "http://127.0.0.1:2380";
const LOOK_MS = 10;
const READY_MAX_MS = 30_000;
/** Puts that are under way at once while keys are brought in. */
const TOGETHER = 200;

export class Etcd implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #session: ClientHttp2Session;
  /** Milliseconds from the start of the program until a put is acknowledged. */
  readonly serving: number;

  private constructor(process: ChildProcess, session: ClientHttp2Session, serving: number) {
    this.#process = process;
    this.#session = session;
    this.serving = serving;
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  static async start(directory: string): Promise<Etcd> {
    const log = openSync(join(directory, "etcd.log"), "a");
    const start = performance.now();
    const flags = {
      "data-dir": join(directory, "etcd"),
      "listen-client-urls": CLIENTS,
      "advertise-client-urls": CLIENTS,
      "listen-peer-urls": PEERS,
      "initial-advertise-peer-urls": PEERS,
      "initial-cluster": `default=${PEERS}`,
      "log-level": "error",
    };
    const child = spawn(
      "etcd",
      Object.entries(flags).map(([name, value]) => `--${name}=${value}`),
      { stdio: ["ignore", log, log] },
    );
    for (;;) {
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`etcd has ended: see ${directory}/etcd.log`);
      if (performance.now() - start > READY_MAX_MS) throw new Error("etcd takes no put");
      const session = connect(CLIENTS);
      session.on("error", () => undefined);
      const isThere = await put(session, "/first", Buffer.from("1")).then(
        () => true,
        () => false,
      );
      if (isThere) return new Etcd(child, session, performance.now() - start);
      session.destroy();
      await sleep(LOOK_MS);
    }
  }

  /** Milliseconds until it is acknowledged. */
  async put(key: string, value: Buffer): Promise<number> {
    const start = performance.now();
    await put(this.#session, key, value);
    return performance.now() - start;
  }

  async fill(count: number, value: Buffer): Promise<void> {
    for (let first = 0; first < count; first += TOGETHER) {
      const keys = Array.from(
        { length: Math.min(TOGETHER, count - first) },
        (_, at) => `/bench/${first + at}`,
      );
      await Promise.all(keys.map((key) => this.put(key, value)));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#session.destroy();
    await ended(this.#process, () => this.#process.kill("SIGTERM"));
  }
}

const HEADERS = {
  ":method": "POST",
  ":path": "/etcdserverpb.KV/Put",
  "content-type": "application/grpc",
  te: "trailers",
} as const;

function put(session: ClientHttp2Session, key: string, value: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    // An error of the session is one of its streams too.
    const stream = session.request(HEADERS);
    let status = "";
    stream.on("trailers", (trailers) => {
      status = String(trailers["grpc-status"]);
    });
    stream.resume();
    stream.once("error", reject);
    stream.once("close", () => {
      if (status === "0") resolve();
      else reject(new Error(`etcd: grpc-status ${status}`));
    });
    stream.end(framed(Buffer.concat([field(1, Buffer.from(key)), field(2, value)])));
  });
}

/** gRPC's: not compressed, and how long it is. */
function framed(message: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** A field of bytes in protobuf. */
const field = (number: number, bytes: Buffer): Buffer =>
  Buffer.concat([Buffer.from([(number << 3) | 2, ...varint(bytes.length)]), bytes]);

const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)];
