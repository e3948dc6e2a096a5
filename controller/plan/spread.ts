/**
 * `placement: Spread`: who is preferred for which VirtualIP. Pure, and the same on every node, whatever the order of the input.
 *
 * Each pair has a score of its own (rendezvous hashing), so that a node or a VirtualIP that comes or goes leaves the scores of
 * the others as they are. Highest scores choose first, and no node is first for more than its even share: with as many
 * VirtualIPs as nodes each has one. The other ranks follow the scores alone, so that what a dead node held spreads, too.
 */

/** For each of `units` the nodes in the order of preference. */
export function spread(
  units: readonly string[],
  nodes: readonly string[],
): ReadonlyMap<string, readonly string[]> {
  const byScore = new Map(units.map((unit) => [unit, nodesByScore(unit, nodes)]));
  const first = firstChoices(units, nodes);
  return new Map(
    units.map((unit) => {
      const preferred = first.get(unit);
      const order = byScore.get(unit) ?? [];
      return [
        unit,
        preferred === undefined ? order : [preferred, ...order.filter((node) => node !== preferred)],
      ];
    }),
  );
}

interface Pair {
  readonly unit: string;
  readonly node: string;
  readonly score: number;
}

function firstChoices(units: readonly string[], nodes: readonly string[]): ReadonlyMap<string, string> {
  const share = Math.floor(units.length / nodes.length);
  let extras = units.length % nodes.length;
  const chosen = new Map<string, string>();
  const load = new Map(nodes.map((node) => [node, 0]));
  const pairs = units.flatMap((unit) =>
    nodes.map((node): Pair => ({ unit, node, score: score(unit, node) })),
  );
  for (const { unit, node } of pairs.sort(best)) {
    const held = load.get(node) ?? 0;
    const isFull = held > share || (held === share && extras === 0);
    if (chosen.has(unit) || isFull) continue;
    if (held === share) extras--;
    chosen.set(unit, node);
    load.set(node, held + 1);
  }
  return chosen;
}

const nodesByScore = (unit: string, nodes: readonly string[]): readonly string[] =>
  nodes
    .map((node): Pair => ({ unit, node, score: score(unit, node) }))
    .sort(best)
    .map(({ node }) => node);

const best = (a: Pair, b: Pair): number => b.score - a.score || (keyOf(a) < keyOf(b) ? -1 : 1);
const keyOf = ({ unit, node }: Pair): string => `${unit} ${node}`;

/** FNV-1a, and the last step of MurmurHash3, without which similar names have similar scores. 32 bits, unsigned. */
function score(unit: string, node: string): number {
  let hash = 0x811c9dc5;
  for (const character of `${unit} ${node}`) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
