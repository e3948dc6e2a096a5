/**
 * A time as the kernel writes it: of its clocks, and beside a packet when that came in (SO_TIMESTAMPNS_NEW, Linux 5.1).
 *
 *     struct __kernel_timespec: seconds i64 | nanoseconds i64; of CLOCK_REALTIME beside a packet
 */
import { LITTLE } from "./host-order.ts";

export const TIMESTAMP_BYTES = 16;
/** Where the halves of an i64 are. */
const [LOW, HIGH] = LITTLE ? [0, 4] : [4, 0];

/** In milliseconds. By halves: a BigInt for each packet would be garbage. */
export const timestamp = (view: DataView, at: number): number =>
  (view.getUint32(at + HIGH, LITTLE) * 2 ** 32 + view.getUint32(at + LOW, LITTLE)) * 1_000 +
  view.getUint32(at + 8 + LOW, LITTLE) / 1e6;
