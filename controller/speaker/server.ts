/** The speaker's unix socket. One agent at a time: a newer connection replaces the older, whose agent is likely dead. */
import { createServer, type Server, type Socket } from "node:net";
import type { Log } from "../port/log.ts";
import type { Heir } from "./bequest.ts";
import { LineStream } from "./line-stream.ts";
import { parseToSpeaker } from "./message-table.ts";
import { type FromSpeaker, PROTOCOL_VERSION, type ToSpeaker } from "./messages.ts";
import type { Speaker } from "./speaker.ts";

/** Connections that have not said hello yet; more at once are turned away. */
const CONNECTIONS_MAX = 16;
/** Only the owner may connect: whoever speaks here commands the addresses. */
const UMASK = 0o177;

export class SpeakerServer implements Disposable {
  readonly #speaker: Speaker;
  readonly #log: Log;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #heirs = new WeakMap<Socket, Heir>();
  #agent: Socket | null = null;

  constructor(speaker: Speaker, log: Log) {
    this.#speaker = speaker;
    this.#log = log;
    this.#server = createServer((socket) => this.#welcome(socket));
    this.#server.maxConnections = CONNECTIONS_MAX;
  }

  /** `path` must not exist. Rejects when it cannot be listened on. */
  async listen(path: string): Promise<void> {
    // The socket is made within this call, so nothing else is created under this mask.
    const umask = process.umask(UMASK);
    try {
      await new Promise<void>((resolve, reject) => {
        this.#server.once("error", reject);
        this.#server.listen(path, () => {
          this.#server.off("error", reject);
          resolve();
        });
        process.umask(umask);
      });
    } finally {
      process.umask(umask);
    }
  }

  [Symbol.dispose](): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroySoon();
  }

  #welcome(socket: Socket): void {
    this.#sockets.add(socket);
    const lines = new LineStream<ToSpeaker, FromSpeaker>(socket, parseToSpeaker, {
      received: (message) => this.#receive(message, socket, lines),
      malformed: (reason) => this.#log.warn("the agent sent what is no message", { because: reason }),
    });
    // A connection that breaks says so by closing.
    socket.on("error", (error) => this.#log.debug("a connection broke", { because: error.message }));
    socket.on("close", () => {
      this.#sockets.delete(socket);
      if (this.#agent !== socket) return;
      this.#agent = null;
      this.#speaker.converse(null);
      this.#log.info("the agent has gone");
    });
  }

  #receive(message: ToSpeaker, socket: Socket, lines: LineStream<ToSpeaker, FromSpeaker>): void {
    if (message.type === "hello") {
      this.#greet(message.protocol, socket, lines);
      return;
    }
    if (message.type === "succeed" || message.type === "taken") {
      this.#bequeath(message, socket, lines);
      return;
    }
    // "stop" means the same in every version of the protocol, so that any agent can replace any speaker.
    if (this.#agent === socket || message.type === "stop") this.#speaker.receive(message);
  }

  #bequeath(
    message: Extract<ToSpeaker, { type: "succeed" | "taken" }>,
    socket: Socket,
    lines: LineStream<ToSpeaker, FromSpeaker>,
  ): void {
    const { bequest } = this.#speaker;
    const known = this.#heirs.get(socket);
    const heir: Heir = known ?? ((outgoing) => lines.send(outgoing));
    if (known === undefined) {
      this.#heirs.set(socket, heir);
      socket.once("close", () => bequest.lost(heir));
    }
    if (message.type === "succeed") void bequest.offer(message.format, heir);
    else bequest.taken(heir);
  }

  #greet(protocol: number, socket: Socket, lines: LineStream<ToSpeaker, FromSpeaker>): void {
    if (protocol !== PROTOCOL_VERSION) {
      this.#log.warn("the agent speaks another protocol", { theirs: protocol, ours: PROTOCOL_VERSION });
      lines.send({ type: "hello", protocol: PROTOCOL_VERSION, ...this.#speaker.identity });
      return;
    }
    const replaced = this.#agent;
    this.#agent = socket;
    if (replaced !== null) replaced.destroy();
    this.#log.info("an agent has connected");
    this.#speaker.converse((outgoing) => lines.send(outgoing));
  }
}
