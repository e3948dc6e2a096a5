/**
 * TCP connections of checks, looked at all together and not one by one. For Node.js each of them is a socket, two streams, a
 * watcher and five turns of the event loop, and from one second to the next nothing of it stays in the processor's caches: it was
 * a quarter of all that an agent at rest does. Here all that are under way share one timer. A connection is looked at 3 ms after
 * it was asked for, and again whenever it has waited twice as long, at least every 50 ms: a check wants an answer, and measures no time.
 */
import type { ProbeAnswer } from "../../health/probe.ts";
import { type IpAddress, isIpv6 } from "../../net/ip.ts";
import type { Millis } from "../../net/time.ts";
import { type Libc, SystemCallFailure } from "../libc/libc.ts";
import {
  AF,
  internetEndpoint,
  LINGER_NOT,
  SO,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
} from "../libc/socket-options.ts";

const LOOK_MS_MIN = 3;
const LOOK_MS_MAX = 50;
/** Timers are a millisecond late now and then. */
const HELD_UP_MS_MIN = 20;
/** A usual head fits; a longer one comes in parts. */
const READ_BYTES = 4096;
const NOTHING = new Uint8Array();

export interface Exchange {
  /** Sent as soon as there is a connection; `null`: all that is asked is whether there is one, and it is reset at once. */
  readonly request: Uint8Array | null;
  /** `received`: all that has come so far, a character per byte; `null`: that is not enough. */
  judge(received: string): ProbeAnswer | null;
}

export type Outcome = { readonly type: "answered"; readonly answer: ProbeAnswer } | Unanswered;

export type Unanswered =
  /** `code`: an errno. */
  | { readonly type: "failed"; readonly code: string | undefined; readonly message: string }
  /** By the other side. */
  | { readonly type: "closed" }
  | { readonly type: "late" }
  | { readonly type: "called-off" };

interface Asked {
  readonly address: IpAddress;
  readonly port: number;
  readonly exchange: Exchange;
  /** By performance.now(), as all times here. */
  readonly began: number;
  readonly settle: (outcome: Outcome) => void;
  end: number;
  descriptor: number | null;
  isConnected: boolean;
  unsent: Uint8Array;
  received: string;
}

export class ProbeConnections {
  readonly #libc: Libc;
  readonly #asked = new Set<Asked>();
  readonly #buffer = Buffer.allocUnsafe(READ_BYTES);
  #look: { readonly at: number; readonly timer: NodeJS.Timeout } | null = null;

  constructor(libc: Libc) {
    this.#libc = libc;
  }

  /** Never rejects. However it ends, the connection is closed by then. */
  ask(
    { address, port }: Pick<Asked, "address" | "port">,
    exchange: Exchange,
    timeout: Millis,
    signal: AbortSignal,
  ): Promise<Outcome> {
    return new Promise((resolve) => {
      const began = performance.now();
      const abort = (): void => this.#finish(asked, { type: "called-off" });
      const settle = (outcome: Outcome): void => {
        signal.removeEventListener("abort", abort);
        resolve(outcome);
      };
      const asked: Asked = {
        address,
        port,
        exchange,
        began,
        end: began + timeout,
        settle,
        descriptor: null,
        isConnected: false,
        unsent: exchange.request ?? NOTHING,
        received: "",
      };
      signal.addEventListener("abort", abort, { once: true });
      this.#asked.add(asked);
      this.#advance(asked);
      if (this.#asked.has(asked)) this.#lookAt(Math.min(asked.end, began + LOOK_MS_MIN));
    });
  }

  #lookAt(moment: number): void {
    if (this.#look !== null) {
      if (this.#look.at <= moment) return;
      clearTimeout(this.#look.timer);
    }
    const timer = setTimeout(() => this.#lookAtAll(moment), Math.ceil(moment - performance.now()));
    this.#look = { at: moment, timer };
  }

  #lookAtAll(due: number): void {
    this.#look = null;
    const now = performance.now();
    // For so long this process was held up, which says nothing of the targets.
    const heldUp = now - due > HELD_UP_MS_MIN ? now - due : 0;
    let next = Number.POSITIVE_INFINITY;
    for (const asked of [...this.#asked]) {
      asked.end += heldUp;
      this.#advance(asked);
      if (!this.#asked.has(asked)) continue;
      if (now >= asked.end) this.#finish(asked, { type: "late" });
      else next = Math.min(next, asked.end, now + patienceAfter(now - asked.began));
    }
    if (next < Number.POSITIVE_INFINITY) this.#lookAt(next);
  }

  #advance(asked: Asked): void {
    try {
      const outcome = this.#proceed(asked);
      if (outcome !== null) this.#finish(asked, outcome);
    } catch (error) {
      if (!(error instanceof SystemCallFailure)) throw error;
      this.#finish(asked, { type: "failed", code: error.errno, message: error.message });
    }
  }

  /** As far as it goes without waiting. `null`: there is something to wait for. */
  #proceed(asked: Asked): Outcome | null {
    const descriptor = this.#connected(asked);
    if (descriptor === null) return null;
    if (asked.unsent.length > 0) {
      asked.unsent = asked.unsent.subarray(this.#libc.send(descriptor, asked.unsent) ?? 0);
      return null;
    }
    let answer = asked.exchange.judge(asked.received);
    while (answer === null) {
      const bytes = this.#libc.receive(descriptor, this.#buffer);
      if (bytes === null) return null;
      if (bytes.length === 0) return { type: "closed" };
      asked.received += this.#buffer.toString("latin1", 0, bytes.length);
      answer = asked.exchange.judge(asked.received);
    }
    return { type: "answered", answer };
  }

  #connected(asked: Asked): number | null {
    const { address, port } = asked;
    const family = isIpv6(address) ? AF.inet6 : AF.inet;
    asked.descriptor ??= this.#libc.socket(family, SOCK_STREAM | SOCK_NONBLOCK, 0);
    asked.isConnected ||= this.#libc.connect(asked.descriptor, internetEndpoint(address, port));
    return asked.isConnected ? asked.descriptor : null;
  }

  #finish(asked: Asked, outcome: Outcome): void {
    if (!this.#asked.delete(asked)) return;
    if (asked.descriptor !== null) this.#close(asked.descriptor, asked);
    if (this.#asked.size === 0 && this.#look !== null) {
      clearTimeout(this.#look.timer);
      this.#look = null;
    }
    asked.settle(outcome);
  }

  #close(descriptor: number, { exchange, isConnected }: Asked): void {
    if (isConnected && exchange.request === null)
      this.#libc.setOption(descriptor, SOL_SOCKET, SO.linger, LINGER_NOT);
    this.#libc.close(descriptor);
  }
}

const patienceAfter = (age: number): number => Math.min(Math.max(age, LOOK_MS_MIN), LOOK_MS_MAX);
