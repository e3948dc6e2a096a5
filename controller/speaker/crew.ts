/**
 * The fates of this node with their lines, and the wires that these share. Membership is applied as a difference: what is
 * the same goes on undisturbed, without a packet or an event.
 */
import type { Membership } from "../plan/membership.ts";
import type { Network } from "../port/advert-socket.ts";
import type { AlarmClock } from "../port/clock.ts";
import type { Log } from "../port/log.ts";
import type { CheckVerdict, Transition, VirtualRouter } from "../vrrp/virtual-router.ts";
import type { Beat } from "./dead-man.ts";
import type { Deadlines } from "./deadlines.ts";
import { Fate } from "./fate.ts";
import { type Farewell, hearingAt, isSameLine } from "./fate-terms.ts";
import { Line } from "./line.ts";
import type { Recorder } from "./recorder.ts";
import type { Standing } from "./standing.ts";
import { Wire } from "./wire.ts";

export interface CrewSurface {
  readonly network: Network;
  readonly clock: AlarmClock;
  readonly deadlines: Deadlines;
  readonly log: Log;
  /** `null`: nothing is recorded. */
  readonly recorder: Recorder | null;
  transition(happened: Omit<Transition, "sequence" | "speaker">): void;
  /** The statuses of a fate may be others. */
  changed(fate: Fate): void;
  /** Packets were counted, nothing else. */
  counted(): void;
  beat(line: Line, beat: Beat): void;
  /** A fate has handed over and is gone. */
  left(): void;
  /** Other addresses are wanted, or other interfaces are to be looked at. */
  addressesWanted(): void;
}

/** What of a membership is not to be run, by name. */
export type Leftovers = Pick<Membership, "retained" | "departed">;

type Routers = readonly [VirtualRouter, ...VirtualRouter[]];
type Lines = readonly [Line, ...Line[]];

export class Crew implements Disposable {
  readonly #surface: CrewSurface;
  readonly #wires = new Map<string, Wire>();
  readonly #fates = new Map<string, Fate>();
  /** On their way out. A router that comes back under a name waits until its predecessor has handed over. */
  readonly #leaving = new Set<Fate>();
  #wanted: readonly VirtualRouter[] = [];
  #verdicts: readonly CheckVerdict[] = [];

  constructor(surface: CrewSurface) {
    this.#surface = surface;
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

  /** Delivers what has arrived on every wire. */
  drain(): void {
    for (const wire of this.#wires.values()) wire.drain();
  }

  [Symbol.dispose](): void {
    this.#wanted = [];
    for (const fate of this.fates) fate[Symbol.dispose]();
    this.#fates.clear();
    this.#leaving.clear();
    this.#closeUnusedWires();
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
    this.#closeUnusedWires();
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
    const line: Line = new Line(router, this.#wireOf(router), {
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
    const { clock, deadlines, log, recorder } = this.#surface;
    const fate: Fate = new Fate(
      { name, lines, verdicts: this.#verdicts, standing },
      {
        clock,
        deadlines,
        log,
        taken: (step) => recorder?.record(fate, name, { ...step, wall: clock.wallTime() }),
        transition: (happened) => this.#surface.transition(happened),
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
    this.#closeUnusedWires();
    this.#admitMissing();
    this.#surface.left();
  }

  #wireOf(router: VirtualRouter): Wire {
    const { interface: name } = router;
    const hearing = hearingAt(router);
    const key = `${name} ${hearing}`;
    const known = this.#wires.get(key);
    if (known !== undefined) return known;
    const wire = new Wire(name, hearing, this.#surface.network, this.#surface.log);
    this.#wires.set(key, wire);
    return wire;
  }

  #closeUnusedWires(): void {
    for (const [key, wire] of [...this.#wires]) {
      if (!wire.isUnused) continue;
      wire[Symbol.dispose]();
      this.#wires.delete(key);
    }
  }
}

const isSome = <Item>(items: readonly Item[]): items is readonly [Item, ...Item[]] => items.length > 0;
