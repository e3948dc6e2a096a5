/** How much of the API each user, and all of them together, may have at once. Whoever is over it is told when to come again. */
import { millis } from "../net/time.ts";
import { unreachable } from "../net/unreachable.ts";
import { type Refusal, tooManyRequests } from "../object/refusal.ts";
import type { Clock } from "../port/clock.ts";
import type { Limits, Share } from "./limits.ts";
import { RateLimit, secondsOf } from "./rate-limit.ts";

/** Leave to do one thing; to be given back once. */
export interface Ticket {
  /** The answer is `length` characters, which count until the ticket is given back. */
  answered(length: number): void;
  giveBack(): void;
}

/** Watches are hardly ever given back soon. */
const WATCH_RETRY_SECONDS = 5;
const RETRY_SECONDS = 1;

export class Admission {
  readonly #limits: Limits;
  readonly #rates: RateLimit | null;
  readonly #inFlight: Tally;
  readonly #watches: Tally;
  readonly #unread: Tally;

  constructor(limits: Limits, clock: Pick<Clock, "now">) {
    this.#limits = limits;
    this.#rates = limits.requests === null ? null : new RateLimit(limits.requests, clock);
    this.#inFlight = new Tally(limits.inFlight);
    this.#watches = new Tally(limits.watches);
    this.#unread = new Tally(limits.unread);
  }

  admit(user: string, isWatch: boolean): Ticket | Refusal {
    const refusal = this.#rateRefusal(user) ?? (isWatch ? this.#watchRefusal(user) : this.#loadRefusal(user));
    if (refusal !== null) return refusal;
    const tally = isWatch ? this.#watches : this.#inFlight;
    tally.add(user, 1);
    let unread = 0;
    return {
      answered: (length) => {
        unread += length;
        this.#unread.add(user, length);
      },
      giveBack: () => {
        tally.add(user, -1);
        this.#unread.add(user, -unread);
      },
    };
  }

  #rateRefusal(user: string): Refusal | null {
    const wait = this.#rates?.take(user) ?? millis(0);
    if (wait === 0) return null;
    return tooManyRequests("too many requests, please try again later", secondsOf(wait));
  }

  #watchRefusal(user: string): Refusal | null {
    const { total, ofUser } = this.#limits.watches;
    const fullness = this.#watches.fullness(user);
    switch (fullness) {
      case "free":
        return null;
      case "full":
        return tooMany(`${total} watches are open already, which is as many as are served`);
      case "full-of-user":
        return tooMany(`${ofUser} watches of this user are open already, which is as many as one may have`);
      default:
        return unreachable(fullness);
    }
  }

  #loadRefusal(user: string): Refusal | null {
    if (this.#inFlight.fullness(user) !== "free")
      return tooManyRequests("as many requests as are served at once are being answered", RETRY_SECONDS);
    if (this.#unread.fullness(user) !== "free")
      return tooManyRequests("answers to earlier requests have not been read yet", RETRY_SECONDS);
    return null;
  }
}

const tooMany = (message: string): Refusal => tooManyRequests(message, WATCH_RETRY_SECONDS);

class Tally {
  readonly #share: Share;
  #total = 0;
  readonly #ofUser = new Map<string, number>();

  constructor(share: Share) {
    this.#share = share;
  }

  fullness(user: string): "free" | "full" | "full-of-user" {
    if (this.#total >= this.#share.total) return "full";
    return (this.#ofUser.get(user) ?? 0) >= this.#share.ofUser ? "full-of-user" : "free";
  }

  add(user: string, amount: number): void {
    const count = (this.#ofUser.get(user) ?? 0) + amount;
    this.#total += amount;
    if (count > 0) this.#ofUser.set(user, count);
    else this.#ofUser.delete(user);
  }
}
