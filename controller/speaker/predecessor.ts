/**
 * The speaker that this one replaces, seen over its socket: asked for its legacy, which stops it where it stands, and told to
 * go when we have it. Until then it can go on as if nothing had happened, and does so when it hears no more of us.
 */
import { connect, type Socket } from "node:net";
import { millis } from "../net/time.ts";
import type { Clock } from "../port/clock.ts";
import { OperationFailure } from "../port/failure.ts";
import { LEGACY_FORMAT, type Legacy } from "./legacy.ts";
import { LineStream } from "./line-stream.ts";
import { parseFromSpeaker } from "./message-table.ts";
import type { FromSpeaker, ToSpeaker } from "./messages.ts";

/** It answers at once, unless it hangs; then the kernel takes its addresses away, and nobody needs to wait. */
const ANSWER_SPAN_MAX = millis(2_000);
/** A hand-over at intervals of one second, with room. */
const HAND_OVER_SPAN_MAX = millis(15_000);

/** `later`: something that passes is in the way. `never`: it is of another make, or hangs. */
export type Answer = Legacy | "later" | "never";

/** What the successor does with it. */
export interface Succession {
  ask(): Promise<Answer>;
  dismiss(): Promise<void>;
  stop(): Promise<void>;
}

export class Predecessor implements Succession, Disposable {
  readonly #socket: Socket;
  readonly #lines: LineStream<FromSpeaker, ToSpeaker>;
  readonly #clock: Clock;
  readonly #gone: Promise<void>;
  #answered: ((answer: Answer) => void) | null = null;

  /** `null`: nobody listens there. */
  static async find(socketPath: string, clock: Clock): Promise<Predecessor | null> {
    const socket = connect(socketPath);
    return await new Promise((resolve) => {
      socket.once("connect", () => resolve(new Predecessor(socket, clock)));
      socket.once("error", () => resolve(null));
    });
  }

  private constructor(socket: Socket, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
    this.#gone = new Promise((resolve) => {
      socket.on("error", () => resolve());
      socket.once("close", () => resolve());
    });
    this.#lines = new LineStream<FromSpeaker, ToSpeaker>(socket, parseFromSpeaker, {
      received: (message) => this.#receive(message),
      malformed: () => this.#answered?.("never"),
    });
  }

  /** It stands still from its legacy on, for as long as it is willing to. */
  async ask(): Promise<Answer> {
    const answered = new Promise<Answer>((resolve) => {
      this.#answered = resolve;
    });
    this.#lines.send({ type: "succeed", format: LEGACY_FORMAT });
    return await this.#within(ANSWER_SPAN_MAX, answered, "never");
  }

  /** Throws when it has lost its patience meanwhile and goes on. */
  async dismiss(): Promise<void> {
    const refused = new Promise<boolean>((resolve) => {
      this.#answered = () => resolve(false);
    });
    this.#lines.send({ type: "taken" });
    const isGone = Promise.race([this.#gone.then(() => true), refused]);
    const { signal } = new AbortController();
    const tooLate = this.#clock.sleep(ANSWER_SPAN_MAX, signal).then(() => false);
    if (await Promise.race([isGone, tooLate])) return;
    throw new OperationFailure({ code: "speaker-already-runs", output: "the other speaker has gone on" });
  }

  /** Has it hand over to other nodes instead, and waits until it has. */
  async stop(): Promise<void> {
    this.#lines.send({ type: "stop" });
    await this.#within(HAND_OVER_SPAN_MAX, this.#gone, undefined);
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  #receive(message: FromSpeaker): void {
    if (message.type === "legacy") this.#answered?.(message.legacy);
    else if (message.type === "refused") this.#answered?.(message.mayRetry ? "later" : "never");
  }

  async #within<Value>(span: typeof ANSWER_SPAN_MAX, promise: Promise<Value>, late: Value): Promise<Value> {
    const waited = new AbortController();
    const tooLate = this.#clock.sleep(span, waited.signal).then(() => late);
    try {
      return await Promise.race([promise, this.#gone.then(() => late), tooLate]);
    } finally {
      waited.abort();
    }
  }
}
