/** All sums that some of a few numbers can make. Pure. */

export type Sums = readonly number[];

/** What lies further from 0 makes no difference to a priority, of which there are 254, nor with one weight more. */
const SUM_MAX = 2 * 253;

/** Each weight counts or does not. Sums beyond SUM_MAX are told as SUM_MAX. */
export function reachableSums(weights: readonly number[]): Sums {
  const lowest = weights.reduce((sum, weight) => sum + Math.min(0, weight), 0);
  const highest = weights.reduce((sum, weight) => sum + Math.max(0, weight), 0);
  // can[sum - lowest]
  let can = new Uint8Array(highest - lowest + 1);
  can[-lowest] = 1;
  for (const weight of weights) {
    const next = can.slice();
    can.forEach((isReached, at) => {
      if (isReached === 1) next[at + weight] = 1;
    });
    can = next;
  }
  const sums = [...can.keys()].filter((at) => can[at] === 1).map((at) => at + lowest);
  return [...new Set(sums.map((sum) => Math.min(SUM_MAX, Math.max(-SUM_MAX, sum))))];
}
