/** What the addresses of a VirtualIP and of its members must be, to each other and to VRRP, in both families. */
import {
  containsIp,
  type Family,
  familyOf,
  type IpAddress,
  isIpv6,
  isLinkLocal,
  isMulticast,
  parseIpAddress,
  parseIpPrefix,
} from "../net/ip.ts";
import { type Complaint, complain, type FieldPath, formatPath, warn } from "./complaint.ts";
import type { Loose } from "./loose.ts";
import { repeated } from "./rules-unique.ts";
import { versionOf } from "./rules-vrrp.ts";
import type { VirtualIPSpec } from "./virtual-ip.ts";

type Spec = Loose<VirtualIPSpec>;
type Member = Loose<VirtualIPSpec["members"][number]>;

/** 40 bytes of header, 8 of message and 16 for each address fit a frame of 1500; IPv6 packets are not cut on the way. */
const IPV6_ADDRESSES_MAX = 90;
const OWNER_PRIORITY = 255;
const LIST = ["spec", "addresses"];
const OWN = { ipv4: "address", ipv6: "addressV6" } as const satisfies Record<Family, keyof Member>;
const FAMILIES: readonly Family[] = ["ipv4", "ipv6"];

interface Said {
  readonly address: IpAddress;
  readonly at: FieldPath;
}

export function addressRules(spec: Spec): Complaint[] {
  const said = virtualAddresses(spec);
  return [
    ...said.flatMap(hostAddressRule),
    ...repeated(spec.addresses, {
      list: LIST,
      field: [],
      identity: (text) => prefixAddress(text) ?? undefined,
    }),
    ...ipv6Rules(
      spec,
      said.filter(({ address }) => isIpv6(address)),
    ),
  ];
}

const prefixAddress = (text: string | undefined): IpAddress | null =>
  text === undefined ? null : (parseIpPrefix(text)?.address ?? null);

const virtualAddresses = ({ addresses }: Spec): Said[] =>
  (addresses ?? []).flatMap((text, index) => {
    const address = prefixAddress(text);
    return address === null ? [] : [{ address, at: [...LIST, index] }];
  });

const UNFIT = [
  { prefix: parseIpPrefix("0.0.0.0/8"), what: "names no host" },
  { prefix: parseIpPrefix("127.0.0.0/8"), what: "is a loopback address" },
  { prefix: parseIpPrefix("240.0.0.0/4"), what: "is reserved" },
  { prefix: parseIpPrefix("::/128"), what: "names no host" },
  { prefix: parseIpPrefix("::1/128"), what: "is a loopback address" },
  { prefix: parseIpPrefix("::ffff:0:0/96"), what: "stands for an IPv4 address" },
];

/** Addresses that no host can have on its link. */
function hostAddressRule({ address, at }: Said): Complaint[] {
  const range = isMulticast(address)
    ? { what: "is a multicast address" }
    : UNFIT.find(({ prefix }) => prefix !== null && containsIp(prefix, address));
  if (range === undefined) return [];
  return [complain(at, `must be an address that a host can have, but ${address} ${range.what}`)];
}

function ipv6Rules(spec: Spec, said: readonly Said[]): Complaint[] {
  const [first] = said;
  if (first === undefined) return [];
  if (spec.vrrp != null && versionOf(spec.vrrp) === 2) {
    return said.map(({ address, at }) =>
      complain(at, `must be an IPv4 address with version: 2, which knows no IPv6, found ${address}`),
    );
  }
  return [
    ...firstAddressRule(spec, first),
    ...(said.length <= IPV6_ADDRESSES_MAX
      ? []
      : [
          complain(
            LIST,
            `must have at most ${IPV6_ADDRESSES_MAX} IPv6 addresses, which fit one packet, found ${said.length}`,
          ),
        ]),
  ];
}

/** keepalived lets its users leave the link-local address out, so most of them do; others may drop what lacks it. */
function firstAddressRule({ vrrp }: Spec, { address, at }: Said): Complaint[] {
  if (isLinkLocal(address)) return [];
  const rule = `be link-local (fe80::/10) as the first IPv6 address (RFC 9568 §5.2.9), found ${address}`;
  const isStrict = vrrp?.strictRFC === true || vrrp?.peerProfile === "rfc9568";
  return [
    isStrict
      ? complain(at, `must ${rule}`)
      : warn(at, `should ${rule}: keepalived does without, other routers may not`),
  ];
}

export function memberAddressRules(spec: Spec): Complaint[] {
  const { members } = spec;
  return FAMILIES.flatMap((family) => {
    const field = OWN[family];
    return [
      ...repeated(members, {
        list: ["spec", "members"],
        field: [field],
        identity: (member) => ownAddress(member, family) ?? undefined,
      }),
      ...(members ?? []).flatMap((member, index) => {
        const address = member == null ? null : ownAddress(member, family);
        const at = ["spec", "members", index, field];
        return member == null || address === null ? [] : ownAddressRules(spec, member, { address, at });
      }),
    ];
  });
}

function ownAddress(member: Member, family: Family): IpAddress | null {
  const text = member[OWN[family]];
  return text === undefined ? null : parseIpAddress(text);
}

function ownAddressRules(spec: Spec, member: Member, own: Said): Complaint[] {
  const { address, at } = own;
  const claim = virtualAddresses(spec).find((virtual) => virtual.address === address);
  // Only the owner has a virtual address as its own.
  if (claim !== undefined && member.priority !== OWNER_PRIORITY) {
    return [
      complain(at, `must be the node's own address, but ${address} is virtual (${formatPath(claim.at)})`),
    ];
  }
  // Where it is not known whether it is unicast, nothing is said.
  const isMulticasting =
    spec.vrrp != null && (spec.vrrp.unicast === false || !Object.hasOwn(spec.vrrp, "unicast"));
  if (isIpv6(address) && isMulticasting && !isLinkLocal(address)) {
    const message = `must be link-local (fe80::/10) without unicast: true (RFC 9568 §5.1.2.1), found ${address}`;
    return [complain(at, message)];
  }
  return hostAddressRule(own);
}

/** Peers are nothing that anybody maintains: they are the addresses of the other members, in the family of the addresses. */
export function unicastMemberRules(spec: Spec): Complaint[] {
  if (spec.vrrp?.unicast !== true) return [];
  const families = new Set(virtualAddresses(spec).map(({ address }) => familyOf(address)));
  return [...families].flatMap((family) =>
    (spec.members ?? []).flatMap((member, index) => {
      const field = OWN[family];
      if (member == null || Object.hasOwn(member, field)) return [];
      const name = member.node ?? "this member";
      const message = `needs its address, to which the others send with unicast: true, and ${name} has none`;
      return [complain(["spec", "members", index, field], message)];
    }),
  );
}

/** What is asked whether it answers must be somebody else, on a link that the address tells. */
export function gatewayRules(spec: Spec): Complaint[] {
  return (spec.track ?? []).flatMap((entry, index) => {
    const address = entry?.gateway === undefined ? null : parseIpAddress(entry.gateway);
    const at = ["spec", "track", index, "gateway"];
    const claim = virtualAddresses(spec).find((virtual) => virtual.address === address);
    if (address === null) return [];
    if (isIpv6(address) && isLinkLocal(address))
      return [complain(at, `must not be link-local, which is another host on each link, found ${address}`)];
    if (claim === undefined) return hostAddressRule({ address, at });
    const place = formatPath(claim.at);
    return [complain(at, `must be somebody else's address, but ${address} is virtual (${place})`)];
  });
}
