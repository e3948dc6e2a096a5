/** What one router has heard and dropped, and which drops are recent enough to be a problem. */
import type { IpAddress } from "../net/ip.ts";
import type { Instant } from "../net/time.ts";
import type { ChecksumForm, DropReason } from "../vrrp/packet.ts";
import type { MismatchReason } from "../vrrp/reception.ts";
import type { RouterProblem } from "../vrrp/virtual-router.ts";
import { type NoticeSurface, RecentNotices } from "./recent-notices.ts";

/** A reflection of our own packet needs nobody's attention. */
const HARMLESS: ReadonlySet<string> = new Set(["own-address", "other-virtual-router"]);

/** What a successor goes on counting from. */
interface CountsLegacy {
  readonly received: number;
  readonly checksumForms: Readonly<Record<string, number>>;
  readonly dropped: Readonly<Record<string, number>>;
}

export class ReceptionRecord implements Disposable {
  /** The last drop. */
  readonly #notices: RecentNotices<RouterProblem>;
  #checksumForms = new Map<string, number>();
  #dropped = new Map<string, number>();
  #received = 0;

  constructor(surface: NoticeSurface) {
    this.#notices = new RecentNotices(surface);
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

  get legacy(): CountsLegacy {
    return { received: this.received, checksumForms: this.checksumForms, dropped: this.dropped };
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

  /** True when it is news: the reason or the sender is another than the last time, or it was quiet for a while. */
  drop(reason: DropReason | MismatchReason, source: IpAddress | null): boolean {
    this.#received++;
    this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + 1);
    if (HARMLESS.has(reason)) return false;
    const message = `an advertisement from ${source ?? "somebody"} is not taken: ${reason}`;
    return this.#notices.note({ code: "advertisement-dropped", message });
  }

  /** The last drop, while it is recent. */
  problem(now: Instant): RouterProblem | null {
    return this.#notices.current(now)[0] ?? null;
  }

  [Symbol.dispose](): void {
    this.#notices[Symbol.dispose]();
  }
}
