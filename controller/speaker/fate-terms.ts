/** What a fate passes to the pure core, put together from the terms of its routers and their reach. Pure itself. */
import { formatIpPrefix, type IpAddress, type IpPrefix } from "../net/ip.ts";
import { after, type Instant, type Millis, millis } from "../net/time.ts";
import type { Cause, Effect, RouterConfig, RouterState } from "../vrrp/machine.ts";
import { simplePassword } from "../vrrp/password.ts";
import type { EffectivePriority } from "../vrrp/priority.ts";
import type { Expectation } from "../vrrp/reception.ts";
import { masterDownInterval } from "../vrrp/timing.ts";
import type { VirtualRouter } from "../vrrp/virtual-router.ts";
import type { Reach } from "./reach.ts";

/** A drop that comes once per interval stays a problem without flickering, also at intervals of 10 ms. */
const RECENT_MIN = millis(5_000);

/** Of an interval: by one such part an advertisement may be early. */
const EARLY_PARTS = 16;

/** What cannot change while a router stays the same: the others would hear another router. */
export function identityOf(router: VirtualRouter): string {
  const identity = [router.interface, hearingAt(router), router.version, router.virtualRouterID].join(" ");
  return router.virtualMAC ? `${identity} virtual-mac` : identity;
}

/** Where the router hears: at its group, or by unicast at the address from which it speaks itself. */
export function hearingAt({ name, transport, sourceAddress }: VirtualRouter): IpAddress {
  if (transport.type === "multicast") return transport.group;
  if (sourceAddress === null)
    throw new Error(`${name} is to speak by unicast and knows no address of its own`);
  return sourceAddress;
}

/** Several lines can have one name: a VirtualIP of both families. */
export const isSameLine = (a: VirtualRouter, b: VirtualRouter): boolean =>
  a.name === b.name && identityOf(a) === identityOf(b);

/**
 * A fate that can send on some of its lines only is unfit: it tells of that where it can, and goes on serving there until
 * a successor is heard.
 */
export function fitnessOf(effective: EffectivePriority, reaches: readonly Reach[]): EffectivePriority {
  const problems = reaches.flatMap(({ problem }) => (problem === null ? [] : [problem.message]));
  if (problems.length === 0 || problems.length === reaches.length) return effective;
  return { ...effective, unfit: [...effective.unfit, ...new Set(problems)] };
}

/** `terms`: those that all routers of one fate share. */
export function routerConfigOf(
  terms: VirtualRouter,
  effective: EffectivePriority,
  reaches: readonly Reach[],
): RouterConfig {
  const isCutOff = reaches.every(({ problem }) => problem !== null);
  return {
    version: terms.version,
    adverInterval: terms.adverInterval,
    preempt: terms.preempt,
    preemptDelay: terms.preemptDelay,
    heldUntil: heldUntil(reaches),
    strictRFC: terms.strictRFC,
    priority: effective.priority,
    rivalPriority: terms.rivalPriority,
    fitness: isCutOff ? "link-down" : willingnessOf(terms, effective),
  };
}

/** A drain that is forced is like a check that fails: what nobody takes over is let go as well. */
function willingnessOf({ drain }: VirtualRouter, { unfit }: EffectivePriority): "fit" | "unfit" | "draining" {
  if (unfit.length > 0 || drain?.isForced === true) return "unfit";
  return drain === undefined ? "fit" : "draining";
}

/** One line that is held holds all. */
function heldUntil(reaches: readonly Reach[]): Instant | null {
  const ends = reaches.flatMap(({ hold }) => hold?.until ?? []);
  return ends.length === 0 ? null : (Math.max(...ends) as Instant);
}

export function expectationOf(router: VirtualRouter, ownAddress: IpAddress): Expectation {
  return {
    version: router.version,
    virtualRouterID: router.virtualRouterID,
    adverInterval: router.adverInterval,
    addresses: router.addresses.map(({ address }) => address),
    password: router.password === null ? null : simplePassword(router.password),
    ownAddress,
    peers: router.transport.type === "unicast" ? new Set(router.transport.peers) : null,
    checksumForm: router.checksumForm,
  };
}

/**
 * A master may advertise a little early when others of this node do so anyway. Later than due would be unkind to the
 * backups, who count; earlier is nothing that they would notice.
 */
export function earliestOf({ adverInterval }: RouterConfig, state: RouterState): Instant | undefined {
  if (state.role !== "master" || state.leaving !== null || state.owesAnswer) return undefined;
  return after(state.deadline, millis(-adverInterval / EARLY_PARTS));
}

/** For how long something heard is worth telling. */
export function recentSpan(router: VirtualRouter): Millis {
  return millis(Math.max(RECENT_MIN, masterDownInterval(router.version, 1, router.adverInterval)));
}

const FOLLOWED: ReadonlySet<Cause> = new Set(["heard-successor", "heard-higher"]);

/** Whether the role was lost to somebody who has been heard to take it; `isHearing`: what is worked on was heard. */
export const tellsOfSuccessor = (effect: Effect, isHearing: boolean): boolean =>
  effect.type === "report" && (FOLLOWED.has(effect.cause) || (effect.cause === "unheard" && isHearing));

/** `hand-over`: keep the addresses until a successor has been heard. `let-go`: there will be none. */
export type Farewell = "hand-over" | "let-go";

/** A router without a rival has nobody to wait for. */
export const farewellConfig = (config: RouterConfig, how: Farewell): RouterConfig =>
  how === "let-go" ? { ...config, rivalPriority: null } : config;

/** `held`: `ADDRESS/LENGTH` each. */
export function heldOf(router: VirtualRouter, held: readonly string[]): IpPrefix[] {
  const known = new Set(held);
  return router.addresses.filter((prefix) => known.has(formatIpPrefix(prefix)));
}

/** `held`: `ADDRESS/LENGTH` each. */
export const holdsAll = (router: VirtualRouter, held: readonly string[]): boolean =>
  heldOf(router, held).length === router.addresses.length;

/**
 * What waits until claimed addresses are there, where the claim comes first. The role has changed and is told at once; only
 * the words on the wire wait.
 */
export function inTurn(effects: readonly Effect[]): { now: readonly Effect[]; later: readonly Effect[] } {
  const [first] = effects.filter(({ type }) => type !== "held-up");
  if (first?.type !== "claim-addresses") return { now: effects, later: [] };
  const isNow = ({ type }: Effect): boolean =>
    type === "claim-addresses" || type === "report" || type === "held-up";
  return { now: effects.filter(isNow), later: effects.filter((effect) => !isNow(effect)) };
}
