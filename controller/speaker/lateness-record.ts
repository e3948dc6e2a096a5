/** How often and for how long a fate was held up, and for a while what to tell of the last time. */
import { after, type Instant, type Millis, millis, rfc3339, since, type WallTime } from "../net/time.ts";
import type { AlarmClock } from "../port/clock.ts";
import type { Log } from "../port/log.ts";
import type { RouterProblem } from "../vrrp/virtual-router.ts";
import type { Deadlines } from "./deadlines.ts";

/** Long enough for whoever looks at the status now and then; the counters tell for ever. */
const TOLD_FOR = millis(60_000);

interface Pause {
  readonly span: Millis;
  readonly at: Instant;
  readonly wall: WallTime;
}

export interface LatenessSurface {
  readonly clock: AlarmClock;
  readonly deadlines: Deadlines;
  readonly log: Log;
  changed(): void;
}

export class LatenessRecord {
  readonly #surface: LatenessSurface;
  #count = 0;
  #longest = millis(0);
  #last: Pause | null = null;

  constructor(surface: LatenessSurface) {
    this.#surface = surface;
  }

  note(span: Millis, router: string): void {
    const { clock, deadlines, log } = this.#surface;
    const at = clock.now();
    this.#count++;
    this.#longest = millis(Math.max(this.#longest, span));
    this.#last = { span, at, wall: clock.wallTime() };
    log.warn("was held up for longer than the others wait", { router, heldUpMs: Math.round(span) });
    // To be looked at again when it has aged away.
    deadlines.set(this, after(at, millis(TOLD_FOR + 1)), () => this.#surface.changed());
  }

  stop(): void {
    this.#surface.deadlines.clear(this);
  }

  get count(): number {
    return this.#count;
  }

  get longest(): Millis {
    return this.#longest;
  }

  problem(now: Instant): RouterProblem | null {
    if (this.#last === null || since(this.#last.at, now) > TOLD_FOR) return null;
    const { span, wall } = this.#last;
    const seconds = (span / 1000).toFixed(1);
    const message = `was held up for ${seconds} s until ${rfc3339(wall)} (stopped, suspended, or no processor), longer than the others wait: it listened before it spoke`;
    return { code: "held-up", message };
  }
}
