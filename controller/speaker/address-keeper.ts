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
import { formatIpPrefix, type IpAddress } from "../net/ip.ts";
import type { Lifetime } from "../net/lifetime.ts";
import { after, millis } from "../net/time.ts";
import { type AddressAction, type OwnedAddress, planAddresses } from "../plan/addresses.ts";
import type { AddressTable, LinkAddress } from "../port/address-table.ts";
import type { AlarmClock } from "../port/clock.ts";
import { OperationFailure } from "../port/failure.ts";
import type { Log } from "../port/log.ts";
import { deadManLifetime } from "../vrrp/dead-man.ts";
import { isOwner } from "../vrrp/priority.ts";
import type { Deadlines } from "./deadlines.ts";
import type { Fate } from "./fate.ts";
import type { AddressesSeen } from "./fate-surface.ts";
import type { Line } from "./line.ts";
import { LinkUptime } from "./link-uptime.ts";
import { type Reach, reachOf, type Surroundings } from "./reach.ts";

/** The kernel refused something; nothing may ever notify us that it would not do so again. */
const RETRY_INTERVAL = millis(1_000);

export interface KeeperSurface {
  readonly table: AddressTable;
  readonly clock: AlarmClock;
  readonly deadlines: Deadlines;
  readonly log: Log;
  fates(): readonly Fate[];
}

/** So many of the addresses that one pass has added or removed are named in the log. */
const LOGGED_MAX = 8;

/** What became of a wish, by `INTERFACE ADDRESS/LENGTH`. */
interface Outcome {
  readonly held: Set<string>;
  readonly refusals: Map<string, string>;
}

export class AddressKeeper {
  readonly #surface: KeeperSurface;
  readonly #uptime = new LinkUptime();
  #woken = true;
  #wakeUp: (() => void) | null = null;
  #lastFailure: string | null = null;
  #settled: (() => void)[] = [];

  constructor(surface: KeeperSurface) {
    this.#surface = surface;
  }

  wake(): void {
    this.#woken = true;
    this.#wakeUp?.();
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
      if (!this.#woken)
        await new Promise<void>((resolve) => {
          this.#wakeUp = resolve;
        });
      this.#wakeUp = null;
      this.#woken = false;
      const waiting = this.#settled.splice(0);
      if (!(await this.#pass())) this.#retryLater();
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

  async #converge(): Promise<string | null> {
    const { table } = this.#surface;
    const [links, observed] = await Promise.all([table.links(), table.addresses()]);
    const virtual = this.#virtualNames();
    const upSince = this.#uptime.seen(links, this.#surface.clock.now());
    this.#tellReach({ links, addresses: sourcesIn(observed), upSince, virtual });
    // From here on synchronous up to the requests themselves: what the lines want is what is carried out.
    const lines = this.#lines();
    const movable = lines.filter(({ router }) => !isOwner(router));
    const desired = movable.flatMap((line) => desiredOf(line, observed));
    const ofLines = movable.flatMap((line) => owned(line, line.router.addresses));
    const actions = actionsOf(desired, observed, ofLines);
    const lifetimes = new Map(movable.flatMap(lifetimesOf));
    const heldBefore = new Map(lines.map((line) => [line, line.heldAddresses]));
    const outcome = await this.#perform(actions, observed, lifetimes);
    const present = new Set(observed.map(keyOf));
    for (const line of lines) {
      line.addressesAre(
        isOwner(line.router)
          ? { held: ownedBy(line, observed), repaired: 0, refusal: null }
          : seenBy(line, heldBefore.get(line) ?? [], present, outcome),
      );
    }
    return [...outcome.refusals.values()][0] ?? null;
  }

  #lines(): readonly Line[] {
    return this.#surface.fates().flatMap(({ lines }) => lines);
  }

  #virtualNames(): Set<IpAddress> {
    return new Set<IpAddress>(
      this.#lines().flatMap(({ router }) => router.addresses.map(({ address }) => address)),
    );
  }

  #tellReach(surroundings: Surroundings): void {
    for (const fate of this.#surface.fates()) {
      fate.follow(new Map(fate.lines.map((line) => [line, lookAt(line, surroundings)])), surroundings.links);
    }
  }

  /** All at once: the kernel answers each for itself, and takeover must not wait for one after the other. */
  async #perform(
    actions: readonly AddressAction[],
    observed: readonly LinkAddress[],
    lifetimes: ReadonlyMap<string, Lifetime>,
  ): Promise<Outcome> {
    const held = new Set(observed.filter(({ isOurs }) => isOurs).map(keyOf));
    const refusals = new Map<string, string>();
    await Promise.all(
      actions.map(async ({ type, address }) => {
        const key = keyOf(address);
        const isAdding = type === "add-address";
        try {
          if (isAdding) {
            const lifetime = lifetimes.get(key) ?? null;
            await this.#surface.table.add(address.interface, address.prefix, lifetime);
          } else await this.#surface.table.remove(address.interface, address.prefix);
          if (isAdding) held.add(key);
          else held.delete(key);
        } catch (error) {
          if (!(error instanceof OperationFailure)) throw error;
          refusals.set(key, error.message);
        }
      }),
    );
    this.#logActions(actions.filter(({ address }) => !refusals.has(keyOf(address))));
    return { held, refusals };
  }

  /** A line for each kind, and not for each address: 250 lines would be written while somebody waits for the 250th address. */
  #logActions(actions: readonly AddressAction[]): void {
    const kinds = new Map<string, AddressAction[]>();
    for (const action of actions) {
      const kind = `${action.type} ${action.because}`;
      const sameKind = kinds.get(kind);
      if (sameKind === undefined) kinds.set(kind, [action]);
      else sameKind.push(action);
    }
    for (const [first, ...others] of kinds.values()) {
      if (first === undefined) continue;
      const named = [first, ...others].slice(0, LOGGED_MAX).map(({ address }) => keyOf(address));
      const message = first.type === "add-address" ? "added addresses" : "removed addresses";
      const { because } = first;
      this.#surface.log.info(message, { addresses: named, count: 1 + others.length, because });
    }
  }

  /** Logged when it is another than the last time. */
  #note(failure: string | null): void {
    if (failure === this.#lastFailure) return;
    this.#lastFailure = failure;
    if (failure === null) this.#surface.log.info("the addresses are as they should be again");
    else this.#surface.log.error("cannot put the addresses right", { because: failure });
  }
}

function lookAt({ router, wire }: Line, surroundings: Surroundings): Reach {
  const reach = reachOf(router, surroundings);
  // Unicast is heard at an address of the interface, which must be there.
  const canHear = router.transport.type === "multicast" || reach.source !== null;
  wire.follow(canHear ? reach.link : null);
  if (reach.problem !== null || wire.failure === null) return reach;
  return { ...reach, problem: { code: "send-failed", message: wire.failure } };
}

/** Only those that may be a source: each router looks through them, and 250 virtual ones would be on its way. */
const sourcesIn = (addresses: readonly LinkAddress[]): readonly LinkAddress[] =>
  addresses.filter(({ isOurs }) => !isOurs);

function actionsOf(
  desired: readonly OwnedAddress[],
  observed: readonly LinkAddress[],
  virtual: readonly OwnedAddress[],
): AddressAction[] {
  const { actions, foreign } = planAddresses(desired, observed, virtual);
  const names = new Set(virtual.map(keyOf));
  const copies = foreign.filter(({ address }) => names.has(keyOf(address)));
  return [
    ...actions,
    ...copies.map(({ address, isWanted }): AddressAction => {
      return isWanted
        ? { type: "add-address", address, because: "it is there without our mark" }
        : { type: "remove-address", address, because: "somebody added it, and this node is not to hold it" };
    }),
  ];
}

function seenBy(
  line: Line,
  heldBefore: readonly string[],
  present: ReadonlySet<string>,
  { held, refusals }: Outcome,
): AddressesSeen {
  const key = (prefix: string): string => `${line.router.interface} ${prefix}`;
  const prefixes = line.router.addresses.map(formatIpPrefix);
  const wanted = line.wantedAddresses.map(formatIpPrefix);
  return {
    held: prefixes.filter((prefix) => held.has(key(prefix))),
    repaired: wanted.filter(
      (prefix) => heldBefore.includes(prefix) && !present.has(key(prefix)) && held.has(key(prefix)),
    ).length,
    refusal:
      prefixes.map((prefix) => refusals.get(key(prefix))).find((message) => message !== undefined) ?? null,
  };
}

function ownedBy({ router }: Line, observed: readonly LinkAddress[]): readonly string[] {
  const present = observed.filter((each) => each.interface === router.interface && !each.isOurs);
  const names = new Set(present.map(({ prefix }) => prefix.address));
  return router.addresses.filter(({ address }) => names.has(address)).map(formatIpPrefix);
}

const owned = (line: Line, prefixes: Line["wantedAddresses"]): OwnedAddress[] =>
  prefixes.map((prefix) => ({ interface: line.router.interface, prefix }));

function desiredOf(line: Line, observed: readonly LinkAddress[]): OwnedAddress[] {
  const wanted = owned(line, line.wantedAddresses);
  if (!line.isHoldingBack) return wanted;
  const present = new Set(observed.map(keyOf));
  return wanted.filter((address) => present.has(keyOf(address)));
}

function lifetimesOf(line: Line): [string, Lifetime][] {
  const lifetime = deadManLifetime(line.router);
  return owned(line, line.wantedAddresses).map((address) => [keyOf(address), lifetime]);
}

const keyOf = (address: OwnedAddress): string => `${address.interface} ${formatIpPrefix(address.prefix)}`;
