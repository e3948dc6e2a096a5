/**
 * The fates of this node with their lines, and the wires that these share. Membership is applied as a difference: what is
 * the same goes on undisturbed, without a packet or an event.
 */
import type { Membership } from "../plan/membership.ts";
import type { Link } from "../port/address-table.ts";
import type { Network } from "../port/advert-socket.ts";
import type { AlarmClock } from "../port/clock.ts";
import type { Log } from "../port/log.ts";
import type { CheckVerdict, RoleChange, VirtualRouter } from "../vrrp/virtual-router.ts";
import type { Beat } from "./dead-man.ts";
import type { Deadlines } from "./deadlines.ts";
import { Fate } from "./fate.ts";
import { type Farewell, identityOf, isSameLine } from "./fate-terms.ts";
import type { FateLegacy, LineLegacy } from "./legacy.ts";
import { Line } from "./line.ts";
import type { Pulse } from "./pulse.ts";
import type { Recorder } from "./recorder.ts";
import type { Standing } from "./standing.ts";
import { Wires } from "./wires.ts";

export interface CrewSurface {
  readonly network: Network;
  readonly clock: AlarmClock;
  readonly deadlines: Deadlines;
  readonly log: Log;
  /** `null`: nothing is recorded. */
  readonly recorder: Recorder | null;
  readonly pulse: Pulse;
  transition(change: RoleChange): void;
  /** The statuses of a fate may be others. */
  changed(fate: Fate): void;
  /** Packets were counted, nothing else. */
  counted(): void;
  beat(line: Line, beat: Beat): void;
  /** A fate has handed over and is gone. */
  left(): void;
  /** Other addresses are wanted, or other interfaces are to be looked at. */
  addressesWanted(): void;
  /** Lines have claimed their addresses. */
  claimed(lines: readonly Line[]): void;
  /** Lines may claim their addresses at any time. */
  mayClaim(lines: readonly Line[]): void;
}

/** What of a membership is not to be run, by name. */
export type Leftovers = Pick<Membership, "retained" | "departed">;

type Routers = readonly [VirtualRouter, ...VirtualRouter[]];
type Lines = readonly [Line, ...Line[]];

export class Crew implements Disposable {
  readonly #surface: CrewSurface;
  readonly #wires: Wires;
  readonly #fates = new Map<string, Fate>();
  /** On their way out. A router that comes back under a name waits until its predecessor has handed over. */
  readonly #leaving = new Set<Fate>();
  #wanted: readonly VirtualRouter[] = [];
  #verdicts: readonly CheckVerdict[] = [];
  #links: readonly Link[] = [];

  constructor(surface: CrewSurface) {
    this.#surface = surface;
    this.#wires = new Wires(surface);
  }

  /** In the order in which they came. */
  get fates(): readonly Fate[] {
    return [...this.#fates.values(), ...this.#leaving];
  }

  get isEmpty(): boolean {
    return this.#fates.size === 0 && this.#leaving.size === 0;
  }

  /**
   * What is `retained` stays as it is. A router that has become another one, or has `departed`, hands over and goes; one
   * that is in none of the lists was deleted, perhaps everywhere at once, and goes without waiting for a successor.
   */
  apply(routers: readonly VirtualRouter[], { retained, departed }: Leftovers): void {
    const names = new Set(routers.map(({ name }) => name));
    const kept = this.#wanted.filter(({ name }) => retained.includes(name) && !names.has(name));
    this.#wanted = [...routers, ...kept];
    for (const router of this.#wanted) this.#regroup(router);
    for (const fate of [...this.#fates.values()]) this.#adapt(fate, departed);
    this.#admitMissing();
  }

  /** Everybody hands over and goes. */
  handOver(): void {
    this.#wanted = [];
    for (const fate of [...this.#fates.values()]) this.#dismiss(fate, "hand-over");
  }

  judge(verdicts: readonly CheckVerdict[]): void {
    this.#verdicts = verdicts;
    for (const fate of this.fates) fate.judge(verdicts);
  }

  /** Nobody is on the way out, nor is anything else under way that a successor would have to know of. */
  get isQuiet(): boolean {
    const isStill = ({ standing: { state }, lines }: Fate): boolean =>
      (state.role !== "master" || (state.leaving === null && !state.isListening)) &&
      lines.every((line) => line.isQuiet);
    return this.#leaving.size === 0 && this.fates.every(isStill);
  }

  /** What is heard from now on is kept until `release`. */
  hold(): void {
    this.#wires.hold();
  }

  release(): void {
    this.#wires.release();
  }

  /** Another process has it all: our sockets close, and nothing else happens. */
  abandon(): void {
    this.#wires.closeAll();
  }

  legacy(): FateLegacy[] {
    return [...this.#fates.values()].map(({ name, standing, lines }) => {
      return { name, standing, lines: lines.map((line) => line.legacy()) };
    });
  }

  /** Fates that have not begun go on where another process stood. */
  inherit(legacies: readonly FateLegacy[]): void {
    for (const { name, standing, lines: known } of legacies) {
      const fate = this.#fates.get(name);
      const { lines = [] } = fate ?? {};
      if (fate === undefined || !isSome(lines)) continue;
      for (const line of lines) {
        const legacy = known.find((each) => isOf(each, line.router));
        if (legacy !== undefined) line.inherit(legacy);
      }
      fate.part(lines);
      fate[Symbol.dispose]();
      this.#found(name, lines, standing);
    }
  }

  /** The interfaces, as the kernel has shown them last. */
  seen(links: readonly Link[]): void {
    this.#links = links;
  }

  /** Delivers what has arrived on every wire. */
  drain(): void {
    this.#wires.drain();
  }

  [Symbol.dispose](): void {
    this.#wanted = [];
    for (const fate of this.fates) fate[Symbol.dispose]();
    this.#fates.clear();
    this.#leaving.clear();
    this.#wires.closeUnused();
  }

  /**
   * A router that comes into another group, or leaves its group, goes on as it is where that makes no difference to its
   * role: nothing is sent. Otherwise it hands over first, like any other that has become another one.
   */
  #regroup(router: VirtualRouter): void {
    const isSought = (line: Line): boolean => isSameLine(line.router, router);
    const fate = [...this.#fates.values()].find(({ lines }) => lines.some(isSought));
    const line = fate?.lines.find(isSought);
    if (fate === undefined || line === undefined || fate.name === router.fate) return;
    const target = this.#fates.get(router.fate);
    if (target?.canTakeFrom(fate) === false) return;
    fate.part([line]);
    if (target === undefined) this.#found(router.fate, [line], fate.standing);
    else target.join(line);
    if (fate.lines.length > 0) return;
    this.#fates.delete(fate.name);
    fate[Symbol.dispose]();
  }

  #adapt(fate: Fate, departed: readonly string[]): void {
    const wanted = this.#wanted.filter((router) => router.fate === fate.name);
    const staying = fate.lines.filter(({ router }) => wanted.some((each) => isSameLine(each, router)));
    const going = fate.lines.filter((line) => !staying.includes(line));
    const isSucceeded = ({ router: { name } }: Line): boolean =>
      departed.includes(name) || this.#wanted.some((each) => each.name === name);
    const succeeded = going.filter(isSucceeded);
    if (staying.length === 0) {
      this.#dismiss(fate, succeeded.length > 0 ? "hand-over" : "let-go");
      return;
    }
    for (const line of going) if (!succeeded.includes(line)) this.#drop(fate, line);
    if (isSome(succeeded)) this.#splitOff(fate, succeeded);
    if (isSome(wanted)) this.#use(fate, wanted);
  }

  #use(fate: Fate, routers: Routers): void {
    const isSame = fate.lines.every(({ router }) =>
      routers.some((each) => JSON.stringify(each) === JSON.stringify(router)),
    );
    if (isSame) return;
    // The source is looked for anew, and never among the virtual addresses.
    this.#surface.addressesWanted();
    fate.use(routers);
  }

  #drop(fate: Fate, line: Line): void {
    fate.drop(line);
    this.#wires.closeUnused();
    this.#surface.addressesWanted();
  }

  #splitOff(fate: Fate, lines: Lines): void {
    fate.part(lines);
    this.#leave(this.#newFate(fate.name, lines, fate.standing), "hand-over");
  }

  #dismiss(fate: Fate, how: Farewell): void {
    this.#fates.delete(fate.name);
    this.#leave(fate, how);
  }

  #leave(fate: Fate, how: Farewell): void {
    this.#leaving.add(fate);
    fate.shutdown(how);
    this.#follow(fate);
  }

  #admitMissing(): void {
    for (const router of this.#wanted) {
      const fate = this.#fates.get(router.fate);
      const isThere = fate?.lines.some((line) => isSameLine(line.router, router)) === true;
      if (!isThere && !this.#mustWait(router)) this.#admit(router, fate);
    }
  }

  #mustWait({ name, fate }: VirtualRouter): boolean {
    return [...this.#leaving].some(
      (leaver) =>
        (leaver.name === fate && !this.#fates.has(fate)) ||
        leaver.lines.some(({ router }) => router.name === name),
    );
  }

  #admit(router: VirtualRouter, fate: Fate | undefined): void {
    const { clock, deadlines, log } = this.#surface;
    const line: Line = new Line(router, this.#wires.of(router), {
      clock,
      deadlines,
      log,
      beat: (beat) => this.#surface.beat(line, beat),
      addressesWanted: () => this.#surface.addressesWanted(),
    });
    if (fate === undefined) this.#found(router.fate, [line], null);
    else fate.join(line);
    this.#surface.addressesWanted();
  }

  #found(name: string, lines: Lines, standing: Standing | null): void {
    const fate = this.#newFate(name, lines, standing);
    this.#fates.set(name, fate);
    this.#surface.changed(fate);
  }

  #newFate(name: string, lines: Lines, standing: Standing | null): Fate {
    const { clock, deadlines, log, recorder, pulse } = this.#surface;
    const fate: Fate = new Fate(
      { name, lines, verdicts: this.#verdicts, links: this.#links, standing },
      {
        clock,
        deadlines,
        log,
        pulse,
        taken: (step) => recorder?.record(fate, name, { ...step, wall: clock.wallTime() }),
        transition: (change) => this.#surface.transition(change),
        bringAbout: () => this.#surface.claimed(fate.lines),
        prepare: () => this.#surface.mayClaim(fate.lines),
        changed: () => this.#follow(fate),
        counted: () => this.#surface.counted(),
      },
    );
    return fate;
  }

  #follow(fate: Fate): void {
    this.#surface.changed(fate);
    if (!fate.isStopped || !this.#leaving.delete(fate)) return;
    fate[Symbol.dispose]();
    this.#wires.closeUnused();
    this.#admitMissing();
    this.#surface.left();
  }
}

const isOf = (legacy: LineLegacy, router: VirtualRouter): boolean =>
  legacy.router === router.name && legacy.identity === identityOf(router);
const isSome = <Item>(items: readonly Item[]): items is readonly [Item, ...Item[]] => items.length > 0;
