/** A kubectl of one version, pointed at one server: each call with a cache of the server's own, and with a time limit. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonObject } from "../../controller/resource/json-schema.ts";
import { deadline } from "../support/deadline.ts";
import type { NetworkApiServer } from "../support/network-api.ts";

/** kubectl has been seen to hang on a busy machine. */
const CALL_MS_MAX = 60_000;
/**
 * Most of a short call is the start of a Go program: without garbage to collect, and with one thread to run on, it
 * takes less of the processor, which is what the matrix has too little of.
 */
const CHEAP_START = { GOGC: "off", GOMAXPROCS: "1" };
/** For what needs a kubectl or two to start, on a machine that is busy with others. */
export const PATIENCE_MS = 30_000;

export interface Ran {
  /** null: it was ended by the time limit. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CallOptions {
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly as?: "admin" | "viewer";
}

/** One that goes on until it ends by itself, or is stopped. */
export interface Running extends AsyncDisposable {
  readonly output: () => string;
  /** Resolves as soon as it has printed this. */
  printed(text: string | RegExp): Promise<void>;
  readonly ended: Promise<Ran>;
}

export class Kubectl implements Disposable {
  /** 27 of 1.27. */
  readonly minor: number;
  readonly server: NetworkApiServer;
  readonly #program: string;
  readonly #env: Readonly<Record<string, string>>;
  readonly #directory = mkdtempSync(join(tmpdir(), "hfmatrix-"));
  #files = 0;

  constructor(
    program: string,
    minor: number,
    server: NetworkApiServer,
    env: Readonly<Record<string, string>> = {},
  ) {
    this.#program = program;
    this.minor = minor;
    this.server = server;
    this.#env = env;
    for (const role of ["admin", "viewer"] as const)
      writeFileSync(join(this.#directory, role), server.kubeconfig(role));
  }

  [Symbol.dispose](): void {
    rmSync(this.#directory, { recursive: true });
  }

  /** Of a manifest, for `-f`. */
  file(...objects: readonly JsonObject[]): string {
    const path = this.#path(".json");
    writeFileSync(path, objects.map((object) => JSON.stringify(object)).join("\n"));
    return path;
  }

  /** A program that kubectl starts. */
  script(text: string): string {
    const path = this.#path(".sh");
    writeFileSync(path, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    return path;
  }

  #path(end: string): string {
    this.#files += 1;
    return join(this.#directory, `file${this.#files}${end}`);
  }

  /** What it prints; it must succeed. `words` are separated by blanks. */
  async ok(words: string | readonly string[], options: CallOptions = {}): Promise<string> {
    const { code, stdout, stderr } = await this.call(words, options);
    assert.equal(code, 0, `kubectl ${String(words)}: ${stderr}${stdout}`);
    return stdout;
  }

  /** What it complains of; it must end with this status. */
  async fails(words: string | readonly string[], status = 1, options: CallOptions = {}): Promise<string> {
    const { code, stdout, stderr } = await this.call(words, options);
    assert.equal(code, status, `kubectl ${String(words)}: ${stderr}${stdout}`);
    return stdout + stderr;
  }

  async call(words: string | readonly string[], options: CallOptions = {}): Promise<Ran> {
    return await this.start(words, options).ended;
  }

  start(
    words: string | readonly string[],
    { stdin = "", env = {}, as = "admin" }: CallOptions = {},
  ): Running {
    const args = typeof words === "string" ? words.split(" ") : words;
    const own = ["--kubeconfig", join(this.#directory, as), "--cache-dir", join(this.#directory, "cache")];
    const child = spawn(this.#program, [...args, ...own], {
      env: { PATH: process.env["PATH"], HOME: this.#directory, ...CHEAP_START, ...this.#env, ...env },
      timeout: CALL_MS_MAX,
    });
    const told = collect(child);
    // It may end without having read it.
    child.stdin.on("error", () => undefined).end(stdin);
    const ended = new Promise<Ran>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => resolve({ code, ...told }));
    });
    const output = (): string => told.stdout + told.stderr;
    return {
      output,
      ended,
      printed: (text) =>
        deadline(
          `${args.join(" ")} prints ${text}`,
          () => (typeof text === "string" ? output().includes(text) : text.test(output())),
          PATIENCE_MS,
        ).catch((error: unknown) => assert.fail(`${String(error)}; it has printed: ${output()}`)),
      [Symbol.asyncDispose]: async () => {
        child.kill();
        await ended;
      },
    };
  }
}

function collect(child: ChildProcess): { stdout: string; stderr: string } {
  const told = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name]?.setEncoding("utf8").on("data", (text: string) => {
      told[name] += text;
    });
  return told;
}
