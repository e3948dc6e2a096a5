/**
 * What the control plane tells the speaker, and what the speaker answers: plain data that crosses a process boundary as
 * JSON. Membership says for which virtual routers this node speaks; verdicts say how its health checks stand; the
 * speaker alone turns both into a role.
 */
import type { Family, IpAddress, IpPrefix } from "../net/ip.ts";
import type { Millis, WallTime } from "../net/time.ts";

/** One VirtualIP as this node takes part in it, or what is one of its address families: a line on the wire. */
export interface VirtualRouter {
  /** `default/web`: namespace and name of the VirtualIP. Status and transitions are told by it. */
  readonly name: string;
  /**
   * Routers of one fate share one decision: one role, one priority, one deadline. They agree in version, interval,
   * priorities, preemption and tracks. The name of the group, or the router's own where it is in none.
   */
  readonly fate: string;
  readonly interface: string;
  readonly version: 2 | 3;
  /** 1 to 255. */
  readonly virtualRouterID: number;
  readonly adverInterval: Millis;
  /** Of everything that is on the wire: addresses, source, group and peers. */
  readonly family: Family;
  readonly transport: Transport;
  /**
   * What the checksum of version 3 over IPv4 goes over. RFC 5798 was read to mean the pseudo-header too, and keepalived
   * and FRR send so; RFC 9568 §5.2.8 says the message only. Both are accepted.
   */
  readonly checksumForm: "pseudo-header" | "message-only";
  /** Version 2, Simple: the first eight bytes count. `null`: no authentication. */
  readonly password: string | null;
  /**
   * Source of the advertisements, which unicast must know; `null`: the first address of the interface that is not virtual,
   * and with IPv6 link-local.
   */
  readonly sourceAddress: IpAddress | null;
  /** 1 to 254, from the manifest; 255 for the owner of the addresses. */
  readonly basePriority: number;
  /** The highest priority that another member has while all its checks are healthy; `null` when there are no others. */
  readonly rivalPriority: number | null;
  readonly preempt: boolean;
  /** For how long after it has come up or got better a node lets a working master of lower rank be. */
  readonly preemptDelay: Millis;
  /** For how long after the speaker, or the link, has come up nobody is taken over from. */
  readonly startupDelay: Millis;
  /** No make before break: a master that goes is gone at once. */
  readonly strictRFC: boolean;
  /** Whether the kernel takes the addresses away when this speaker no longer refreshes them. */
  readonly deadMan: boolean;
  /** Whether the addresses answer with the virtual router's own hardware address. Then it speaks by multicast, and is no owner. */
  readonly virtualMAC: boolean;
  /** In the order of the manifest, which is the order on the wire: keepalived up to 2.3.2 compares the lists. */
  readonly addresses: readonly IpPrefix[];
  readonly tracks: readonly Track[];
  /** The node is to be out of service, so it takes over from nobody; absent: it is in service. */
  readonly drain?: RouterDrain;
}

export interface RouterDrain {
  /** e.g. `drained by root at 2026-11-24T16:00:00.000Z: new kernel`. */
  readonly because: string;
  /** Lets go also of what nobody takes over. */
  readonly isForced: boolean;
}

/** To whom advertisements are sent, and from whom they are taken. */
export type Transport =
  | { readonly type: "multicast"; readonly group: IpAddress }
  /** `peers`: the addresses of the other members. */
  | { readonly type: "unicast"; readonly peers: readonly IpAddress[]; readonly ttl: number };

export type Track = TrackedThing & {
  /** `null`: a failure makes the node unfit. Negative: added while failing. Positive: added while healthy. */
  readonly weight: number | null;
};

type TrackedThing =
  /** `default/nginx-alive`: the agent tells the verdict. */
  | { readonly check: string }
  /** `eth1`: the speaker looks by itself. */
  | { readonly interface: string };

/** How a health check stands. `pending` until the first answer: it then neither lowers nor raises a priority. */
export interface CheckVerdict {
  /** `default/nginx-alive`. */
  readonly check: string;
  readonly verdict: "healthy" | "unhealthy" | "pending";
  /** What the probe last said, e.g. `no process named nginx`. */
  readonly because: string;
}

export type Role = "initialize" | "fault" | "backup" | "master";

/** One term of the priority's arithmetic, as `holdfast why` prints it. */
export interface Adjustment {
  readonly check: string;
  readonly weight: number;
  readonly because: string;
}

export interface RouterStatus {
  readonly name: string;
  readonly role: Role;
  /** When the role was taken. */
  readonly since: WallTime;
  /** Why the router has this role, as a sentence with facts. */
  readonly because: string;
  readonly basePriority: number;
  readonly effectivePriority: number;
  readonly adjustments: readonly Adjustment[];
  /** Whose advertisements are heard, when not master. */
  readonly master: { readonly address: IpAddress; readonly priority: number } | null;
  /** Addresses that are on the interface now and carry our mark, or are its owner's own: `172.16.253.150/32`. */
  readonly heldAddresses: readonly string[];
  /** What keeps the router from its work, e.g. interface missing, or a password that does not match. */
  readonly problems: readonly RouterProblem[];
  /** What does not fit with the others on the link, as noticed lately. */
  readonly conflicts: readonly RouterConflict[];
  /** How far it is out of service; absent: it is not to be. */
  readonly drain?: DrainStage;
  readonly counters: RouterCounters;
}

/** `serving`: it has resigned and nobody took over, or it could not resign, so it goes on holding the addresses. */
export type DrainStage = "handing-over" | "serving" | "away";

export interface RouterProblem {
  readonly code:
    | "interface-missing"
    | "interface-down"
    | "no-source-address"
    | "address-not-owned"
    | "send-failed"
    | "address-refused"
    | "virtual-link-refused"
    | "advertisement-dropped"
    | "held-up";
  readonly message: string;
}

export interface RouterCounters {
  readonly advertisementsSent: number;
  readonly advertisementsReceived: number;
  /** Of these, those that were taken, by what their checksum covers. */
  readonly checksumForms: Readonly<Record<string, number>>;
  readonly advertisementsDropped: Readonly<Record<string, number>>;
  readonly becameMaster: number;
  readonly addressesRepaired: number;
  /** How often each conflict was noticed. */
  readonly conflicts: Readonly<Record<string, number>>;
  /** Times that the speaker was held up for longer than the others wait. */
  readonly pauses: number;
  readonly longestPause: Millis;
}

export type ConflictCode =
  | "rival-master"
  | "duplicate-address"
  | "foreign-sender"
  | "version"
  | "authentication"
  | "interval"
  | "address-list"
  | "checksum-form"
  | "same-priority"
  | "false-resignation";

export interface RouterConflict {
  readonly code: ConflictCode;
  readonly message: string;
}

/** A change of role, kept by the speaker until the agent has acknowledged it, so that none is lost while no agent runs. */
export interface Transition {
  /** Grows by one; unique together with `speaker`. */
  readonly sequence: number;
  /** Names one life of the speaker process. */
  readonly speaker: string;
  readonly router: string;
  readonly from: Role;
  readonly to: Role;
  readonly effectivePriority: number;
  readonly at: WallTime;
  readonly because: string;
  /** So many before this one the speaker had to forget, since no agent fetched them; absent: none. */
  readonly lostBefore?: number;
}

/** A change of role as it happens, with a sentence that is put together only when somebody is told, from what was so at the time. */
export interface RoleChange extends Omit<Transition, "sequence" | "speaker" | "because" | "lostBefore"> {
  readonly because: () => string;
}
