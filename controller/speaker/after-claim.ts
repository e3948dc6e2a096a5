/**
 * Keeps back what is to follow a claim until the addresses are there. The kernel has to be asked for them, which takes a
 * millisecond or, on a busy machine, some tens.
 */
import { after, millis } from "../net/time.ts";
import type { AlarmClock } from "../port/clock.ts";
import type { Deadlines } from "./deadlines.ts";

/** An address that the kernel does not give must not keep us from speaking: the others would take over once more. */
const WAIT_MAX = millis(50);

export class AfterClaim {
  readonly #surface: { readonly clock: AlarmClock; readonly deadlines: Deadlines };
  #waiting: (() => void) | null = null;
  #isClaiming = false;

  constructor(surface: { readonly clock: AlarmClock; readonly deadlines: Deadlines }) {
    this.#surface = surface;
  }

  /** What is added meanwhile is not announced at once: its turn comes after the claim. */
  bringAbout(claim: () => void): void {
    this.#isClaiming = true;
    claim();
    this.#isClaiming = false;
  }

  /** `isEnough`: the addresses are there already. */
  wait(act: () => void, isEnough: boolean): void {
    const { clock, deadlines } = this.#surface;
    if (isEnough) {
      act();
      return;
    }
    this.#waiting = act;
    deadlines.set(this, after(clock.now(), WAIT_MAX), () => this.goOn());
  }

  /** Addresses are there; `isEnough`: to go on. Answers whether anything was kept back, which sees to what they are there for. */
  seen(isEnough: boolean): boolean {
    if (this.#isClaiming) return true;
    const isAwaited = this.#waiting !== null;
    if (isEnough) this.goOn();
    return isAwaited;
  }

  /** The addresses are there, or there is no more time. */
  goOn(): void {
    const act = this.#waiting;
    if (act === null) return;
    this.stop();
    act();
  }

  stop(): void {
    this.#waiting = null;
    this.#surface.deadlines.clear(this);
  }
}
