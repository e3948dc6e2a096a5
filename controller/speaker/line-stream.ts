/** One JSON object per line over a stream, with a limit on what an endless line may cost. */
import type { Socket } from "node:net";
import { LINE_BYTES_MAX } from "./messages.ts";

const NEWLINE = 0x0a;

/** What a line may be; the reason is for the log. */
export type Parsed<Message> =
  | { readonly ok: true; readonly message: Message }
  | { readonly ok: false; readonly reason: string };

export interface LineListener<Message> {
  received(message: Message): void;
  /** The other side sent what is no message. The connection ends. */
  malformed(reason: string): void;
}

export class LineStream<Incoming, Outgoing> {
  readonly #socket: Socket;
  readonly #parse: (value: unknown) => Parsed<Incoming>;
  readonly #listener: LineListener<Incoming>;
  #parts: Buffer[] = [];
  #partsBytes = 0;

  constructor(socket: Socket, parse: (value: unknown) => Parsed<Incoming>, listener: LineListener<Incoming>) {
    this.#socket = socket;
    this.#parse = parse;
    this.#listener = listener;
    socket.on("data", (chunk: Buffer) => this.#read(chunk));
  }

  send(message: Outgoing): void {
    if (!this.#socket.writable) return;
    // The other side does not read. It is better off with a new connection, which begins with all that counts.
    if (this.#socket.writableLength > LINE_BYTES_MAX) {
      this.#socket.destroy();
      return;
    }
    // 250 routers that move together are 250 messages, and one system call.
    if (this.#socket.writableCorked === 0) {
      this.#socket.cork();
      process.nextTick(() => this.#socket.uncork());
    }
    this.#socket.write(`${JSON.stringify(message)}\n`);
  }

  #read(chunk: Buffer): void {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      this.#keep(chunk.subarray(from, end));
      from = end + 1;
      const line = Buffer.concat(this.#parts, this.#partsBytes).toString("utf8");
      this.#parts = [];
      this.#partsBytes = 0;
      this.#receive(line);
      if (this.#socket.destroyed) return;
    }
    this.#keep(chunk.subarray(from));
  }

  #keep(part: Buffer): void {
    this.#parts.push(part);
    this.#partsBytes += part.length;
    if (this.#partsBytes > LINE_BYTES_MAX) this.#refuse(`a line of more than ${LINE_BYTES_MAX} bytes`);
  }

  #receive(line: string): void {
    const parsed = this.#parse(parseJson(line));
    if (parsed.ok) this.#listener.received(parsed.message);
    else this.#refuse(parsed.reason);
  }

  #refuse(reason: string): void {
    this.#parts = [];
    this.#partsBytes = 0;
    this.#socket.destroy();
    this.#listener.malformed(reason);
  }
}

/** `undefined` for what is no JSON: no JSON text means that. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
