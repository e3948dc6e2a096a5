/**
 * What each change of a running VirtualIP disturbs, said beforehand. The table is complete: a new field of a virtual router
 * does not compile before it has its row. Pure.
 */
import { isSame } from "../resource/same.ts";
import type { VirtualRouter } from "../vrrp/virtual-router.ts";

/** From the least to the most. */
export const DISRUPTIONS = ["no packet", "announcement", "hand-over", "re-election"] as const;
export type Disruption = (typeof DISRUPTIONS)[number];

interface Effect {
  /** As the manifest calls it. */
  readonly field: string;
  readonly disruption: Disruption;
  /** What happens, for the guide. */
  readonly what: string;
  /** What peers make of advertisements while some have the change and others do not. */
  readonly caution?: string;
}

/**
 * `peers`, `ownPlace`: what of transport and source counts by unicast. Families are compared each with itself. `drain` is no
 * field of a manifest.
 */
type Field = Exclude<keyof VirtualRouter, "name" | "family" | "drain"> | "peers" | "ownPlace";

const ANOTHER =
  "it becomes another virtual router: the holder hands over as it was, and listens before it takes part anew; done on all members at once, nobody holds the addresses for up to a master-down interval";
const BOTH = "until all members have it they do not hear each other, and there are two masters";

export const EFFECTS: { readonly [Each in Field]: Effect } = {
  interface: { field: "interface", disruption: "re-election", what: ANOTHER },
  version: { field: "vrrp.version", disruption: "re-election", what: ANOTHER, caution: BOTH },
  virtualRouterID: { field: "vrrp.virtualRouterID", disruption: "re-election", what: ANOTHER, caution: BOTH },
  transport: {
    field: "vrrp.multicastGroup, vrrp.unicast",
    disruption: "re-election",
    what: ANOTHER,
    caution: BOTH,
  },
  peers: {
    field: "members[].address by unicast, vrrp.ttl",
    disruption: "no packet",
    what: "the next advertisement goes to the new peers, with the new time to live",
    caution: "a member that does not know of another one as its peer takes nothing from it",
  },
  ownPlace: {
    field: "members[].address by unicast, its own",
    disruption: "re-election",
    what: ANOTHER,
    caution: BOTH,
  },
  fate: {
    field: "group",
    disruption: "hand-over",
    what: "nothing where it has the same role in both; into a group whose holder is elsewhere it hands over and moves there",
  },
  adverInterval: {
    field: "vrrp.advertisementInterval",
    disruption: "no packet",
    what: "version 3: the next advertisement tells of it, sooner if it is shorter; backups follow. Version 2: backups listen anew",
    caution:
      "in version 2 a member drops advertisements of another interval, and there are two masters until all have it",
  },
  checksumForm: {
    field: "vrrp.peerProfile",
    disruption: "no packet",
    what: "the next advertisement has the other form",
    caution: "a peer of another make that wants the other form drops what it gets, and there are two masters",
  },
  password: {
    field: "vrrp.authentication",
    disruption: "no packet",
    what: "the next advertisement has it",
    caution: BOTH,
  },
  sourceAddress: {
    field: "members[].address",
    disruption: "no packet",
    what: "the next advertisement comes from there; between equal priorities another may win",
  },
  basePriority: {
    field: "members[].priority",
    disruption: "hand-over",
    what: "nothing while the order stays. A holder that falls below another hands over at once; one that another rises above is preempted within a master-down interval, after preemptDelay, and not with preempt: false",
  },
  rivalPriority: {
    field: "members",
    disruption: "no packet",
    what: "another member comes, goes or has another priority: what it does itself is told in its own row",
  },
  preempt: {
    field: "vrrp.preempt",
    disruption: "hand-over",
    what: "off: nothing. On: a better member that waited takes over within a master-down interval",
  },
  preemptDelay: {
    field: "vrrp.preemptDelay",
    disruption: "no packet",
    what: "counts from the same moment as before",
  },
  startupDelay: {
    field: "vrrp.startupDelay",
    disruption: "no packet",
    what: "a holder goes on; a backup that is being held listens anew",
  },
  strictRFC: { field: "vrrp.strictRFC", disruption: "no packet", what: "counts when the holder goes" },
  deadMan: {
    field: "vrrp.deadMan",
    disruption: "no packet",
    what: "the addresses get a lifetime, or lose it, where they are",
  },
  virtualMAC: {
    field: "vrrp.virtualMAC",
    disruption: "re-election",
    what: ANOTHER,
    caution: "until all members have it the hardware address changes with every change of the holder",
  },
  addresses: {
    field: "addresses",
    disruption: "announcement",
    what: "the holder claims the new ones and announces itself, and releases the others; those that stay are not touched",
    caution:
      "a keepalived up to 2.3.2 drops advertisements whose addresses are not its own list, and there are two masters until all have it; members of ours go on",
  },
  tracks: {
    field: "track",
    disruption: "hand-over",
    what: "nothing while priority and fitness stay the same with it; a check without weight that has not answered yet counts as failing",
  },
};

export interface RouterChange {
  /** `default/web`. */
  readonly router: string;
  readonly disruption: Disruption;
  /** As the manifest calls them. */
  readonly fields: readonly string[];
  readonly cautions: readonly string[];
}

/** Routers that are new or gone are no changes. */
export function changesOf(
  before: readonly VirtualRouter[],
  after: readonly VirtualRouter[],
): readonly RouterChange[] {
  return after.flatMap((router) => {
    const previous = counterpart(router, before);
    const change = previous === undefined ? null : changeOf(previous, router);
    return change === null ? [] : [change];
  });
}

/** A VirtualIP of both families is two routers of one name. */
const counterpart = (router: VirtualRouter, before: readonly VirtualRouter[]): VirtualRouter | undefined =>
  before.find(({ name, family }) => name === router.name && family === router.family);

function differs(field: Field, before: VirtualRouter, after: VirtualRouter): boolean {
  const isUnicast = before.transport.type === "unicast" && after.transport.type === "unicast";
  switch (field) {
    case "transport":
      return !isUnicast && !isSame(before.transport, after.transport);
    case "peers":
      return isUnicast && !isSame(before.transport, after.transport);
    case "ownPlace":
      return isUnicast && before.sourceAddress !== after.sourceAddress;
    case "sourceAddress":
      return !isUnicast && before.sourceAddress !== after.sourceAddress;
    default:
      return !isSame(before[field], after[field]);
  }
}

function changeOf(before: VirtualRouter, after: VirtualRouter): RouterChange | null {
  const fields = (Object.keys(EFFECTS) as Field[]).filter((field) => differs(field, before, after));
  if (fields.length === 0) return null;
  const effects = fields.map((field) => EFFECTS[field]);
  const worst = Math.max(...effects.map(({ disruption }) => DISRUPTIONS.indexOf(disruption)));
  return {
    router: after.name,
    disruption: DISRUPTIONS[worst] ?? "re-election",
    fields: [...new Set(effects.map(({ field }) => field))],
    cautions: [...new Set(fields.flatMap((field) => cautionOf(field, after)))],
  };
}

function cautionOf(field: Field, { version, checksumForm }: VirtualRouter): readonly string[] {
  const { caution } = EFFECTS[field];
  const isMoot =
    (field === "adverInterval" && version === 3) ||
    (field === "checksumForm" && version === 2) ||
    (field === "addresses" && version === 3 && checksumForm === "message-only");
  return caution === undefined || isMoot ? [] : [caution];
}

/** For the guide, the most disturbing last. */
export function disruptionTable(): string {
  const rows = Object.values(EFFECTS)
    .sort((a, b) => DISRUPTIONS.indexOf(a.disruption) - DISRUPTIONS.indexOf(b.disruption))
    .map(
      ({ field, disruption, what, caution = "" }) =>
        `| \`${field}\` | ${disruption} | ${what} | ${caution} |`,
    );
  return ["| Field | Disturbs | What happens | Mind |", "| --- | --- | --- | --- |", ...rows].join("\n");
}
