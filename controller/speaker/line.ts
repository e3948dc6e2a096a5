/**
 * One virtual router on the wire: its interface, its addresses, what it sends and what it hears. It decides nothing; the
 * fate to which it belongs does, for all of its lines at once. It holds no socket and adds no addresses: it says which
 * ones it wants, and the address keeper makes it so and tells what is held.
 */
import type { IpAddress, IpPrefix } from "../net/ip.ts";
import { after, type Instant, type Millis, millis } from "../net/time.ts";
import { isSame } from "../resource/same.ts";
import type { DropReason, HeardMessage } from "../vrrp/packet.ts";
import type { Expectation, MismatchReason } from "../vrrp/reception.ts";
import { answeringMac } from "../vrrp/virtual-mac.ts";
import type { VirtualRouter } from "../vrrp/virtual-router.ts";
import { type AddressWish, mayLinger } from "./address-wish.ts";
import { answeringLink } from "./announcement-frames.ts";
import type { Announced } from "./announcements.ts";
import { ClaimWatch } from "./claim-watch.ts";
import { ConflictWatch } from "./conflict-watch.ts";
import type { HeardLast, LineView } from "./fate-status.ts";
import type { AddressesSeen, LineOwner, LineSurface } from "./fate-surface.ts";
import { expectationOf, identityOf, isSameLine, recentSpan } from "./fate-terms.ts";
import type { Told } from "./gist.ts";
import { Judgement } from "./judgement.ts";
import type { LineLegacy } from "./legacy.ts";
import { LineAddresses } from "./line-addresses.ts";
import { inheritParts, type LineParts, legacyOf, newParts } from "./line-estate.ts";
import { NOT_LOOKED_YET, type Reach } from "./reach.ts";
import { StartupHold } from "./startup-hold.ts";
import { silenceOf, type Witness } from "./tie.ts";
import type { Wire, WireListener } from "./wire.ts";

export class Line implements WireListener, Witness, Told, Disposable {
  readonly #surface: LineSurface;
  readonly #wire: Wire;
  readonly #listening: Disposable;
  readonly #parts: LineParts;
  readonly #conflicts: ConflictWatch;
  readonly #claims: ClaimWatch;
  readonly #hold: StartupHold;
  readonly #judgement = new Judgement();
  readonly #addresses: LineAddresses;
  /** `null` for as long as it takes to give it one. */
  #owner: LineOwner | null = null;
  #router: VirtualRouter;
  #reach: Reach = NOT_LOOKED_YET;
  #expected: Expectation | null = null;
  #preparedFor: string | null = null;

  constructor(router: VirtualRouter, wire: Wire, surface: LineSurface) {
    this.#surface = surface;
    this.#router = router;
    this.#addresses = new LineAddresses(router);
    this.#wire = wire;
    // What is new goes before what is spread: the other way round V8 11 gives each of these objects a shape of its own.
    const noticed = {
      wire,
      recent: () => recentSpan(this.#router),
      changed: () => this.#owner?.changed(),
      announced: () => this.#announced(),
      ...surface,
    };
    this.#parts = newParts(router, noticed);
    this.#conflicts = new ConflictWatch(router.name, noticed);
    this.#hold = new StartupHold({ wire, ...surface });
    this.#claims = new ClaimWatch({ neighbours: wire.neighbours, ...surface }, (address, mac, since) => {
      if (mac === answeringMac(this.#router, this.#reach.link?.mac)) return;
      // A successor's word may wait in the other socket.
      wire.drain();
      // Answered by announcing it again, once for each time it is news.
      const isNews = this.#isServing && this.#conflicts.claimed(address, mac, since);
      this.#parts.announcements.holdOff(this.#router.adverInterval, isNews);
    });
    this.#listening = wire.listen(this);
  }

  belongTo(owner: LineOwner): void {
    this.#owner = owner;
  }

  get router(): VirtualRouter {
    return this.#router;
  }

  get wire(): Wire {
    return this.#wire;
  }

  get reach(): Reach {
    return this.#reach;
  }

  get lastHeardAt(): Instant | null {
    return this.#parts.hearing.lastAt;
  }

  get heardSince(): Instant | null {
    return this.#parts.hearing.since;
  }

  get virtualRouterID(): number {
    return this.#router.virtualRouterID;
  }

  /** `ADDRESS/LENGTH` each: what was on the interface with our mark at the last look. */
  get heldAddresses(): readonly string[] {
    return this.#addresses.held;
  }

  /** What must be on the interface now; everything else of ours must not. */
  get wantedAddresses(): readonly IpPrefix[] {
    return this.#parts.wish.isWanted ? this.#router.addresses : [];
  }

  get addresses(): Pick<LineAddresses, "claim" | "names" | "isSettled" | "recognise"> {
    return this.#addresses;
  }

  get failure(): string | null {
    return this.#parts.advertiser.failure;
  }

  get lastHeard(): HeardLast | null {
    return this.#parts.hearing.last;
  }

  get wish(): Pick<AddressWish, "isWanted" | "isNew"> {
    return this.#parts.wish;
  }

  use(router: VirtualRouter): void {
    if (!isSameLine(router, this.#router)) throw new Error(`${router.name} is another router`);
    const isOther = !isSame(router.addresses, this.#router.addresses);
    this.#router = router;
    this.#addresses.use(router);
    this.#preparedFor = null;
    this.#adapt();
    if (this.#parts.wish.isWanted && isOther) this.#surface.addressesWanted();
  }

  follow(reach: Reach): void {
    this.#reach = reach;
    this.#adapt();
  }

  heard(message: HeardMessage, age: Millis): void {
    if (this.#expected === null) return;
    const now = after(this.#surface.clock.now(), millis(-age));
    const reception = this.#judgement.of(this.#expected, message);
    if (!reception.ok) {
      this.dropped(reception.reason, message.source);
      return;
    }
    this.#parts.reception.accept(message.checksumForm);
    const { priority } = reception.event;
    const before = this.#parts.hearing.last;
    if (priority > 0 || this.#owner?.believes(reception.event) === true) {
      this.#parts.hearing.note({ address: message.source, priority, at: now }, silenceOf(this.#router));
    } else this.#conflicts.disbelieved(message.source);
    this.#owner?.heard(reception.event, this, now);
    if (priority > 0) this.#parts.wish.followed();
    const own = { priority: this.#owner?.priority ?? 0, isServing: this.#isServing };
    this.#conflicts.accepted(message, reception.differences, this.#expected, own);
    // For a master that counts who was heard before it took over, not who has failed to take its role.
    if (this.#isServing) this.#parts.hearing.remember(before);
  }

  dropped(reason: DropReason | MismatchReason, source: IpAddress | null): void {
    const isNews = this.#parts.reception.drop(reason, source);
    const told = { router: this.#router.name, source, reason };
    // A conflict is logged as what it is.
    const isConflict = this.#conflicts.dropped(reason, source);
    if (isNews && !isConflict) this.#surface.log.warn("dropped an advertisement", told);
    this.#owner?.changed();
  }

  addressesAre(seen: AddressesSeen): void {
    const fresh = this.#addresses.see(seen);
    this.#parts.wish.told();
    const isAwaited = this.#owner?.addressesSeen() === true;
    if (!isAwaited && this.#isServing) this.#parts.announcements.arrived(fresh, seen.repaired > 0);
    this.#owner?.changed();
  }

  /** A line that cannot send leaves that to the others of its fate. `refused`: to nobody did it leave. */
  advertise(priority: number): "sent" | "refused" | null {
    if (this.#reach.problem !== null) return null;
    this.#surface.beat(priority === 0 ? "last" : "beat");
    const outcome = this.#parts.advertiser.advertise(priority);
    // Peers that have heard nothing may have taken over and announced themselves meanwhile.
    if (outcome === "recovered" && this.#isServing) this.#parts.announcements.begin();
    return outcome === "refused" ? "refused" : "sent";
  }

  /** It may take over at any time: what it will say and announce is encoded before. Answers whether that is another than the last time. */
  prepare(priority: number): boolean {
    const { link, source } = this.#reach;
    const terms = `${priority} ${source} ${link?.index} ${link?.mac} ${link?.forwardsIpv6}`;
    if (terms === this.#preparedFor) return false;
    this.#preparedFor = terms;
    this.#parts.advertiser.prepare(priority);
    if (link !== null)
      this.#parts.announcements.prepare(answeringLink(this.#router, link), this.#router.addresses);
    return true;
  }

  get isHoldingBack(): boolean {
    return this.#parts.wish.isHeldBack;
  }

  /** While it is not known whether somebody else has the addresses, none that the kernel has taken away is added again. */
  holdBack(isBack: boolean): void {
    this.#parts.wish.holdBack(isBack);
  }

  claim(): void {
    this.#parts.wish.claim();
    this.#claims.begin(this.#router);
  }

  /** `isFollowed`: somebody has been heard to take over. */
  release(isFollowed: boolean): void {
    this.#claims.stop();
    this.#parts.wish.release(isFollowed && mayLinger(this.#router));
  }

  /** Somebody has been heard to take over on another line of the fate. */
  awaitSuccessor(span: Millis): void {
    this.#parts.wish.awaitSuccessor(span);
  }

  announce(): void {
    this.#parts.announcements.begin();
  }

  stopAnnouncing(): void {
    this.#parts.announcements.stop();
  }

  /** Whether another process could go on with it: nothing is under way that it would have to know of. */
  get isQuiet(): boolean {
    return this.#parts.wish.isSettled && (!this.#parts.wish.isWanted || this.#addresses.isSettled);
  }

  legacy(): LineLegacy {
    return {
      router: this.#router.name,
      identity: identityOf(this.#router),
      held: this.#addresses.held,
      repaired: this.#addresses.repaired,
      ...legacyOf(this.#parts),
    };
  }

  inherit(legacy: LineLegacy): void {
    this.#addresses.inherit(legacy);
    inheritParts(this.#parts, legacy);
    if (legacy.isWanting) this.#claims.begin(this.#router);
  }

  view(): LineView {
    return {
      router: this.#router,
      reach: this.#reach,
      heard: this.#parts.hearing.last,
      held: this.#addresses.held,
      refusal: this.#addresses.refusal,
      conflicts: this.#conflicts,
      repaired: this.#addresses.repaired,
      ...this.#parts,
    };
  }

  [Symbol.dispose](): void {
    this.#listening[Symbol.dispose]();
    this.#parts.announcements.stop();
    this.#parts.reception[Symbol.dispose]();
    this.#conflicts[Symbol.dispose]();
    this.#claims.stop();
    this.#hold[Symbol.dispose]();
    this.#parts.wish.stop();
  }

  get #isServing(): boolean {
    return this.#owner?.isServing === true;
  }

  #adapt(): void {
    const hold = this.#hold.of(this.#router, this.#reach, this.#parts.hearing.lastAt);
    if (hold !== this.#reach.hold) this.#reach = { ...this.#reach, hold };
    const { source } = this.#reach;
    this.#parts.advertiser.use(this.#router, source);
    this.#expected = source === null ? null : expectationOf(this.#router, source);
  }

  #announced(): Announced | null {
    const { link } = this.#reach;
    const addresses = this.#addresses.heldPrefixes.map(({ address }) => address);
    return link === null ? null : { link: answeringLink(this.#router, link), addresses };
  }
}
