/**
 * One virtual router of this node: feeds its state machine, carries out the effects, and can say how it stands.
 *
 * It holds no socket and no timer of its own. Addresses are not added here: the session says which ones it wants, and the
 * address keeper makes it so and tells what is held.
 */
import { formatPrefix, type Ipv4, type Prefix } from "../net/ipv4.ts";
import type { Instant, WallTime } from "../net/time.ts";
import { unreachable } from "../net/unreachable.ts";
import {
  type Effect,
  INITIAL_STATE,
  type RouterConfig,
  type RouterEvent,
  type RouterState,
  step,
} from "../vrrp/machine.ts";
import type { DropReason, HeardMessage } from "../vrrp/packet.ts";
import { type EffectivePriority, effectivePriority } from "../vrrp/priority.ts";
import { type Expectation, type MismatchReason, receive } from "../vrrp/reception.ts";
import type { Cause } from "../vrrp/state.ts";
import type { CheckVerdict, RouterStatus, VirtualRouter } from "../vrrp/virtual-router.ts";
import { AddressWish } from "./address-wish.ts";
import { Advertiser } from "./advertiser.ts";
import { AfterClaim } from "./after-claim.ts";
import { type AnnouncementSurface, Announcements } from "./announcements.ts";
import { NOT_LOOKED_YET, type Reach } from "./reach.ts";
import { ReceptionRecord } from "./reception-record.ts";
import { becauseOf, gistOf, type HeardLast, renderStatus, type SessionView } from "./session-status.ts";
import type { AddressesSeen, SessionSurface } from "./session-surface.ts";
import {
  expectationOf,
  type Farewell,
  farewellConfig,
  holdsAll,
  identityOf,
  inTurn,
  recentSpan,
  routerConfigOf,
  tellsOfSuccessor,
} from "./session-terms.ts";
import type { Wire, WireListener } from "./wire.ts";

export class VirtualRouterSession implements WireListener, Disposable {
  readonly #surface: SessionSurface;
  readonly #wire: Wire;
  readonly #listening: Disposable;
  readonly #advertiser: Advertiser;
  readonly #announcements: Announcements;
  readonly #reception: ReceptionRecord;
  readonly #wish: AddressWish;
  readonly #afterClaim: AfterClaim;
  #router: VirtualRouter;
  #effective: EffectivePriority;
  #verdicts: readonly CheckVerdict[];
  #reach: Reach = NOT_LOOKED_YET;
  #config: RouterConfig;
  #expected: Expectation | null = null;
  #state: RouterState = INITIAL_STATE;
  #cause: Cause | null = null;
  #since: WallTime;
  #heard: HeardLast | null = null;
  #mayStart = true;
  #held: readonly string[] = [];
  #refusedAddresses: string | null = null;
  #lastGist = "";
  #becameMaster = 0;
  #repaired = 0;

  constructor(router: VirtualRouter, verdicts: readonly CheckVerdict[], wire: Wire, surface: SessionSurface) {
    this.#surface = surface;
    this.#router = router;
    this.#verdicts = verdicts;
    this.#effective = effectivePriority(router.basePriority, router.tracks, verdicts);
    this.#config = routerConfigOf(router, this.#effective, this.#reach);
    this.#since = surface.clock.wallTime();
    this.#wire = wire;
    this.#advertiser = new Advertiser(router, wire, surface.log);
    this.#announcements = new Announcements({ ...surface, wire, announced: () => this.#announced() });
    this.#reception = new ReceptionRecord(router.name, surface.log);
    this.#wish = new AddressWish(surface);
    this.#afterClaim = new AfterClaim(surface);
    this.#listening = wire.listen(this);
  }

  get router(): VirtualRouter {
    return this.#router;
  }

  get wire(): Wire {
    return this.#wire;
  }

  get virtualRouterID(): number {
    return this.#router.virtualRouterID;
  }

  /** `ADDRESS/LENGTH` each: what was on the interface with our mark at the last look. */
  get heldAddresses(): readonly string[] {
    return this.#held;
  }

  /** What must be on the interface now; everything else of ours must not. */
  get wantedAddresses(): readonly Prefix[] {
    return this.#wish.isWanted ? this.#router.addresses : [];
  }

  shutdown(how: Farewell): void {
    this.#mayStart = false;
    this.#config = farewellConfig(this.#config, how);
    this.#feed({ type: "shutdown" });
  }

  get isStopped(): boolean {
    return !this.#mayStart && this.#state.role === "initialize" && !this.#wish.isWanted;
  }

  use(router: VirtualRouter): void {
    if (identityOf(router) !== identityOf(this.#router)) throw new Error(`${router.name} is another router`);
    const addressesBefore = this.#router.addresses.map(formatPrefix).join();
    this.#router = router;
    this.#reconfigure();
    if (this.#wish.isWanted && router.addresses.map(formatPrefix).join() !== addressesBefore) {
      this.#surface.addressesWanted();
    }
  }

  judge(verdicts: readonly CheckVerdict[]): void {
    this.#verdicts = verdicts;
    this.#reconfigure();
  }

  /** How the interface stands. The first time, the router begins to take part. */
  follow(reach: Reach): void {
    this.#reach = reach;
    this.#reconfigure();
    if (this.#mayStart && this.#state.role === "initialize") this.#feed({ type: "startup" });
  }

  heard(message: HeardMessage): void {
    if (this.#expected === null) return;
    const now = this.#surface.clock.now();
    const reception = receive(this.#expected, message);
    if (!reception.ok) {
      this.dropped(reception.reason, message.source);
      return;
    }
    this.#reception.accept(message.source, reception.differences);
    const before = this.#heard;
    this.#heard = { address: message.source, priority: reception.event.priority, at: now };
    this.#feed(reception.event);
    // For a master that counts who was heard before it took over, not who has failed to take its role.
    if (this.#isServing) this.#heard = before;
  }

  dropped(reason: DropReason | MismatchReason, source: Ipv4 | null): void {
    const { clock, deadlines } = this.#surface;
    const recent = recentSpan(this.#router);
    this.#reception.drop(reason, source, clock.now(), recent);
    // To be looked at again when the problem has aged away.
    deadlines.set(this.#reception, (clock.now() + recent + 1) as Instant, () => this.#surface.changed());
    this.#surface.changed();
  }

  addressesAre({ held, repaired, refusal }: AddressesSeen): void {
    const before = new Set(this.#held);
    this.#held = held;
    this.#repaired += repaired;
    this.#refusedAddresses = refusal;
    if (refusal !== null || holdsAll(this.#router, held)) this.#afterClaim.goOn();
    const hasNew = repaired > 0 || this.#held.some((address) => !before.has(address));
    if (hasNew && this.#isServing) this.#announcements.begin();
    this.#surface.changed();
  }

  status(): RouterStatus {
    return renderStatus(this.#view());
  }

  [Symbol.dispose](): void {
    this.#listening[Symbol.dispose]();
    this.#announcements.stop();
    this.#surface.deadlines.clear(this);
    this.#surface.deadlines.clear(this.#reception);
    this.#wish.stop();
    this.#afterClaim.stop();
  }

  get #isServing(): boolean {
    return this.#state.role === "master" && this.#state.leaving === null;
  }

  #reconfigure(): void {
    const previous = this.#config;
    this.#effective = effectivePriority(this.#router.basePriority, this.#router.tracks, this.#verdicts);
    this.#config = routerConfigOf(this.#router, this.#effective, this.#reach);
    const { source } = this.#reach;
    this.#advertiser.use(this.#router, source);
    this.#expected = source === null ? null : expectationOf(this.#router, source);
    if (JSON.stringify(previous) !== JSON.stringify(this.#config))
      this.#feed({ type: "reconfigured", previous });
    this.#surface.changed();
  }

  #feed(event: RouterEvent): void {
    this.#afterClaim.goOn();
    const before = this.#state;
    const { state, effects } = step(this.#config, before, event, this.#surface.clock.now());
    this.#state = state;
    if (state.deadline === null) this.#surface.deadlines.clear(this);
    else this.#surface.deadlines.set(this, state.deadline, () => this.#feed({ type: "deadline" }));
    // A leaving master announces nothing, so that it cannot draw traffic away from its successor.
    if (!this.#isServing) this.#announcements.stop();
    this.#carryOut(effects, before);
    const gist = gistOf(this.#view());
    if (gist === this.#lastGist) this.#surface.counted();
    else this.#surface.changed();
    this.#lastGist = gist;
  }

  #carryOut(effects: readonly Effect[], before: RouterState): void {
    const isFollowed = effects.some(tellsOfSuccessor);
    const { now, later } = inTurn(effects);
    for (const effect of now) this.#perform(effect, before, isFollowed);
    if (later.length > 0) this.#afterClaim.wait(() => this.#carryOut(later, before));
  }

  #perform(effect: Effect, before: RouterState, isFollowed: boolean): void {
    switch (effect.type) {
      case "advertise":
        // Peers that have heard nothing may have taken over and announced themselves meanwhile.
        if (this.#advertiser.advertise(effect.priority) === "recovered" && this.#isServing)
          this.#announcements.begin();
        return;
      case "claim-addresses":
        this.#wish.claim();
        return;
      case "release-addresses":
        this.#wish.release(isFollowed);
        return;
      case "announce":
        this.#announcements.begin();
        return;
      case "report":
        this.#report(effect.cause, before);
        return;
      default:
        unreachable(effect);
    }
  }

  #report(cause: Cause, before: RouterState): void {
    const at = this.#surface.clock.wallTime();
    const { role } = this.#state;
    this.#cause = cause;
    this.#since = at;
    if (role === "master") this.#becameMaster++;
    const happened = {
      router: this.#router.name,
      from: before.role,
      to: role,
      effectivePriority: this.#effective.priority,
      at,
      because: becauseOf(this.#view()),
    };
    this.#surface.log.info("changed role", happened);
    this.#surface.transition(happened);
  }

  #announced(): ReturnType<AnnouncementSurface["announced"]> {
    const { link } = this.#reach;
    const held = this.#router.addresses.filter((prefix) => this.#held.includes(formatPrefix(prefix)));
    return link === null ? null : { mac: link.mac, addresses: held.map(({ address }) => address) };
  }

  #view(): SessionView {
    return {
      router: this.#router,
      reach: this.#reach,
      effective: this.#effective,
      config: this.#config,
      state: this.#state,
      cause: this.#cause,
      since: this.#since,
      heard: this.#heard,
      held: this.#held,
      refusal: this.#refusedAddresses,
      advertiser: this.#advertiser,
      reception: this.#reception,
      becameMaster: this.#becameMaster,
      repaired: this.#repaired,
      now: this.#surface.clock.now(),
    };
  }
}
