/** The parts of a line: put together, left to the same line in another process, and taken over from it. */
import type { VirtualRouter } from "../vrrp/virtual-router.ts";
import { AddressWish, type WishSurface } from "./address-wish.ts";
import { Advertiser } from "./advertiser.ts";
import { type AnnouncementSurface, Announcements } from "./announcements.ts";
import { Hearing } from "./hearing.ts";
import type { LineLegacy } from "./legacy.ts";
import type { NoticeSurface } from "./recent-notices.ts";
import { ReceptionRecord } from "./reception-record.ts";

export interface LineParts {
  readonly hearing: Hearing;
  readonly wish: AddressWish;
  readonly advertiser: Advertiser;
  readonly reception: ReceptionRecord;
  readonly announcements: Announcements;
}

export function newParts(
  router: VirtualRouter,
  surface: WishSurface & AnnouncementSurface & NoticeSurface,
): LineParts {
  return {
    hearing: new Hearing(),
    wish: new AddressWish(surface),
    advertiser: new Advertiser(router, surface.wire, surface.log),
    reception: new ReceptionRecord(surface),
    announcements: new Announcements(surface),
  };
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
