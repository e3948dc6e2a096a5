/**
 * Which line decides between two masters of equal priority. Pure.
 *
 * The higher address wins, and on two lines these may be addresses of different nodes: if each line had its say, both masters
 * would yield, and both would come back, for ever. So the first line that hears the rival decides, in an order that is the
 * same on all nodes. When two masters meet, the packets of a later line may well be read first: so a later line has its say
 * only with the rival's next advertisement, and while the earlier lines hear nothing.
 */
import { type Instant, type Millis, since } from "../net/time.ts";
import type { HeardAdvertisement } from "../vrrp/state.ts";
import { masterDownInterval } from "../vrrp/timing.ts";
import type { VirtualRouter } from "../vrrp/virtual-router.ts";

export interface Witness {
  readonly router: VirtualRouter;
  readonly lastHeardAt: Instant | null;
  /** Since when advertisements are heard without a long silence. */
  readonly heardSince: Instant | null;
}

interface Moment {
  readonly masterSince: Instant;
  readonly now: Instant;
}

/** What the machine is told of an advertisement: that its sender wins ties only where the line has its say. */
export function heardOn(
  witness: Witness,
  all: readonly Witness[],
  event: HeardAdvertisement,
  moment: Moment,
): HeardAdvertisement {
  const isTieOfAnother = event.senderWinsTie && !decidesTie(witness, all, moment);
  return isTieOfAnother ? { ...event, senderWinsTie: false } : event;
}

function decidesTie(witness: Witness, all: readonly Witness[], { masterSince, now }: Moment): boolean {
  const place = placeOf(witness);
  const earlier = all.filter((other) => placeOf(other) < place);
  if (earlier.length === 0) return true;
  const silence = silenceOf(witness.router);
  const isHeardEarlier = earlier.some(
    ({ lastHeardAt }) => lastHeardAt !== null && since(lastHeardAt, now) < silence,
  );
  const metAt = Math.max(masterSince, witness.heardSince ?? now) as Instant;
  return !isHeardEarlier && since(metAt, now) >= witness.router.adverInterval / 2;
}

/** After that long nobody is expected to be heard any more. */
export const silenceOf = ({ version, adverInterval }: VirtualRouter): Millis =>
  masterDownInterval(version, 1, adverInterval);

/** Not the interface, which may differ from node to node. */
const placeOf = ({ router }: Witness): string =>
  [router.name, router.family, String(router.virtualRouterID).padStart(3, "0")].join(" ");
