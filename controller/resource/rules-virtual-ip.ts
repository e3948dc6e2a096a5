/** What the fields of a VirtualIP must be to each other. */
import { contains, type Ipv4, parseIpv4, parsePrefix } from "../net/ipv4.ts";
import { type Complaint, complain, type FieldPath, formatPath, warn } from "./complaint.ts";
import { type Loose, present } from "./loose.ts";
import { repeated } from "./rules-unique.ts";
import { isMulticast, vrrpRules } from "./rules-vrrp.ts";
import { listed } from "./schema-words.ts";
import type { VirtualIPSpec } from "./virtual-ip.ts";

type Spec = Loose<VirtualIPSpec>;

export function virtualIPRules(spec: Spec): Complaint[] {
  return [
    ...addressRules(spec),
    ...(spec.vrrp == null ? [] : vrrpRules(spec.vrrp)),
    ...memberRules(spec),
    ...unicastMembers(spec),
    ...ownerRules(spec),
    ...placementRules(spec),
    ...trackRules(spec),
    ...notifyRules(spec),
  ];
}

function addressRules({ addresses }: Spec): Complaint[] {
  const list = ["spec", "addresses"];
  return [
    ...(addresses ?? []).flatMap((text, index) => hostAddressRule(addressOf(text), [...list, index])),
    ...repeated(addresses, { list, field: [], identity: (text) => addressOf(text) ?? undefined }),
  ];
}

const addressOf = (text: string | undefined): Ipv4 | null =>
  text === undefined ? null : (parsePrefix(text)?.address ?? null);

const UNFIT = [
  { prefix: parsePrefix("0.0.0.0/8"), what: "names no host" },
  { prefix: parsePrefix("127.0.0.0/8"), what: "is a loopback address" },
  { prefix: parsePrefix("240.0.0.0/4"), what: "is reserved" },
];

/** Addresses that no host can have on its link. */
function hostAddressRule(address: Ipv4 | null, at: FieldPath): Complaint[] {
  if (address === null) return [];
  const range = UNFIT.find(({ prefix }) => prefix !== null && contains(prefix, address));
  const what = range?.what ?? (isMulticast(address) ? "is a multicast address" : null);
  return what === null
    ? []
    : [complain(at, `must be an address that a host can have, but ${address} ${what}`)];
}

function memberRules({ members, addresses }: Spec): Complaint[] {
  const list = ["spec", "members"];
  const virtual = new Map((addresses ?? []).map((text, index) => [addressOf(text), index]));
  return [
    ...repeated(members, { list, field: ["node"], identity: ({ node }) => node && JSON.stringify(node) }),
    ...repeated(members, { list, field: ["address"], identity: ({ address }) => address }),
    ...(members ?? []).flatMap((member, index) => {
      const address = member?.address === undefined ? null : parseIpv4(member.address);
      const at = [...list, index, "address"];
      const claim = address === null ? undefined : virtual.get(address);
      // Only the owner has a virtual address as its own.
      if (claim === undefined || member?.priority === OWNER_PRIORITY) return hostAddressRule(address, at);
      const place = formatPath(["spec", "addresses", claim]);
      return [complain(at, `must be the node's own address, but ${address} is virtual (${place})`)];
    }),
  ];
}

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

function gatewayRules({ track, addresses }: Spec): Complaint[] {
  const virtual = new Map((addresses ?? []).map((text, index) => [addressOf(text), index]));
  return (track ?? []).flatMap((entry, index) => {
    const gateway = entry?.gateway === undefined ? null : parseIpv4(entry.gateway);
    const at = ["spec", "track", index, "gateway"];
    const claim = gateway === null ? undefined : virtual.get(gateway);
    if (claim === undefined) return hostAddressRule(gateway, at);
    const place = formatPath(["spec", "addresses", claim]);
    return [complain(at, `must be somebody else's address, but ${gateway} is virtual (${place})`)];
  });
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
function ownerRules({ members, track }: Spec): Complaint[] {
  const owners = (members ?? []).flatMap((member, index) =>
    member?.priority === OWNER_PRIORITY ? [index] : [],
  );
  const [first] = owners;
  if (first === undefined) return [];
  const at = (index: number): FieldPath => ["spec", "members", index, "priority"];
  const name = members?.[first]?.node ?? "this member";
  const idle = `the track entries do not count for ${name}: an owner has the addresses as its own and cannot give them up`;
  return [
    ...owners.slice(1).map((index) => {
      const message = `must be less than ${OWNER_PRIORITY}: ${formatPath(at(first))} says already who owns the addresses`;
      return complain(at(index), message);
    }),
    ...((track ?? []).length === 0 ? [] : [warn(at(first), idle)]),
  ];
}

/** Peers are nothing that anybody maintains: they are the addresses of the other members. */
function unicastMembers({ vrrp, members }: Spec): Complaint[] {
  if (vrrp?.unicast !== true) return [];
  return (members ?? []).flatMap((member, index) => {
    if (member == null || Object.hasOwn(member, "address")) return [];
    const name = member.node === undefined ? "this member" : member.node;
    const message = `needs its address, to which the others send with unicast: true, and ${name} has none`;
    return [complain(["spec", "members", index, "address"], message)];
  });
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
