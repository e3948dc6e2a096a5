/** What was noticed lately, by code: each is told for a while, and clears itself when it is not noticed again. */
import { after, type Instant, type Millis, millis, since } from "../net/time.ts";
import type { AlarmClock } from "../port/clock.ts";
import type { Deadlines } from "./deadlines.ts";

export interface NoticeSurface {
  readonly clock: AlarmClock;
  readonly deadlines: Deadlines;
  /** For how long something is worth telling. */
  recent(): Millis;
  /** Something else is to be told than before. */
  changed(): void;
}

interface Noticed<Notice> {
  readonly notice: Notice;
  readonly at: Instant;
}

export class RecentNotices<Notice extends { readonly code: string; readonly message: string }>
  implements Disposable
{
  readonly #surface: NoticeSurface;
  /** As many as there are codes, whoever sends what. */
  readonly #noticed = new Map<Notice["code"], Noticed<Notice>>();

  constructor(surface: NoticeSurface) {
    this.#surface = surface;
  }

  /** True when it is news: another one, other facts, or the first after a quiet time. */
  note(notice: Notice): boolean {
    const at = this.#surface.clock.now();
    const last = this.#noticed.get(notice.code);
    this.#noticed.set(notice.code, { notice, at });
    // One that is noticed again and again puts nothing off: it is looked at when the first time has aged away.
    if (last === undefined) this.#lookAgain();
    const isNews = last === undefined || last.notice.message !== notice.message || this.#isAged(last, at);
    if (isNews) this.#surface.changed();
    return isNews;
  }

  current(now: Instant): Notice[] {
    return [...this.#noticed.values()].filter((each) => !this.#isAged(each, now)).map(({ notice }) => notice);
  }

  [Symbol.dispose](): void {
    this.#surface.deadlines.clear(this);
  }

  #isAged({ at }: Noticed<Notice>, now: Instant): boolean {
    return since(at, now) > this.#surface.recent();
  }

  /** When the oldest has aged away. */
  #lookAgain(): void {
    if (this.#noticed.size === 0) return;
    const oldest = Math.min(...[...this.#noticed.values()].map(({ at }) => at)) as Instant;
    const due = after(oldest, millis(this.#surface.recent() + 1));
    this.#surface.deadlines.set(this, due, () => this.#forgetAged());
  }

  #forgetAged(): void {
    const now = this.#surface.clock.now();
    const before = this.#noticed.size;
    for (const [code, each] of [...this.#noticed]) if (this.#isAged(each, now)) this.#noticed.delete(code);
    if (this.#noticed.size < before) this.#surface.changed();
    this.#lookAgain();
  }
}
