/**
 * What must hold of a LAN of groups.
 *
 * Always: a node has one decision for its group, and a master that is well wants every address of it. And in every set of
 * nodes that hear each other, on whichever link, and have been left alone for long enough: exactly one of them is master,
 * the highest one where all may preempt, and none is if none is able; and the addresses of all links are together there,
 * and nowhere else.
 */
import assert from "node:assert/strict";
import { type Millis, millis } from "../../controller/net/time.ts";
import { handOverTime } from "../../controller/vrrp/timing.ts";
import { areTogether, type GroupLan, type GroupWatcher } from "./group-lan.ts";
import type { GroupNode } from "./group-node.ts";
import { areSame, PACKETS_UNTIL_SETTLED } from "./invariant.ts";

/** In intervals: a tie may be decided by a later link only, with the rival's next but one advertisement. */
const TIE_INTERVALS = 2;
/** For as long a node keeps addresses that somebody has taken over. */
const LINGER_MS = 100;

export interface GroupTerms {
  readonly masterDown: number;
  readonly version: 2 | 3;
  readonly adverInterval: Millis;
  readonly preempt: boolean;
}

export class GroupInvariant implements GroupWatcher {
  /** How often a settled set of nodes was looked at: a run in which this stays zero has shown nothing. */
  settledLooks = 0;
  /** Looks at sets whose nodes hear each other on some links only. */
  partialLooks = 0;
  readonly #lan: GroupLan;
  readonly #terms: GroupTerms;
  readonly #disturbedAt: Map<GroupNode, number>;

  constructor(lan: GroupLan, terms: GroupTerms) {
    this.#lan = lan;
    this.#terms = terms;
    this.#disturbedAt = new Map(lan.nodes.map((node) => [node, 0]));
  }

  disturbed(node: GroupNode): void {
    for (const each of this.#lan.nodes)
      if (each === node || areTogether(each, node, this.#lan.links))
        this.#disturbedAt.set(each, this.#lan.now);
  }

  lost(_from: GroupNode, to: GroupNode): void {
    this.disturbed(to);
  }

  happened(): void {
    for (const node of this.#lan.nodes) isOneDecision(node);
    const seen = new Set<GroupNode>();
    for (const node of this.#lan.nodes) {
      if (!isThere(node) || seen.has(node)) continue;
      const neighbours = this.#neighboursOf(node);
      for (const each of neighbours) seen.add(each);
      const isWhole = neighbours.every((each) => areSame(this.#neighboursOf(each), neighbours));
      if (isWhole) this.#look(neighbours);
    }
  }

  #neighboursOf(node: GroupNode): readonly GroupNode[] {
    return this.#lan.nodes.filter(
      (each) => each === node || (isThere(each) && areTogether(each, node, this.#lan.links)),
    );
  }

  #look(nodes: readonly GroupNode[]): void {
    const { version, adverInterval, masterDown } = this.#terms;
    const { latencyMax, timerJitter, kernelMax } = this.#lan.weather;
    const quiet = this.#lan.now - Math.max(...nodes.map((node) => this.#disturbedAt.get(node) ?? 0));
    const packets = PACKETS_UNTIL_SETTLED * (latencyMax + timerJitter + kernelMax);
    const elected = masterDown + TIE_INTERVALS * adverInterval + packets;
    if (quiet <= elected) return;
    const master = this.#hasOneMaster(nodes);
    const released = elected + handOverTime(version, adverInterval) + millis(LINGER_MS) + packets;
    if (quiet > released) this.#isTogether(nodes, master);
  }

  #hasOneMaster(nodes: readonly GroupNode[]): GroupNode | null {
    this.settledLooks++;
    const able = nodes.filter(({ isAble }) => isAble);
    const masters = nodes.filter(({ isServing }) => isServing);
    const situation = `at ${this.#lan.now.toFixed(1)}: masters ${named(masters)} of ${named(able)}`;
    assert.equal(masters.length, able.length > 0 ? 1 : 0, situation);
    const highest = Math.max(...able.map(({ priority }) => priority));
    for (const { priority } of masters) if (this.#terms.preempt) assert.equal(priority, highest, situation);
    return masters[0] ?? null;
  }

  #isTogether(nodes: readonly GroupNode[], master: GroupNode | null): void {
    const { links, now } = this.#lan;
    if (
      nodes.some((one) =>
        nodes.some((other) => links.some((link) => one.segmentOf(link) !== other.segmentOf(link))),
      )
    )
      this.partialLooks++;
    for (const node of nodes) {
      const expected = node === master ? links.length : 0;
      const held = [...node.held].join(", ");
      assert.equal(node.held.size, expected, `at ${now.toFixed(1)}: ${node.name} holds ${held || "nothing"}`);
    }
  }
}

const isThere = ({ condition }: GroupNode): boolean => condition === "running";

function isOneDecision(node: GroupNode): void {
  const { fates, name } = node;
  if (!isThere(node) || fates.length === 0) return;
  assert.equal(fates.length, 1, `${name} has one fate`);
  const lines = fates[0]?.lines ?? [];
  if (!node.isServing) return;
  for (const { router, wish, reach } of lines)
    assert.ok(wish.isWanted || reach.link === null, `${name} is master and does not want ${router.name}`);
}

const named = (nodes: readonly GroupNode[]): string =>
  nodes.map(({ name, priority }) => `${name}=${priority}`).join(" ") || "none";
