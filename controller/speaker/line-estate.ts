/** What the parts of a line leave to the same line in another process, and take over from it. */

import type { AddressWish } from "./address-wish.ts";
import type { Advertiser } from "./advertiser.ts";
import type { Announcements } from "./announcements.ts";
import type { Hearing } from "./hearing.ts";
import type { LineLegacy } from "./legacy.ts";
import type { ReceptionRecord } from "./reception-record.ts";

export interface LineParts {
  readonly hearing: Hearing;
  readonly wish: AddressWish;
  readonly advertiser: Advertiser;
  readonly reception: ReceptionRecord;
  readonly announcements: Announcements;
}

type PartsLegacy = Omit<LineLegacy, "router" | "identity" | "held" | "repaired">;

export const legacyOf = (parts: LineParts): PartsLegacy => ({
  ...parts.hearing.legacy,
  isWanting: parts.wish.isWanted,
  sent: parts.advertiser.sent,
  ...parts.reception.legacy,
  announcing: parts.announcements.rest,
});

export function inheritParts(parts: LineParts, legacy: LineLegacy): void {
  parts.hearing.inherit(legacy);
  parts.wish.inherit(legacy.isWanting);
  parts.advertiser.inherit(legacy.sent);
  parts.reception.inherit(legacy);
  if (legacy.announcing !== null) parts.announcements.goOn(legacy.announcing);
}
