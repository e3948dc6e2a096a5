/**
 * What a Kubernetes API server must know of a kind beyond its fields: rules that cross fields, as CEL, and how lists
 * merge. The rules repeat those of rules-*.ts as far as CEL can say them within its cost limits.
 */
import type { Kind } from "./meta.ts";

export interface ClusterRule {
  /** The field whose value is `self`: `spec.members[]` is each member. */
  readonly at: string;
  readonly rule: string;
  readonly message: string;
}

/** Of these fields exactly one is there. Editors learn it as `oneOf`, the API server as CEL with a message. */
export interface Choice {
  readonly at: string;
  readonly fields: readonly string[];
}

export const CHOICES: { readonly [K in Kind]: readonly Choice[] } = {
  HealthCheck: [{ at: "spec", fields: ["process", "file", "exec", "tcp", "http"] }],
  VirtualIP: [
    { at: "spec.vrrp.authentication", fields: ["passwordFile", "password"] },
    { at: "spec.track[]", fields: ["healthCheck", "interface", "gateway"] },
    { at: "spec.notify[]", fields: ["mail", "exec"] },
  ],
  ProxyPool: [],
};

export const CLUSTER_RULES: { readonly [K in Kind]: readonly ClusterRule[] } = {
  HealthCheck: [
    {
      at: "spec.exec",
      rule: "!has(self.shell) || !self.shell || size(self.command) == 1",
      message: "command must be one string where shell is true",
    },
  ],
  VirtualIP: [
    {
      at: "spec.addresses[]",
      rule: "!self.matches('^(0|127|22[4-9]|23[0-9]|24[0-9]|25[0-5])[.]')",
      message: "must be an address that a host can have",
    },
    {
      at: "spec.vrrp",
      rule: "!has(self.authentication) || self.version == 2",
      message: "authentication is allowed only with version: 2",
    },
    {
      at: "spec.vrrp",
      rule: "self.version != 2 || duration(self.advertisementInterval).getMilliseconds() % 1000 == 0",
      message: "advertisementInterval must be whole seconds with version: 2",
    },
    {
      at: "spec.vrrp",
      rule:
        "self.version != 3 || (duration(self.advertisementInterval) <= duration('40950ms') && " +
        "duration(self.advertisementInterval).getMilliseconds() % 10 == 0)",
      message: "advertisementInterval must be at most 40.95s in steps of 10ms with version: 3",
    },
    {
      at: "spec.vrrp.multicastGroup",
      rule: "self.matches('^(22[4-9]|23[0-9])[.]')",
      message: "must be a multicast address, 224.0.0.0 to 239.255.255.255",
    },
    {
      at: "spec.members",
      rule: "self.filter(member, member.priority == 255).size() <= 1",
      message: "only one member can be the owner of the addresses (priority 255)",
    },
    {
      at: "spec",
      rule:
        "!self.vrrp.unicast || (" +
        "(self.addresses.all(a, a.contains(':')) || self.members.all(member, has(member.address))) && " +
        "(self.addresses.all(a, !a.contains(':')) || self.members.all(member, has(member.addressV6))))",
      message: "every member needs its address with vrrp.unicast: true, in each family of the addresses",
    },
    {
      at: "spec",
      rule: "self.vrrp.version != 2 || self.addresses.all(a, !a.contains(':'))",
      message: "addresses must be IPv4 with vrrp.version: 2",
    },
    {
      at: "spec.vrrp",
      rule: "self.unicast ? self.multicastGroup == '224.0.0.18' : self.ttl == 255",
      message: "multicastGroup has no meaning with unicast: true, and ttl must be 255 without it",
    },
    {
      at: "spec.vrrp",
      rule: "!self.virtualMAC || !self.unicast",
      message: "virtualMAC must be false with unicast: true",
    },
    {
      at: "spec",
      rule: "!self.vrrp.virtualMAC || self.members.all(member, member.priority != 255)",
      message: "no member can be the owner of the addresses (priority 255) with vrrp.virtualMAC: true",
    },
    {
      at: "spec.vrrp.acceptMode",
      rule: "self",
      message: "must be true: the holder's kernel takes what is sent to its addresses",
    },
    {
      at: "spec",
      rule: "self.placement != 'Spread' || self.members.all(member, member.priority == 100)",
      message: "no member may have a priority with placement: Spread",
    },
    {
      at: "spec.track[].gateway",
      rule: "!self.matches('^(0|127|22[4-9]|23[0-9]|24[0-9]|25[0-5])[.]')",
      message: "must be an address that a host can have",
    },
    {
      at: "spec.track[].gateway",
      rule: "!self.matches('^[Ff][Ee][89ABab][0-9A-Fa-f]:')",
      message: "must not be link-local, which is another host on each link",
    },
    {
      at: "spec.track[].weight",
      rule: "self != 0",
      message: "must not be 0: leave it out to make a failing check mean FAULT",
    },
  ],
  ProxyPool: [
    {
      at: "spec.backends",
      rule: "self.exists(backend, !has(backend.backup) || !backend.backup)",
      message: "must have at least one backend without backup: true",
    },
  ],
};

/**
 * `set`: each value once. A list of names: a map by these fields, so that two appliers may own different items.
 * `atomic`: order or repetition matters.
 */
export type ListType = "set" | "atomic" | readonly string[];

export const LIST_TYPES: { readonly [K in Kind]: { readonly [path: string]: ListType } } = {
  HealthCheck: {
    "spec.exec.command": "atomic",
    "spec.http.expectStatus": "set",
  },
  VirtualIP: {
    "spec.addresses": "set",
    "spec.members": ["node"],
    "spec.track": "atomic",
    "spec.notify": "atomic",
    "spec.notify[].mail.to": "set",
    "spec.notify[].exec.command": "atomic",
  },
  ProxyPool: {
    "spec.virtualIPs": "set",
    "spec.listeners": ["name"],
    "spec.backends": ["address", "port"],
  },
};

/** Exactly one of `fields`, in CEL. */
export function choiceRule({ at, fields }: Choice): ClusterRule {
  const said = fields.map((field) => `has(self.${field})`).join(", ");
  return {
    at,
    rule: `[${said}].filter(isSaid, isSaid).size() == 1`,
    message: `must have exactly one of ${fields.join(", ")}`,
  };
}
