/**
 * The sessions of this node, one for each virtual router, and the wires that they share. Membership is applied as a
 * difference: what is the same goes on undisturbed, without a packet or an event.
 */
import type { Membership } from "../plan/membership.ts";
import type { Network } from "../port/advert-socket.ts";
import type { AlarmClock } from "../port/clock.ts";
import type { Log } from "../port/log.ts";
import type { CheckVerdict, Transition, VirtualRouter } from "../vrrp/virtual-router.ts";
import type { Deadlines } from "./deadlines.ts";
import { VirtualRouterSession } from "./session.ts";
import { type Farewell, identityOf } from "./session-terms.ts";
import { Wire } from "./wire.ts";

export interface CrewSurface {
  readonly network: Network;
  readonly clock: AlarmClock;
  readonly deadlines: Deadlines;
  readonly log: Log;
  transition(happened: Omit<Transition, "sequence" | "speaker">): void;
  /** The status of a session may be another. */
  changed(session: VirtualRouterSession): void;
  /** Packets were counted, nothing else. */
  counted(): void;
  /** A session has handed over and is gone. */
  left(): void;
  /** Other addresses are wanted, or other interfaces are to be looked at. */
  addressesWanted(): void;
}

/** What of a membership is not to be run, by name. */
export type Leftovers = Pick<Membership, "retained" | "departed">;

export class Crew implements Disposable {
  readonly #surface: CrewSurface;
  readonly #wires = new Map<string, Wire>();
  readonly #members = new Map<string, VirtualRouterSession>();
  /** On their way out, by name. A router that comes back under a name waits until its predecessor has handed over. */
  readonly #leaving = new Map<string, VirtualRouterSession>();
  readonly #successors = new Map<string, VirtualRouter>();
  #verdicts: readonly CheckVerdict[] = [];

  constructor(surface: CrewSurface) {
    this.#surface = surface;
  }

  /** In the order in which they came. */
  get sessions(): readonly VirtualRouterSession[] {
    return [...this.#members.values(), ...this.#leaving.values()];
  }

  get isEmpty(): boolean {
    return this.#members.size === 0 && this.#leaving.size === 0 && this.#successors.size === 0;
  }

  /**
   * What is `retained` stays as it is. A router that has become another one, or has `departed`, hands over and goes; one
   * that is in none of the lists was deleted, perhaps everywhere at once, and goes without waiting for a successor.
   */
  apply(routers: readonly VirtualRouter[], { retained, departed }: Leftovers): void {
    const wanted = new Map(routers.map((router) => [router.name, router]));
    for (const name of this.#successors.keys()) {
      if (!wanted.has(name) && !retained.includes(name)) this.#successors.delete(name);
    }
    for (const [name, session] of [...this.#members]) {
      const router = wanted.get(name);
      if (router === undefined) this.#leaveOut(name, session, { retained, departed });
      else if (!this.#adapt(session, router)) this.#dismiss(name, session, "hand-over");
    }
    for (const router of routers) if (!this.#members.has(router.name)) this.#admit(router);
  }

  /** Everybody hands over and goes. */
  handOver(): void {
    this.#successors.clear();
    for (const [name, session] of [...this.#members]) this.#dismiss(name, session, "hand-over");
  }

  judge(verdicts: readonly CheckVerdict[]): void {
    this.#verdicts = verdicts;
    for (const session of this.sessions) session.judge(verdicts);
  }

  /** Delivers what has arrived on every wire. */
  drain(): void {
    for (const wire of this.#wires.values()) wire.drain();
  }

  [Symbol.dispose](): void {
    for (const session of this.sessions) session[Symbol.dispose]();
    this.#members.clear();
    this.#leaving.clear();
    this.#successors.clear();
    this.#closeUnusedWires();
  }

  /** False when the router has become another one. */
  #adapt(session: VirtualRouterSession, router: VirtualRouter): boolean {
    if (identityOf(session.router) !== identityOf(router)) return false;
    if (JSON.stringify(session.router) === JSON.stringify(router)) return true;
    // The source is looked for anew, and never among the virtual addresses.
    this.#surface.addressesWanted();
    session.use(router);
    return true;
  }

  #admit(router: VirtualRouter): void {
    if (this.#leaving.has(router.name)) {
      this.#successors.set(router.name, router);
      return;
    }
    const { clock, deadlines, log } = this.#surface;
    const session: VirtualRouterSession = new VirtualRouterSession(
      router,
      this.#verdicts,
      this.#wireOf(router),
      {
        clock,
        deadlines,
        log,
        transition: (happened) => this.#surface.transition(happened),
        changed: () => this.#follow(session),
        counted: () => this.#surface.counted(),
        addressesWanted: () => this.#surface.addressesWanted(),
      },
    );
    this.#members.set(router.name, session);
    this.#surface.changed(session);
    this.#surface.addressesWanted();
  }

  #leaveOut(name: string, session: VirtualRouterSession, { retained, departed }: Leftovers): void {
    if (retained.includes(name)) return;
    this.#dismiss(name, session, departed.includes(name) ? "hand-over" : "let-go");
  }

  #dismiss(name: string, session: VirtualRouterSession, how: Farewell): void {
    this.#members.delete(name);
    this.#leaving.set(name, session);
    session.shutdown(how);
    this.#follow(session);
  }

  #follow(session: VirtualRouterSession): void {
    this.#surface.changed(session);
    const { name } = session.router;
    if (!session.isStopped || this.#leaving.get(name) !== session) return;
    this.#leaving.delete(name);
    session[Symbol.dispose]();
    this.#closeUnusedWires();
    const successor = this.#successors.get(name);
    this.#successors.delete(name);
    if (successor !== undefined) this.#admit(successor);
    this.#surface.left();
  }

  #wireOf({ interface: name, multicastGroup }: VirtualRouter): Wire {
    const key = `${name} ${multicastGroup}`;
    const known = this.#wires.get(key);
    if (known !== undefined) return known;
    const wire = new Wire(name, multicastGroup, this.#surface.network, this.#surface.log);
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
