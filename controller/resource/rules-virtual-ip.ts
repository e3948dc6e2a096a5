/** What the fields of a VirtualIP must be to each other. */
import { type Complaint, complain, type FieldPath, formatPath, warn } from "./complaint.ts";
import { type Loose, present } from "./loose.ts";
import { addressRules, gatewayRules, memberAddressRules, unicastMemberRules } from "./rules-addresses.ts";
import { repeated } from "./rules-unique.ts";
import { vrrpRules } from "./rules-vrrp.ts";
import { listed } from "./schema-words.ts";
import type { VirtualIPSpec } from "./virtual-ip.ts";

type Spec = Loose<VirtualIPSpec>;

export function virtualIPRules(spec: Spec): Complaint[] {
  return [
    ...addressRules(spec),
    ...(spec.vrrp == null ? [] : vrrpRules(spec.vrrp)),
    ...memberRules(spec),
    ...memberAddressRules(spec),
    ...unicastMemberRules(spec),
    ...ownerRules(spec),
    ...placementRules(spec),
    ...trackRules(spec),
    ...notifyRules(spec),
  ];
}

const memberRules = ({ members }: Spec): Complaint[] =>
  repeated(members, {
    list: ["spec", "members"],
    field: ["node"],
    identity: ({ node }) => node && JSON.stringify(node),
  });

const MEMBERS = ["spec", "members"];
const TRACKED = ["healthCheck", "interface", "gateway"] as const;

function trackRules(spec: Spec): Complaint[] {
  const list = ["spec", "track"];
  return [
    ...(spec.track ?? []).flatMap((entry, index) => {
      const said = entry == null ? [] : present(entry, TRACKED);
      if (entry == null || said.length === 1) return [];
      const found = said.length === 0 ? "none" : said.join(" and ");
      return [complain([...list, index], `must have exactly one of ${listed(TRACKED)}, found ${found}`)];
    }),
    ...TRACKED.flatMap((field) =>
      repeated(spec.track, {
        list,
        field: [field],
        identity: (entry) => entry[field] && JSON.stringify(entry[field]),
      }),
    ),
    ...gatewayRules(spec),
  ];
}

const PRIORITY_DEFAULT = 100;

/** The default is what a Kubernetes API server writes where nothing was said. */
function placementRules({ placement, members }: Spec): Complaint[] {
  if (placement !== "Spread") return [];
  return (members ?? []).flatMap((member, index) =>
    member?.priority === undefined || member.priority === PRIORITY_DEFAULT
      ? []
      : [
          complain(
            [...MEMBERS, index, "priority"],
            "must not be there: with placement: Spread it is computed",
          ),
        ],
  );
}

const OWNER_PRIORITY = 255;

/** One interface at most has the addresses as its own; and no check can make its node give them up. */
function ownerRules({ members, track, vrrp }: Spec): Complaint[] {
  const owners = (members ?? []).flatMap((member, index) =>
    member?.priority === OWNER_PRIORITY ? [index] : [],
  );
  const [first] = owners;
  if (first === undefined) return [];
  const at = (index: number): FieldPath => ["spec", "members", index, "priority"];
  const name = members?.[first]?.node ?? "this member";
  const idle = `the track entries do not count for ${name}: an owner has the addresses as its own and cannot give them up`;
  const real = `must be less than ${OWNER_PRIORITY} with vrrp.virtualMAC: true: the addresses of an owner answer with the hardware address of its interface`;
  return [
    ...(vrrp?.virtualMAC === true ? [complain(at(first), real)] : []),
    ...owners.slice(1).map((index) => {
      const message = `must be less than ${OWNER_PRIORITY}: ${formatPath(at(first))} says already who owns the addresses`;
      return complain(at(index), message);
    }),
    ...((track ?? []).length === 0 ? [] : [warn(at(first), idle)]),
  ];
}

const CHANNELS = ["mail", "exec"] as const;

function notifyRules({ notify }: Spec): Complaint[] {
  return (notify ?? []).flatMap((entry, index) => {
    if (entry === undefined) return [];
    const said = present(entry, CHANNELS);
    if (said.length === 1) return [];
    const found = said.length === 0 ? "none" : "both";
    return [complain(["spec", "notify", index], `must have exactly one of mail and exec, found ${found}`)];
  });
}
