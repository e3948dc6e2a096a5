/** The priorities that `placement: Spread` gives by rank: far enough apart for weights to be small numbers. */

const FIRST = 200;
const STEP = 10;

/** `rank` 0 is the preferred member; 20 members fit above 0. */
export const spreadPriority = (rank: number): number => FIRST - STEP * rank;
