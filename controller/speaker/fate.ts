/**
 * One decision for one or more virtual routers of this node: feeds the state machine with what any of its lines hears, and
 * carries out the effects on all of them. One role, one priority, one deadline: the lines cannot come to disagree.
 * What keeps one line from its work keeps all of them from it. The fate holds no timer of its own.
 */
import type { Instant } from "../net/time.ts";
import type { Link } from "../port/address-table.ts";
import {
  type Effect,
  isServing,
  type RouterConfig,
  type RouterEvent,
  type RouterState,
  step,
} from "../vrrp/machine.ts";
import { isBelieved } from "../vrrp/resignation.ts";
import type { Cause, HeardAdvertisement } from "../vrrp/state.ts";
import { isUnheard } from "../vrrp/unheard.ts";
import type { CheckVerdict, RouterStatus, VirtualRouter } from "../vrrp/virtual-router.ts";
import { AfterClaim } from "./after-claim.ts";
import { type Circumstances, Disposition } from "./disposition.ts";
import { changesOf, endOf, type FateView, renderStatuses } from "./fate-status.ts";
import type { FateSurface, LineOwner } from "./fate-surface.ts";
import { earliestOf, type Farewell, inTurn, isSameLine } from "./fate-terms.ts";
import { Gist } from "./gist.ts";
import { LatenessRecord } from "./lateness-record.ts";
import type { Line } from "./line.ts";
import { advertise, isFarEnough, occasionOf, perform, rehearse } from "./perform.ts";
import { NOT_LOOKED_YET, type Reach } from "./reach.ts";
import { spokeAt } from "./revived.ts";
import { beginning, moved, type Standing, type Tenure } from "./standing.ts";
import { heardOn, type Witness } from "./tie.ts";

export interface FateOrigin {
  readonly name: string;
  readonly lines: readonly [Line, ...Line[]];
  readonly verdicts: readonly CheckVerdict[];
  readonly links: readonly Link[];
  /** `null`: at the very beginning. */
  readonly standing: Standing | null;
}

export class Fate implements LineOwner, Disposable {
  readonly name: string;
  readonly #surface: FateSurface;
  readonly #afterClaim: AfterClaim;
  readonly #lateness: LatenessRecord;
  #lines: readonly Line[];
  readonly #disposition: Disposition;
  #state: RouterState;
  #tenure: Tenure;
  #mayStart = true;
  /** The line on which is heard what is being worked on. */
  #hearing: Witness | null = null;
  /** When something was worked on last. */
  #fedAt = 0 as Instant;
  readonly #gist = new Gist();
  readonly #meetDeadline = (): void => this.#feed({ type: "deadline" });
  readonly #rehearse = (): void => {
    rehearse(this.#config, this.#state);
    this.#prepare();
  };

  constructor({ name, lines, verdicts, links, standing }: FateOrigin, surface: FateSurface) {
    this.name = name;
    this.#surface = surface;
    this.#lines = lines;
    this.#disposition = new Disposition({
      terms: lines[0].router,
      verdicts,
      links,
      reaches: this.#reaches(),
    });
    const { state, ...tenure } = standing ?? beginning(surface.clock);
    this.#state = state;
    this.#tenure = tenure;
    this.#afterClaim = new AfterClaim(surface);
    this.#lateness = new LatenessRecord(surface);
    for (const line of lines) line.belongTo(this);
    this.#awaitDeadline();
  }

  get standing(): Standing {
    return { state: this.#state, ...this.#tenure };
  }

  get lines(): readonly Line[] {
    return this.#lines;
  }

  get isServing(): boolean {
    return isServing(this.#state);
  }

  get priority(): number {
    return this.#disposition.effective.priority;
  }

  get isStopped(): boolean {
    const isIdle = this.#state.role === "initialize" && this.#lines.every((line) => !line.wish.isWanted);
    return !this.#mayStart && isIdle;
  }

  shutdown(how: Farewell): void {
    this.#mayStart = false;
    this.#disposition.leave(how);
    this.#feed({ type: "shutdown" });
  }

  /** A further line, which takes part as soon as its interface has been looked at. */
  join(line: Line): void {
    this.#lines = [...this.#lines, line];
    line.belongTo(this);
  }

  /** A line that was deleted, perhaps everywhere at once, goes without a word. The others go on undisturbed. */
  drop(line: Line): void {
    const role = this.#state.role;
    this.#lines = this.#lines.filter((each) => each !== line);
    line[Symbol.dispose]();
    const how = { at: this.#surface.clock.wallTime(), effectivePriority: this.priority };
    if (role !== "initialize") this.#surface.transition(endOf(line.router, role, how));
    this.#reconfigure();
  }

  /** Lines that go on without the others, elsewhere. */
  part(lines: readonly Line[]): void {
    this.#afterClaim.goOn();
    this.#lines = this.#lines.filter((line) => !lines.includes(line));
    if (this.#lines.length > 0) this.#reconfigure();
  }

  /** Whether a line of `other` can come over as it is: it has the role already that it would get here. */
  canTakeFrom(other: Fate): boolean {
    const isStaying = [this, other].every((fate) => fate.#state.role !== "master" || fate.isServing);
    return isStaying && this.#state.role === other.#state.role;
  }

  /** `routers`: of this fate's lines, and perhaps others that have not joined yet. */
  use(routers: readonly [VirtualRouter, ...VirtualRouter[]]): void {
    for (const line of this.#lines) {
      const router = routers.find((each) => isSameLine(each, line.router));
      if (router !== undefined) line.use(router);
    }
    this.#reconfigure({ terms: routers[0] });
  }

  judge(verdicts: readonly CheckVerdict[]): void {
    this.#reconfigure({ verdicts });
    this.#prepare();
  }

  /** How its own and all interfaces stand, and which addresses of ours there are. The first time, it begins to take part. */
  follow(reaches: ReadonlyMap<Line, Reach>, links: readonly Link[], remains: ReadonlySet<string>): void {
    for (const [line, reach] of reaches) line.follow(reach);
    this.#reconfigure({ links });
    if (this.#mayStart && this.#state.role === "initialize") {
      const spokeLast = this.#surface.pulse.takeFound(this.name);
      this.#feed({ type: "startup", spokeAt: spokeAt(spokeLast, this.#lines, remains) });
    }
    if (this.isServing) this.#bringIn();
    this.#prepare();
  }

  believes(resignation: HeardAdvertisement): boolean {
    const state = this.#state;
    return state.role !== "backup" || isBelieved(this.#config, state, resignation, this.#surface.clock.now());
  }

  heard(event: HeardAdvertisement, line: Witness, at: Instant): void {
    const { changedAt } = this.#tenure;
    // Nothing is undone by what came in a moment before.
    const now = Math.max(at, this.#fedAt) as Instant;
    this.#hearing = line;
    this.#feed(heardOn(line, this.#lines, event, { masterSince: changedAt, now }), now);
    this.#hearing = null;
  }

  addressesSeen(): boolean {
    return this.#afterClaim.seen(this.#isFarEnough);
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
    this.#surface.pulse.silent(this.name);
    this.#afterClaim.stop();
    this.#lateness[Symbol.dispose]();
    for (const line of this.#lines) line[Symbol.dispose]();
  }

  get #config(): RouterConfig {
    return this.#disposition.config;
  }

  get #isFarEnough(): boolean {
    return this.#lines.every(isFarEnough);
  }

  #reaches(): readonly Reach[] {
    return this.#lines.map(({ reach }) => reach);
  }

  #reconfigure(change: Partial<Circumstances> = {}): void {
    const previous = this.#disposition.change({ ...change, reaches: this.#reaches() });
    if (previous !== null) this.#feed({ type: "reconfigured", previous });
    this.#surface.changed();
  }

  /** A backup may have to take over at any time: what it needs for that is there before. */
  #prepare(): void {
    if (this.#state.role !== "backup") return;
    const { priority } = this.#config;
    const areOthers = this.#lines.map((line) => line.prepare(priority));
    if (areOthers.includes(true)) this.#surface.prepare();
  }

  /** Lines that have joined a master since it took the role. */
  #bringIn(): void {
    for (const line of this.#lines) {
      if (line.wish.isWanted || line.reach === NOT_LOOKED_YET) continue;
      line.advertise(this.#config.priority);
      line.claim();
    }
  }

  #feed(event: RouterEvent, now = this.#surface.clock.now()): void {
    this.#fedAt = now;
    this.#afterClaim.goOn();
    const before = this.#state;
    const taken = step(this.#config, before, event, now);
    const { state, effects } = taken;
    this.#surface.taken({ config: this.#config, before, event, step: taken, at: now });
    this.#state = state;
    this.#awaitDeadline();
    // A leaving master announces nothing, so that it cannot draw traffic away from its successor.
    if (isServing(before) && !isServing(state)) {
      this.#surface.pulse.silent(this.name);
      for (const line of this.#lines) line.stopAnnouncing();
    }
    if (state.role === "master") for (const line of this.#lines) line.holdBack(state.isListening);
    if (effects.length > 0) this.#carryOut(effects, before);
    if (this.#gist.changes(state, this.#lines)) this.#surface.changed();
    else this.#surface.counted();
  }

  #awaitDeadline(): void {
    const state = this.#state;
    const { deadlines } = this.#surface;
    if (state.deadline === null) deadlines.clear(this);
    else {
      const rehearse = state.role === "backup" ? this.#rehearse : null;
      deadlines.set(this, state.deadline, this.#meetDeadline, earliestOf(this.#config, state), rehearse);
    }
  }

  #carryOut(effects: readonly Effect[], before: RouterState): void {
    const occasion = occasionOf(this.#config, effects, this.#hearing);
    const { now, later } = inTurn(effects);
    let outcome: ReturnType<typeof advertise> = null;
    for (const effect of now) {
      if (effect.type === "report") this.#report(effect.cause, before);
      else if (effect.type === "held-up") this.#lateness.note(effect.by, this.name);
      else if (effect.type === "advertise") outcome = advertise(effect.priority, this.#lines);
      else perform(effect, this.#lines, occasion);
      if (effect.type === "claim-addresses") this.#afterClaim.bringAbout(() => this.#surface.bringAbout());
    }
    if (later.length > 0) this.#afterClaim.wait(() => this.#carryOut(later, before), this.#isFarEnough);
    if (outcome === "sent" && this.isServing) this.#surface.pulse.spoke(this.name);
    if (outcome === "refused" || (outcome === "sent" && isUnheard(this.#state)))
      this.#feed({ type: outcome });
  }

  #report(cause: Cause, before: RouterState): void {
    this.#tenure = moved(this.#tenure, this.#state, cause, this.#surface.clock);
    for (const change of changesOf(this.#view(), before.role)) this.#surface.transition(change);
  }

  #view(): FateView {
    return {
      lines: this.#lines.map((line) => line.view()),
      effective: this.#disposition.effective,
      config: this.#config,
      state: this.#state,
      lateness: this.#lateness,
      now: this.#surface.clock.now(),
      ...this.#tenure,
    };
  }
}
