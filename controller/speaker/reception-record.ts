/** What one router has heard and dropped, and which drops are recent enough to be a problem. */
import type { IpAddress } from "../net/ip.ts";
import { type Instant, type Millis, since } from "../net/time.ts";
import type { Log } from "../port/log.ts";
import type { ChecksumForm, DropReason } from "../vrrp/packet.ts";
import type { MismatchReason } from "../vrrp/reception.ts";
import type { RouterProblem } from "../vrrp/virtual-router.ts";

interface Drop {
  readonly reason: DropReason | MismatchReason;
  readonly source: IpAddress | null;
  readonly at: Instant;
}

/** A reflection of our own packet needs nobody's attention. */
const HARMLESS: ReadonlySet<string> = new Set(["own-address", "other-virtual-router"]);

/** As another process has left them. */
interface CountsLegacy {
  readonly received: number;
  readonly checksumForms: Readonly<Record<string, number>>;
  readonly dropped: Readonly<Record<string, number>>;
}

export class ReceptionRecord {
  readonly #router: string;
  readonly #log: Log;
  #checksumForms = new Map<string, number>();
  #dropped = new Map<string, number>();
  #received = 0;
  #lastDrop: Drop | null = null;

  constructor(router: string, log: Log) {
    this.#router = router;
    this.#log = log;
  }

  get received(): number {
    return this.#received;
  }

  /** Those that were taken, by what their checksum covers. */
  get checksumForms(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#checksumForms);
  }

  get dropped(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#dropped);
  }

  /** Another process has counted these before. */
  inherit({ received, checksumForms, dropped }: CountsLegacy): void {
    this.#received = received;
    this.#checksumForms = new Map(Object.entries(checksumForms));
    this.#dropped = new Map(Object.entries(dropped));
  }

  accept(form: ChecksumForm): void {
    this.#received++;
    this.#checksumForms.set(form, (this.#checksumForms.get(form) ?? 0) + 1);
  }

  /** Logged when the reason or the sender is another than the last time, or after a quiet time. */
  drop(reason: Drop["reason"], source: IpAddress | null, at: Instant, recent: Millis): void {
    this.#received++;
    this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + 1);
    if (HARMLESS.has(reason)) return;
    const last = this.#lastDrop;
    const isNews =
      last === null || last.reason !== reason || last.source !== source || since(last.at, at) > recent;
    if (isNews) this.#log.warn("dropped an advertisement", { router: this.#router, source, reason });
    this.#lastDrop = { reason, source, at };
  }

  /** The last drop, while it is not older than `recent`. */
  problem(now: Instant, recent: Millis): RouterProblem | null {
    const last = this.#lastDrop;
    if (last === null || since(last.at, now) > recent) return null;
    const sender = last.source === null ? "somebody" : last.source;
    return {
      code: "advertisement-dropped",
      message: `an advertisement from ${sender} is not taken: ${last.reason}`,
    };
  }
}
