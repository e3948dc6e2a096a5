/**
 * Everything that a speaker has, as one thing that can stand still, be handed to another process, and be taken over from one.
 */
import { millis } from "../net/time.ts";
import type { AlarmClock } from "../port/clock.ts";
import type { Log } from "../port/log.ts";
import type { AddressKeeper } from "./address-keeper.ts";
import type { Crew } from "./crew.ts";
import type { Deadlines } from "./deadlines.ts";
import type { Legacy } from "./legacy.ts";
import type { ToSpeaker } from "./messages.ts";
import type { Orders } from "./orders.ts";
import type { Succession } from "./predecessor.ts";
import type { TransitionJournal } from "./transition-journal.ts";

/** The agent says little, and says it again to a successor. */
const DEFERRED_MAX = 64;
/** Together ten seconds: a role changes in less, and one that changes all the time can only be handed over. */
const ASK_ATTEMPTS_MAX = 40;
const ASK_PAUSE = millis(250);
const BUSY = "routers are changing their roles";
const NOTHING_ELSE = { retained: [], departed: [] };

export interface EstateSurface {
  readonly crew: Crew;
  readonly keeper: AddressKeeper;
  readonly journal: TransitionJournal;
  readonly deadlines: Deadlines;
  readonly clock: AlarmClock;
  readonly log: Log;
  savedOrders(): Promise<Orders>;
  orders(): Orders;
  isStopping(): boolean;
  inherited(orders: Orders): void;
  /** What was said while we stood still. */
  receive(message: ToSpeaker): void;
}

export class Estate {
  readonly #surface: EstateSurface;
  /** What the agent says while we stand still; `null`: we do not. */
  #deferred: ToSpeaker[] | null = null;

  constructor(surface: EstateSurface) {
    this.#surface = surface;
  }

  /** Stands still from here on, with all that others need to go on. A sentence: why not now. */
  async freeze(): Promise<Legacy | string> {
    const { crew, keeper, deadlines, isStopping } = this.#surface;
    if (isStopping()) return "it is stopping";
    if (!crew.isQuiet) return BUSY;
    await keeper.pause();
    crew.hold();
    deadlines.pause();
    this.#deferred = [];
    // What has been heard in the last moment may have moved something.
    if (crew.isQuiet && !isStopping()) return this.#legacy();
    this.thaw();
    return BUSY;
  }

  /** Goes on as if nothing had happened. */
  thaw(): void {
    const { crew, keeper, deadlines, receive } = this.#surface;
    const deferred = this.#deferred;
    if (deferred === null) return;
    this.#deferred = null;
    crew.release();
    deadlines.resume();
    keeper.resume();
    for (const message of deferred) receive(message);
  }

  /** Whether a message has to wait, since we stand still. */
  defers(message: ToSpeaker): boolean {
    if (this.#deferred === null) return false;
    if (this.#deferred.length < DEFERRED_MAX) this.#deferred.push(message);
    return true;
  }

  /** Whether we go on where the other one stood; otherwise it has handed over to other nodes. */
  async succeed(predecessor: Succession): Promise<boolean> {
    const { crew, keeper, log, savedOrders } = this.#surface;
    // All that takes time is done before the other one stands still: nobody waits for it then.
    crew.apply((await savedOrders()).routers, NOTHING_ELSE);
    await keeper.look();
    const legacy = await this.#askFor(predecessor);
    if (legacy === null) {
      log.warn("the speaker that runs cannot be taken over from, and hands over instead");
      await predecessor.stop();
    } else {
      await predecessor.dismiss();
      this.#inherit(legacy);
    }
    crew.release();
    return legacy !== null;
  }

  async #askFor(predecessor: Succession): Promise<Legacy | null> {
    const { crew, clock, isStopping } = this.#surface;
    const { signal } = new AbortController();
    for (let attempt = 1; attempt <= ASK_ATTEMPTS_MAX && !isStopping(); attempt++) {
      crew.hold();
      const answer = await predecessor.ask();
      if (answer === "never") return null;
      if (answer !== "later") return answer;
      await clock.sleep(ASK_PAUSE, signal);
    }
    return null;
  }

  #inherit({ speaker, orders, journal, fates, upSince }: Legacy): void {
    const { crew, keeper, log } = this.#surface;
    this.#surface.journal.inherit(speaker, journal);
    this.#surface.inherited(orders);
    crew.judge(orders.verdicts);
    crew.apply(orders.routers, NOTHING_ELSE);
    keeper.inherit(upSince);
    crew.inherit(fates);
    log.info("took over from the speaker that ran before", { fates: fates.length });
  }

  #legacy(): Legacy {
    const { journal, orders, crew, keeper } = this.#surface;
    return {
      speaker: journal.speaker,
      orders: orders(),
      journal: journal.legacy(),
      fates: crew.legacy(),
      upSince: keeper.legacy,
    };
  }
}
