/**
 * Gratuitous ARP, or unsolicited neighbour advertisements, for addresses that have just been claimed, and repetitions.
 *
 * keepalived sends five in one burst and five more after five seconds. A burst is lost as a whole when a switch still
 * learns or throttles, so ours are spread: over rounds, and within a round by the pace of the interface.
 */
import type { IpAddress, IpPrefix } from "../net/ip.ts";
import { after, type Instant, type Millis, millis } from "../net/time.ts";
import type { Clock } from "../port/clock.ts";
import { OperationFailure } from "../port/failure.ts";
import type { Log } from "../port/log.ts";
import { type AnnouncedLink, AnnouncementFrames } from "./announcement-frames.ts";
import type { Round } from "./announcement-pace.ts";
import type { Deadlines } from "./deadlines.ts";
import type { Wire } from "./wire.ts";

/** Pauses after rounds: with few addresses four repetitions within the first second, the last one after five in all. */
const PAUSES: readonly Millis[] = [millis(50), millis(150), millis(300), millis(500), millis(4_000)];

/**
 * In intervals: within that time a successor is heard that has announced itself already. FRR's first advertisement over IPv6 is
 * lost where its interface has only just come up, and the next one follows an interval later.
 */
const HEARD_WITHIN = 1.5;

export interface Announced {
  readonly link: AnnouncedLink;
  readonly addresses: readonly IpAddress[];
}

export interface AnnouncementSurface {
  readonly wire: Wire;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly log: Log;
  /** What is held now, and the link that answers for it; null without one. */
  announced(): Announced | null;
}

export class Announcements implements Round {
  readonly #surface: AnnouncementSurface;
  readonly #frames = new AnnouncementFrames();
  /** Which round is under way, or due next. */
  #round = 0;
  #due: Instant | null = null;
  /** What is still to be sent in this round. */
  #waiting: IpAddress[] = [];
  #isHeldOff = false;

  constructor(surface: AnnouncementSurface) {
    this.#surface = surface;
  }

  /**
   * Announces now, and begins the repetitions anew. Whoever waits for the first time stays before the others, or those at the
   * end would never be announced where there is reason to begin again and again.
   */
  begin(): void {
    this.#enterFirst(this.#held());
  }

  /** These are held from now on; only they are announced at once. `isRepaired`: somebody had taken others away, unseen here. */
  arrived(fresh: readonly IpPrefix[], isRepaired: boolean): void {
    if (isRepaired) this.begin();
    else if (fresh.length > 0) this.#enterFirst(fresh.map(({ address }) => address));
  }

  /**
   * Somebody else has announced the addresses: perhaps a successor that is still to be heard, from whom an announcement of ours
   * would steal the traffic back, and FRR announces itself only once. So ours wait until it would have been heard.
   * `isWanted`: they are announced anew; otherwise what is still to be repeated is put off.
   */
  holdOff(adverInterval: Millis, isWanted: boolean): void {
    const isFirst = this.#round === 0 && this.#waiting.length > 0;
    const isUnderWay = this.#due !== null || this.#waiting.length > 0;
    if (isFirst || this.#isHeldOff || !(isWanted || isUnderWay)) return;
    this.stop();
    if (isWanted) this.#round = 0;
    this.#isHeldOff = true;
    this.#repeatAt(after(this.#surface.clock.now(), millis(HEARD_WITHIN * adverInterval)));
  }

  /** These may have to be announced at any time, and are encoded before. */
  prepare(link: AnnouncedLink, addresses: readonly IpPrefix[]): void {
    for (const { address } of addresses) this.#frames.of(address, link);
  }

  /** What is still to be repeated, for another process to go on with. */
  get rest(): { readonly round: number; readonly due: Instant } | null {
    const due = this.#waiting.length > 0 ? this.#surface.clock.now() : this.#due;
    return due === null ? null : { round: this.#round, due };
  }

  goOn({ round, due }: { readonly round: number; readonly due: Instant }): void {
    this.#round = round;
    this.#repeatAt(due);
  }

  /** Nothing that was due is sent any more: an announcement after the role is lost would steal the traffic back. */
  stop(): void {
    this.#due = null;
    this.#isHeldOff = false;
    this.#waiting = [];
    this.#surface.wire.pace.leave(this);
    this.#surface.deadlines.clear(this);
  }

  /** What has been let go meanwhile is left out. */
  send(max: number): number {
    const announced = this.#surface.announced();
    const held = new Set(announced?.addresses);
    const waiting = this.#waiting.filter((address) => held.has(address));
    const group = waiting.splice(0, max);
    this.#waiting = waiting;
    if (announced === null || group.length === 0) return 0;
    try {
      this.#surface.wire.announce(group.map((address) => this.#frames.of(address, announced.link)));
    } catch (error) {
      if (!(error instanceof OperationFailure)) throw error;
      // The others would be refused as well.
      this.#waiting = [];
      const { interfaceName } = this.#surface.wire;
      this.#surface.log.warn("cannot announce", { interface: interfaceName, because: error.message });
    }
    return group.length;
  }

  sent(): void {
    const pause = PAUSES[this.#round++];
    if (pause !== undefined) this.#repeatAt(after(this.#surface.clock.now(), pause));
  }

  #enterFirst(addresses: readonly IpAddress[]): void {
    const waiting = this.#round === 0 ? this.#waiting : [];
    this.#round = 0;
    this.#enter([...new Set([...waiting, ...addresses])]);
  }

  #held(): readonly IpAddress[] {
    return this.#surface.announced()?.addresses ?? [];
  }

  #enter(addresses: readonly IpAddress[]): void {
    this.#due = null;
    this.#isHeldOff = false;
    this.#surface.deadlines.clear(this);
    this.#waiting = [...addresses];
    this.#surface.wire.pace.enter(this, this.#round === 0 ? "first" : "repetition");
  }

  #repeatAt(due: Instant): void {
    this.#due = due;
    this.#surface.deadlines.set(this, due, () => this.#enter(this.#held()));
  }
}
