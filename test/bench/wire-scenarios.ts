/** What is done to one virtual router, and how long a client waits for it. */
import { setTimeout as sleep } from "node:timers/promises";
import { deadline } from "../support/deadline.ts";
import { VIRTUAL_ADDRESS } from "../support/speaker-lab.ts";
import { advertsIn, capture, type Frame, firstAnnouncements } from "./pcap.ts";
import { ping } from "./ping.ts";
import type { Sample } from "./statistics.ts";
import { heldBy, MANY, macOf, routersOf, type WireArena, type WireTerms } from "./wire-arena.ts";
import type { RunningContestant, WireContestant } from "./wire-contestants.ts";

/** Answers under way, and announcements, are there by then. */
const SETTLE_MS = 250;
const LOOK_MS = 20;
/** Whoever holds an address for longer than this after it was killed is taken to hold it for good. */
const FOR_EVER_MS = 15_000;
const ADDRESSES_MANY = 201;

export interface Pair {
  readonly a: RunningContestant;
  readonly b: RunningContestant;
}

/** Both nodes run, and the one with the higher priority has everything. */
export async function startPair(
  arena: WireArena,
  contestant: WireContestant,
  terms: WireTerms,
): Promise<Pair> {
  const [a, b] = await Promise.all([
    contestant.start(arena.a, routersOf("a", terms)),
    contestant.start(arena.b, routersOf("b", terms)),
  ]);
  await arena.untilHeldBy(arena.a, terms.routers * terms.addressesEach);
  await sleep(SETTLE_MS + terms.intervalMs);
  return { a, b };
}

export async function endPair(arena: WireArena, { a, b }: Pair): Promise<void> {
  for (const each of [a, b]) await each.end("SIGKILL");
  // What is left; the kernel may be taking the same away at this moment.
  for (const node of [arena.a, arena.b])
    for (const network of [`${MANY}.0/24`, `${VIRTUAL_ADDRESS}/32`])
      node.run(`ip addr flush dev eth0 to ${network}`);
}

const one = (version: 2 | 3, intervalMs: number): WireTerms => ({
  version,
  intervalMs,
  routers: 1,
  addressesEach: 1,
});

const nameOf = ({ version, intervalMs }: WireTerms): string => `v${version} ${intervalMs} ms`;

/** A program that has never been master on that node, as it is when it counts. */
export async function firstCrash(
  arena: WireArena,
  contestant: WireContestant,
  pace: readonly [2 | 3, number],
): Promise<readonly Sample[]> {
  return await crash(arena, contestant, pace, { runs: 1, which: "the first since the start, " });
}

/** The cable is cut at a moment of the interval that chance chooses, `runs` times. `which`: what is special about them. */
export async function crash(
  arena: WireArena,
  contestant: WireContestant,
  [version, intervalMs]: readonly [2 | 3, number],
  { runs, which = "" }: { readonly runs: number; readonly which?: string },
): Promise<readonly Sample[]> {
  const terms = one(version, intervalMs);
  const pair = await startPair(arena, contestant, terms);
  const samples: Sample[] = [];
  for (let run = 0; run < runs; run++) {
    const capturing = await capture(arena.client, "arp or ip proto 112");
    const pinging = await ping(arena.client, VIRTUAL_ADDRESS);
    await sleep(Math.max(intervalMs, 50) + Math.random() * Math.min(intervalMs, 1000));
    const cutAt = arena.cut(arena.a);
    await deadline("b holds it", () => heldBy(arena.b) === 1, 10_000, LOOK_MS);
    await sleep(SETTLE_MS);
    samples.push(
      ms(contestant, `crash, ${which}${nameOf(terms)}: outage`, await pinging.stop()),
      ms(contestant, `${SILENCE} ${which}${nameOf(terms)}`, silence(arena, await capturing.stop(), cutAt)),
    );
    arena.mend(arena.a);
    await arena.untilHeldBy(arena.a, 1);
    await sleep(SETTLE_MS + intervalMs);
  }
  await endPair(arena, pair);
  return samples;
}

const SILENCE = "crash: from the last advertisement of the one to the announcement of the other,";

/** In ms, of one address: what a crash costs at most, without the chance of when it comes. */
function silence(arena: WireArena, frames: readonly Frame[], cutAt: number): number {
  const last = advertsIn(frames).findLast(({ source }) => source === arena.a.address);
  const [announced] = firstAnnouncements(frames, {
    mac: macOf(arena.b),
    from: Math.max(cutAt, last?.at ?? cutAt),
  }).values();
  if (last === undefined || announced === undefined) throw new Error("the crash was not captured");
  return announced - last.at;
}

export async function terminate(
  arena: WireArena,
  contestant: WireContestant,
  [version, intervalMs]: readonly [2 | 3, number],
): Promise<readonly Sample[]> {
  const terms = one(version, intervalMs);
  const pair = await startPair(arena, contestant, terms);
  const pinging = await ping(arena.client, VIRTUAL_ADDRESS);
  await sleep(50 + Math.random() * Math.min(intervalMs, 1000));
  await pair.a.end("SIGTERM");
  await deadline("b holds it", () => heldBy(arena.b) === 1, 10_000, LOOK_MS);
  await sleep(SETTLE_MS);
  const outage = await pinging.stop();
  await endPair(arena, pair);
  return [ms(contestant, `SIGTERM, ${nameOf(terms)}: outage`, outage)];
}

export async function killAll(arena: WireArena, contestant: WireContestant): Promise<readonly Sample[]> {
  const pair = await startPair(arena, contestant, one(3, 100));
  await pair.a.end("SIGKILL");
  const start = performance.now();
  while (heldBy(arena.a) > 0 && performance.now() - start < FOR_EVER_MS) await sleep(LOOK_MS);
  const span = performance.now() - start;
  await endPair(arena, pair);
  return [ms(contestant, `kill -9 of everything: its address stays for (${FOR_EVER_MS}: for ever)`, span)];
}

export async function removeByHand(arena: WireArena, contestant: WireContestant): Promise<readonly Sample[]> {
  const pair = await startPair(arena, contestant, one(3, 100));
  const changesBefore = pair.a.changesOfRole + pair.b.changesOfRole;
  const pinging = await ping(arena.client, VIRTUAL_ADDRESS);
  await sleep(100);
  arena.a.run(`ip addr del ${VIRTUAL_ADDRESS}/32 dev eth0`);
  await sleep(1500);
  const outage = await pinging.stop();
  const changes = pair.a.changesOfRole + pair.b.changesOfRole - changesBefore;
  await endPair(arena, pair);
  return [
    ms(contestant, "address removed by hand: outage", outage),
    {
      contestant: contestant.name,
      what: "address removed by hand: changes of role",
      unit: "",
      value: changes,
    },
  ];
}

/** From the first announcement on, so that the silence before it does not count. */
export async function manyAddresses(
  arena: WireArena,
  contestant: WireContestant,
): Promise<readonly Sample[]> {
  const terms: WireTerms = { version: 3, intervalMs: 100, routers: 1, addressesEach: ADDRESSES_MANY };
  const pair = await startPair(arena, contestant, terms);
  // What the start has announced, and is repeated five seconds later by both programs, is over.
  await sleep(6000);
  const capturing = await capture(arena.client, "arp or ip proto 112");
  await sleep(2 * terms.intervalMs);
  const cutAt = arena.cut(arena.a);
  await deadline("b holds all", () => heldBy(arena.b) === ADDRESSES_MANY, 10_000, LOOK_MS);
  await sleep(2000);
  const frames = await capturing.stop();
  const moments = [...firstAnnouncements(frames, { mac: macOf(arena.b), from: cutAt }).values()];
  arena.mend(arena.a);
  await endPair(arena, pair);
  if (moments.length !== ADDRESSES_MANY) throw new Error(`${moments.length} addresses were announced`);
  const [first, last] = [Math.min(...moments), Math.max(...moments)];
  const lastWord = advertsIn(frames).findLast(({ source }) => source === arena.a.address);
  if (lastWord === undefined) throw new Error("the crash was not captured");
  const what = `${ADDRESSES_MANY} addresses, crash, ${nameOf(terms)}`;
  return [
    ms(contestant, `${what}: first to last announced`, last - first),
    ms(contestant, `${what}: last advertisement of the one to last announced`, last - lastWord.at),
  ];
}

export const ms = ({ name }: WireContestant, what: string, value: number): Sample => ({
  contestant: name,
  what,
  unit: "ms",
  value,
});
