/** How often and for how long a fate was held up, and for a while what to tell of the last time. */
import { type Instant, type Millis, millis, rfc3339 } from "../net/time.ts";
import type { Log } from "../port/log.ts";
import type { RouterProblem } from "../vrrp/virtual-router.ts";
import { type NoticeSurface, RecentNotices } from "./recent-notices.ts";

/** Long enough for whoever looks at the status now and then; the counters tell for ever. */
const TOLD_FOR = millis(60_000);

export interface LatenessSurface extends Omit<NoticeSurface, "recent"> {
  readonly log: Log;
}

export class LatenessRecord implements Disposable {
  readonly #surface: LatenessSurface;
  /** The last pause. */
  readonly #notices: RecentNotices<RouterProblem>;
  #count = 0;
  #longest = millis(0);

  constructor(surface: LatenessSurface) {
    this.#surface = surface;
    this.#notices = new RecentNotices({ recent: () => TOLD_FOR, ...surface });
  }

  note(span: Millis, router: string): void {
    const { clock, log } = this.#surface;
    this.#count++;
    this.#longest = millis(Math.max(this.#longest, span));
    log.warn("was held up for longer than the others wait", { router, heldUpMs: Math.round(span) });
    const seconds = (span / 1000).toFixed(1);
    const message = `was held up for ${seconds} s until ${rfc3339(clock.wallTime())} (stopped, suspended, or no processor), longer than the others wait: it listened before it spoke`;
    this.#notices.note({ code: "held-up", message });
  }

  get count(): number {
    return this.#count;
  }

  get longest(): Millis {
    return this.#longest;
  }

  problem(now: Instant): RouterProblem | null {
    return this.#notices.current(now)[0] ?? null;
  }

  [Symbol.dispose](): void {
    this.#notices[Symbol.dispose]();
  }
}
