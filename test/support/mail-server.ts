/** A real SMTP server (Debian's python3-aiosmtpd) that keeps what it takes in a Maildir. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deadline } from "./deadline.ts";

/** Debian's own interpreter, for which the package is. */
const PYTHON = "/usr/bin/python3";

export interface ReceivedMail {
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

export class MailServer implements AsyncDisposable {
  readonly #directory = mkdtempSync(join(tmpdir(), "hfpr-mail-"));
  readonly #port: number;
  #process: ChildProcess | null = null;

  constructor(port: number) {
    this.#port = port;
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** Resolves when it takes connections. */
  async start(): Promise<void> {
    const args = ["-m", "aiosmtpd", "-n", "-l", this.address, "-c", "aiosmtpd.handlers.Mailbox"];
    this.#process = spawn(PYTHON, [...args, join(this.#directory, "mail")], { stdio: "ignore" });
    await deadline("the mail server listens", () => accepts(this.#port), 20_000, 50);
  }

  async stop(): Promise<void> {
    const server = this.#process;
    this.#process = null;
    if (server === null) return;
    const exited = once(server, "exit");
    server.kill("SIGKILL");
    await exited;
  }

  /** In the order in which they were taken. */
  received(): ReceivedMail[] {
    const box = join(this.#directory, "mail/new");
    if (!existsSync(box)) return [];
    return readdirSync(box)
      .map((name) => join(box, name))
      .map((path) => ({ path, at: statSync(path, { bigint: true }).mtimeNs }))
      .sort((a, b) => (a.at < b.at ? -1 : 1))
      .map(({ path }) => parseMail(readFileSync(path, "utf8")));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    rmSync(this.#directory, { recursive: true });
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    // The greeting, so that the server is not left in the middle of one.
    socket.once("data", () => end(true));
    socket.once("error", () => end(false));
  });
}

function parseMail(text: string): ReceivedMail {
  const [head = "", ...paragraphs] = text.replaceAll("\r\n", "\n").split("\n\n");
  const unfolded = head.replaceAll(/\n[ \t]+/g, " ").split("\n");
  const headers = unfolded.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  return { headers: new Map(headers), body: paragraphs.join("\n\n") };
}
