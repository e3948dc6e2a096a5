/** The real nginx in this test's own network namespace, with files in a directory that is thrown away. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readlinkSync } from "node:fs";
import { request } from "node:http";
import { openLibc } from "../../controller/adapter/libc/libc.ts";
import { workerAccount } from "../../controller/adapter/nginx/account.ts";
import { findNginx } from "../../controller/adapter/nginx/binary.ts";
import { SystemNginxHost } from "../../controller/adapter/nginx/nginx-host.ts";
import type { NginxPlace } from "../../controller/adapter/nginx/place.ts";
import { childrenOf } from "../../controller/adapter/nginx/procfs.ts";
import type { Pool } from "../../controller/nginx/model.ts";
import { type NginxRelease, sealRelease } from "../../controller/nginx/release.ts";
import type { PortHolder } from "../../controller/nginx/state.ts";
import type { NginxWorld } from "../contract/nginx-host.ts";
import { deadline } from "./deadline.ts";
import { type Scratch, scratch } from "./nginx-judgement.ts";
import { aModel, aPage, aPool, sha256 } from "./nginx-models.ts";

export async function realNginx(): Promise<RealNginx> {
  const files = scratch();
  const place: NginxPlace = {
    binary: await findNginx(process.env["PATH"] ?? ""),
    stateDir: `${files.directory}/state`,
    runtimeDir: `${files.directory}/run`,
    statusSocket: `${files.directory}/run/nginx.sock`,
    account: await workerAccount(),
  };
  return new RealNginx(place, files);
}

export class RealNginx implements NginxWorld {
  readonly host: SystemNginxHost;
  readonly place: NginxPlace;
  readonly #libc = openLibc();
  readonly #files: Scratch;
  readonly #others: SystemNginxHost[] = [];
  readonly #servers = new Map<number, ChildProcess>();

  constructor(place: NginxPlace, files: Scratch) {
    this.place = place;
    this.#files = files;
    this.host = new SystemNginxHost(this.#libc, place);
  }

  anotherHost(): SystemNginxHost {
    const host = new SystemNginxHost(this.#libc, this.place);
    this.#others.push(host);
    return host;
  }

  release(content: string, ports: readonly number[]): NginxRelease {
    return this.releaseOf([aPool({ ports, backends: [], sorryPage: aPage(content, { status: 200 }) })]);
  }

  releaseOf(pools: readonly Pool[]): NginxRelease {
    const { release, problems } = sealRelease(aModel(pools, this.place.runtimeDir), sha256);
    if (problems.length > 0) throw new Error(JSON.stringify(problems));
    return release;
  }

  unsoundRelease(): NginxRelease {
    const release = this.release("unsound", [20_080]);
    return { ...release, text: `${release.text}bogus on;\n` };
  }

  async pids(): Promise<{ master: number; workers: readonly number[] }> {
    const { master, workers } = await this.host.observe([]);
    if (master === null) throw new Error("nginx does not run");
    return { master: master.pid, workers: workers.map(({ pid }) => pid) };
  }

  async killMaster(): Promise<void> {
    const { master } = await this.pids();
    process.kill(master, "SIGKILL");
    await gone([master]);
  }

  async killAll(): Promise<void> {
    const all = await this.everyPid();
    for (const pid of all) process.kill(pid, "SIGKILL");
    await gone(all);
  }

  /** Also workers on their way out, and those of an earlier master. */
  async everyPid(): Promise<number[]> {
    const { master } = await this.pids();
    const { orphans } = await this.host.observe([]);
    return [master, ...childrenOf(master), ...orphans];
  }

  async occupy(port: number): Promise<PortHolder> {
    const script = `require("node:net").createServer().listen(${port}, () => console.log("listening"))`;
    const server = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
    await once(server.stdout, "data");
    this.#servers.set(port, server);
    return { port, pid: server.pid ?? 0, name: "node" };
  }

  async vacate(port: number): Promise<void> {
    const server = this.#servers.get(port);
    if (server === undefined) throw new Error(`nobody holds ${port}`);
    this.#servers.delete(port);
    server.kill("SIGKILL");
    await once(server, "exit");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const port of [...this.#servers.keys()]) await this.vacate(port);
    await this.host.stop();
    for (const host of [this.host, ...this.#others]) host[Symbol.dispose]();
    this.#files[Symbol.dispose]();
  }
}

/** A zombie is as dead as any: whoever is its parent takes the time that it takes. */
async function gone(pids: readonly number[]): Promise<void> {
  await deadline("killed processes are gone", () => pids.every((pid) => executableOf(pid) === null));
}

export function executableOf(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return null;
  }
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** A client that opens a connection for each request, as most health checks and many tools do. */
export async function get(port: number, host = "127.0.0.1", path = "/"): Promise<Answer> {
  const asked = request({ host, port, path, agent: false, timeout: 5000 });
  asked.on("timeout", () => asked.destroy(new Error("no answer within 5 s")));
  asked.end();
  const [response] = await once(asked, "response");
  let body = "";
  for await (const chunk of response.setEncoding("utf8")) body += chunk;
  return { status: response.statusCode, body };
}
