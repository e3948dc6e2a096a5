/**
 * Makes the interfaces carry exactly the addresses that the lines want: look, tell the fates how their interfaces stand,
 * plan, act; again on every wake. The kernel is looked at each time, never remembered, so an address that
 * somebody else removes or adds is put right by the same pass that claims and releases.
 *
 * What carries our mark and is not wanted goes, wherever it is, leftovers of a killed speaker too. An unmarked copy of one
 * of our own virtual addresses, same interface and same length, goes as well, or gets our mark where it is wanted: we
 * promise that a virtual address is held if and only if the node is master. Anything else unmarked is never touched; and what
 * a router owns (priority 255) is the interface's own, so there nothing is ever added, marked or removed.
 */
import type { IpAddress } from "../net/ip.ts";
import { after, type Millis, millis } from "../net/time.ts";
import type { AddressTable, Link, LinkAddress } from "../port/address-table.ts";
import type { AlarmClock } from "../port/clock.ts";
import { OperationFailure } from "../port/failure.ts";
import type { Log } from "../port/log.ts";
import type { VirtualLinks } from "../port/virtual-links.ts";
import { isOwner } from "../vrrp/priority.ts";
import {
  actionsOf,
  desiredOf,
  keyOf,
  lifetimesOf,
  owned,
  ownedBy,
  seenBy,
  sourcesIn,
  tellOfNew,
  wantedBy,
  withClaimed,
} from "./address-lists.ts";
import { AddressWork } from "./address-work.ts";
import { Claims } from "./claims.ts";
import type { Deadlines } from "./deadlines.ts";
import type { Fate } from "./fate.ts";
import type { Legacy } from "./legacy.ts";
import type { Line } from "./line.ts";
import { LinkUptime } from "./link-uptime.ts";
import { type Reach, reachOf, type Surroundings } from "./reach.ts";
import { VirtualMacs } from "./virtual-macs.ts";

/** The kernel refused something; nothing may ever notify us that it would not do so again. */
const RETRY_INTERVAL = millis(1_000);

export interface KeeperSurface {
  readonly table: AddressTable;
  readonly virtualLinks: VirtualLinks;
  readonly clock: AlarmClock;
  readonly deadlines: Deadlines;
  readonly log: Log;
  fates(): readonly Fate[];
  seen(links: readonly Link[]): void;
}

export class AddressKeeper {
  readonly #surface: KeeperSurface;
  readonly #uptime = new LinkUptime();
  readonly #virtualMacs: VirtualMacs;
  readonly #work: AddressWork;
  readonly #claims: Claims;
  #woken = true;
  #wakeUp: (() => void) | null = null;
  #lastFailure: string | null = null;
  #settled: (() => void)[] = [];
  #isPaused = false;
  #underWay: Promise<unknown> = Promise.resolve();

  constructor(surface: KeeperSurface) {
    this.#surface = surface;
    this.#work = new AddressWork(surface);
    const { table, clock, deadlines } = surface;
    this.#claims = new Claims(
      {
        table,
        clock,
        deadlines,
        lines: () => this.#lines(),
        isPaused: () => this.#isPaused,
        wokenWithin: (span) => this.#wokenWithin(span),
      },
      this.#work,
    );
    this.#virtualMacs = new VirtualMacs(surface.virtualLinks, surface.log);
  }

  wake(): void {
    this.#woken = true;
    this.#wakeUp?.();
  }

  /** Adds what has just been claimed, as far as that is possible at once. A pass follows, which sees to the rest. */
  claim(lines: readonly Line[]): void {
    this.#claims.addAtOnce(lines);
  }

  /** They may be claimed at any time. */
  prepare(lines: readonly Line[]): void {
    this.#claims.prepare(lines);
  }

  /** Resolves when no pass is under way any more; none begins until `resume`. */
  async pause(): Promise<void> {
    this.#isPaused = true;
    await this.#underWay;
  }

  resume(): void {
    this.#isPaused = false;
    this.wake();
  }

  /** Opens the sockets and finds the sources, and does nothing else: another process owns the addresses for now. */
  async look(): Promise<void> {
    const { surroundings } = await this.#observe();
    for (const line of this.#lines()) line.follow(this.#lookAt(line, surroundings));
  }

  get legacy(): Legacy["upSince"] {
    return this.#uptime.legacy();
  }

  inherit(upSince: Legacy["upSince"]): void {
    this.#uptime.inherit(upSince);
    const since = new Map(upSince);
    for (const line of this.#lines()) {
      const { link } = line.reach;
      if (link !== null) line.follow({ ...line.reach, upSince: since.get(link.index) ?? line.reach.upSince });
    }
  }

  /** Resolves when a pass that begins after this call has ended. */
  settled(): Promise<void> {
    const settled = new Promise<void>((resolve) => this.#settled.push(resolve));
    this.wake();
    return settled;
  }

  async run(signal: AbortSignal): Promise<void> {
    using _changes = this.#surface.table.onChange(() => this.wake());
    const interrupt = (): void => this.#wakeUp?.();
    signal.addEventListener("abort", interrupt);
    while (!signal.aborted) {
      if (!this.#woken || this.#isPaused)
        await new Promise<void>((resolve) => {
          this.#wakeUp = resolve;
        });
      this.#wakeUp = null;
      if (this.#isPaused) continue;
      this.#woken = false;
      const waiting = this.#settled.splice(0);
      const pass = this.#pass();
      this.#underWay = pass;
      if (!(await pass)) this.#retryLater();
      for (const resolve of waiting) resolve();
    }
    signal.removeEventListener("abort", interrupt);
    this.#surface.deadlines.clear(this);
  }

  #retryLater(): void {
    const { clock, deadlines } = this.#surface;
    deadlines.set(this, after(clock.now(), RETRY_INTERVAL), () => this.wake());
  }

  /** Whether all is as it should be. */
  async #pass(): Promise<boolean> {
    try {
      const failure = await this.#converge();
      this.#note(failure);
      return failure === null;
    } catch (error) {
      if (!(error instanceof OperationFailure)) throw error;
      this.#note(error.message);
      return false;
    }
  }

  /** Resolves then, or as soon as there may be something to do. */
  async #wokenWithin(span: Millis): Promise<void> {
    const { clock, deadlines } = this.#surface;
    await new Promise<void>((resolve) => {
      this.#wakeUp = resolve;
      deadlines.set(this.#work, after(clock.now(), span), resolve);
    });
    deadlines.clear(this.#work);
    this.#wakeUp = null;
  }

  async #converge(): Promise<string | null> {
    await this.#claims.addAll();
    const { found, surroundings } = await this.#observe();
    await this.#virtualMacs.follow(this.#lines(), surroundings.links);
    this.#tellReach(surroundings, new Set(found.filter(({ isOurs }) => isOurs).map(keyOf)));
    // From here on synchronous up to the requests themselves: what the lines want is what is carried out.
    const observed = withClaimed(found, this.#claims.addedSinceLook);
    const lines = this.#lines();
    const claiming = new Set(lines.filter(({ wish }) => wish.isNew));
    const movable = lines.filter(({ router }) => !isOwner(router));
    const desired = movable.flatMap((line) => desiredOf(line, observed, this.#virtualMacs.standsFor(line)));
    // One that was left as it was, since its line might have gone on.
    if (movable.some((line) => this.#virtualMacs.standsFor(line) === "to-be-switched")) this.wake();
    const ofLines = movable.flatMap((line) => owned(line, line.router.addresses));
    const actions = actionsOf(desired, observed, ofLines);
    const lifetimes = new Map(movable.flatMap(lifetimesOf));
    const heldBefore = new Map(lines.map((line) => [line, line.heldAddresses]));
    const present = new Set(observed.map(keyOf));
    const held = new Set(observed.filter(({ isOurs }) => isOurs).map(keyOf));
    const outcome = await this.#work.perform(actions, held, lifetimes, (soFar) => {
      tellOfNew(movable, (line) => seenBy(line, [], present, soFar));
      return wantedBy(movable);
    });
    for (const address of this.#claims.addedSinceLook) held.add(keyOf(address));
    // Whoever has claimed since this was planned is still to get what it wants.
    for (const line of lines.filter((each) => !each.wish.isNew || claiming.has(each))) {
      line.addressesAre(
        isOwner(line.router)
          ? { held: ownedBy(line, observed), repaired: 0, refusal: null }
          : seenBy(line, heldBefore.get(line) ?? [], present, outcome),
      );
    }
    return this.#virtualMacs.failure ?? [...outcome.refusals.values()][0] ?? null;
  }

  async #observe(): Promise<{
    readonly found: readonly LinkAddress[];
    readonly surroundings: Surroundings;
  }> {
    const { table, clock } = this.#surface;
    this.#claims.lookBegins();
    const [links, found] = await Promise.all([table.links(), table.addresses()]);
    const virtual = this.#virtualNames();
    const upSince = this.#uptime.seen(links, clock.now());
    this.#surface.seen(links);
    return { found, surroundings: { links, addresses: sourcesIn(found), upSince, virtual } };
  }

  #lines(): readonly Line[] {
    return this.#surface.fates().flatMap(({ lines }) => lines);
  }

  #virtualNames(): Set<IpAddress> {
    return new Set<IpAddress>(
      this.#lines().flatMap(({ router }) => router.addresses.map(({ address }) => address)),
    );
  }

  #tellReach(surroundings: Surroundings, remains: ReadonlySet<string>): void {
    for (const fate of this.#surface.fates()) {
      const reaches = fate.lines.map((line) => [line, this.#lookAt(line, surroundings)] as const);
      fate.follow(new Map(reaches), surroundings.links, remains);
    }
  }

  /** Logged when it is another than the last time. */
  #note(failure: string | null): void {
    if (failure === this.#lastFailure) return;
    this.#lastFailure = failure;
    if (failure === null) this.#surface.log.info("the addresses are as they should be again");
    else this.#surface.log.error("cannot put the addresses right", { because: failure });
  }

  #lookAt(line: Line, surroundings: Surroundings): Reach {
    const { router, wire } = line;
    const reach = reachOf(router, surroundings);
    // Unicast is heard at an address of the interface, which must be there.
    const canHear = router.transport.type === "multicast" || reach.source !== null;
    wire.follow(canHear ? reach.link : null);
    if (reach.problem !== null) return reach;
    const problem = this.#virtualMacs.problemOf(line);
    if (problem !== null) return { ...reach, problem };
    return wire.failure === null
      ? reach
      : { ...reach, problem: { code: "send-failed", message: wire.failure } };
  }
}
