/**
 * One decision for one or more virtual routers of this node: feeds the state machine with what any of its lines hears, and
 * carries out the effects on all of them. One role, one priority, one deadline: the lines cannot come to disagree.
 *
 * What keeps one line from its work keeps all of them from it. The fate holds no timer of its own.
 */
import type { WallTime } from "../net/time.ts";
import { unreachable } from "../net/unreachable.ts";
import {
  type Effect,
  INITIAL_STATE,
  type RouterConfig,
  type RouterEvent,
  type RouterState,
  step,
} from "../vrrp/machine.ts";
import { type EffectivePriority, effectivePriority } from "../vrrp/priority.ts";
import type { Cause, HeardAdvertisement } from "../vrrp/state.ts";
import type { CheckVerdict, RouterStatus, Transition, VirtualRouter } from "../vrrp/virtual-router.ts";
import { AfterClaim } from "./after-claim.ts";
import { becauseOf, type FateView, gistOf, namesOf, renderStatuses } from "./fate-status.ts";
import type { FateSurface, LineOwner } from "./fate-surface.ts";
import {
  type Farewell,
  farewellConfig,
  fitnessOf,
  inTurn,
  isSameLine,
  routerConfigOf,
  tellsOfSuccessor,
} from "./fate-terms.ts";
import type { Line } from "./line.ts";
import { NOT_LOOKED_YET, type Reach } from "./reach.ts";
import type { TakenStep } from "./recorder.ts";

/** Where a fate stands: another can go on from there. */
interface Standing {
  readonly state: RouterState;
  readonly cause: Cause | null;
  readonly since: WallTime;
}

export class Fate implements LineOwner, Disposable {
  readonly name: string;
  readonly #surface: FateSurface;
  readonly #afterClaim: AfterClaim;
  #lines: readonly Line[];
  /** One of its routers: in what concerns the decision, all are alike. */
  #terms: VirtualRouter;
  #verdicts: readonly CheckVerdict[];
  #effective: EffectivePriority;
  #config: RouterConfig;
  #state: RouterState;
  #cause: Cause | null;
  #since: WallTime;
  #mayStart = true;
  #lastGist = "";
  #becameMaster = 0;

  constructor(
    lines: readonly [Line, ...Line[]],
    verdicts: readonly CheckVerdict[],
    surface: FateSurface,
    standing: Standing = { state: INITIAL_STATE, cause: null, since: surface.clock.wallTime() },
  ) {
    this.#surface = surface;
    this.#lines = lines;
    this.#terms = lines[0].router;
    this.name = this.#terms.fate;
    this.#verdicts = verdicts;
    this.#effective = this.#judged();
    this.#config = this.#configured();
    this.#state = standing.state;
    this.#cause = standing.cause;
    this.#since = standing.since;
    this.#afterClaim = new AfterClaim(surface);
    for (const line of lines) line.belongTo(this);
  }

  get lines(): readonly Line[] {
    return this.#lines;
  }

  get isServing(): boolean {
    return this.#state.role === "master" && this.#state.leaving === null;
  }

  get isStopped(): boolean {
    const isIdle = this.#state.role === "initialize" && this.#lines.every((line) => !line.isWanting);
    return !this.#mayStart && isIdle;
  }

  shutdown(how: Farewell): void {
    this.#mayStart = false;
    this.#config = farewellConfig(this.#config, how);
    this.#feed({ type: "shutdown" });
  }

  /** A further line, which takes part as soon as its interface has been looked at. */
  join(line: Line): void {
    this.#lines = [...this.#lines, line];
    line.belongTo(this);
  }

  /** A line that was deleted, perhaps everywhere at once, goes without a word. The others go on undisturbed. */
  drop(line: Line): void {
    const { role } = this.#state;
    this.#lines = this.#lines.filter((each) => each !== line);
    line[Symbol.dispose]();
    const at = this.#surface.clock.wallTime();
    if (role !== "initialize")
      this.#tell(line.router.name, { from: role, to: "initialize", because: "initialize: stopped", at });
    this.#reconfigure();
  }

  /** Lines that are to go on their own from here: as a fate of its own that stands where this one does. */
  split(leaving: readonly [Line, ...Line[]], surface: FateSurface): Fate {
    this.#lines = this.#lines.filter((line) => !leaving.includes(line));
    const standing = { state: this.#state, cause: this.#cause, since: this.#since };
    const fate = new Fate(leaving, this.#verdicts, surface, standing);
    this.#reconfigure();
    return fate;
  }

  /** `routers`: of this fate's lines, and perhaps others that have not joined yet. */
  use(routers: readonly [VirtualRouter, ...VirtualRouter[]]): void {
    this.#terms = routers[0];
    for (const line of this.#lines) {
      const router = routers.find((each) => isSameLine(each, line.router));
      if (router !== undefined) line.use(router);
    }
    this.#reconfigure();
  }

  judge(verdicts: readonly CheckVerdict[]): void {
    this.#verdicts = verdicts;
    this.#reconfigure();
  }

  /** How the interfaces stand. The first time, the fate begins to take part. */
  follow(reaches: ReadonlyMap<Line, Reach>): void {
    for (const [line, reach] of reaches) line.follow(reach);
    this.#reconfigure();
    if (this.#mayStart && this.#state.role === "initialize") this.#feed({ type: "startup" });
    if (this.isServing) this.#bringIn();
  }

  heard(event: HeardAdvertisement): void {
    this.#feed(event);
  }

  addressesSeen(): void {
    if (this.#lines.every((line) => line.isSettled)) this.#afterClaim.goOn();
  }

  changed(): void {
    this.#surface.changed();
  }

  /** One for each VirtualIP. */
  statuses(): readonly RouterStatus[] {
    return renderStatuses(this.#view());
  }

  [Symbol.dispose](): void {
    this.#surface.deadlines.clear(this);
    this.#surface.recorder?.forget(this.name);
    this.#afterClaim.stop();
    for (const line of this.#lines) line[Symbol.dispose]();
  }

  #judged(): EffectivePriority {
    const { basePriority, tracks } = this.#terms;
    return fitnessOf(effectivePriority(basePriority, tracks, this.#verdicts), this.#reaches());
  }

  #configured(): RouterConfig {
    return routerConfigOf(this.#terms, this.#effective, this.#reaches());
  }

  #reaches(): readonly Reach[] {
    return this.#lines.map(({ reach }) => reach);
  }

  #reconfigure(): void {
    const previous = this.#config;
    this.#effective = this.#judged();
    this.#config = this.#configured();
    if (JSON.stringify(previous) !== JSON.stringify(this.#config))
      this.#feed({ type: "reconfigured", previous });
    this.#surface.changed();
  }

  /** Lines that have joined a master since it took the role. */
  #bringIn(): void {
    for (const line of this.#lines) {
      if (line.isWanting || line.reach === NOT_LOOKED_YET) continue;
      line.advertise(this.#config.priority);
      line.claim();
    }
  }

  #feed(event: RouterEvent): void {
    this.#afterClaim.goOn();
    const before = this.#state;
    const now = this.#surface.clock.now();
    const taken = step(this.#config, before, event, now);
    const { state, effects } = taken;
    this.#record({ before, event, step: taken, at: now });
    this.#state = state;
    if (state.deadline === null) this.#surface.deadlines.clear(this);
    else this.#surface.deadlines.set(this, state.deadline, () => this.#feed({ type: "deadline" }));
    // A leaving master announces nothing, so that it cannot draw traffic away from its successor.
    if (!this.isServing) for (const line of this.#lines) line.stopAnnouncing();
    this.#carryOut(effects, before);
    const gist = gistOf(this.#view());
    if (gist === this.#lastGist) this.#surface.counted();
    else this.#surface.changed();
    this.#lastGist = gist;
  }

  #record(taken: Omit<TakenStep, "config" | "wall">): void {
    const { recorder, clock } = this.#surface;
    if (recorder === null) return;
    recorder.record(this.name, { ...taken, config: this.#config, wall: clock.wallTime() });
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
        for (const line of this.#lines) line.advertise(effect.priority);
        return;
      case "claim-addresses":
        for (const line of this.#lines) line.claim();
        return;
      case "release-addresses":
        for (const line of this.#lines) line.release(isFollowed);
        return;
      case "announce":
        for (const line of this.#lines) line.announce();
        return;
      case "report":
        this.#report(effect.cause, before);
        return;
      default:
        unreachable(effect);
    }
  }

  #report(cause: Cause, before: RouterState): void {
    const { role } = this.#state;
    this.#cause = cause;
    this.#since = this.#surface.clock.wallTime();
    if (role === "master") this.#becameMaster++;
    const view = this.#view();
    const move = { from: before.role, to: role, at: this.#since };
    for (const name of namesOf(view)) this.#tell(name, { ...move, because: becauseOf(name, view) });
  }

  #tell(router: string, move: Pick<Transition, "from" | "to" | "at" | "because">): void {
    const happened = { router, ...move, effectivePriority: this.#effective.priority };
    this.#surface.log.info("changed role", happened);
    this.#surface.transition(happened);
  }

  #view(): FateView {
    return {
      lines: this.#lines.map((line) => line.view()),
      effective: this.#effective,
      config: this.#config,
      state: this.#state,
      cause: this.#cause,
      since: this.#since,
      becameMaster: this.#becameMaster,
      now: this.#surface.clock.now(),
    };
  }
}
