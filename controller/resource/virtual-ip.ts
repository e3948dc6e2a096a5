/** VirtualIP: addresses that exactly one node of a group answers for. */
import * as z from "zod";
import {
  absolutePath,
  command,
  dnsLabel,
  dnsSubdomain,
  duration,
  interfaceName,
  ipAddress,
  ipPrefix,
  ipv4Address,
  ipv6Address,
} from "./fields.ts";

/** Fits one VRRP message (the count is one byte; 8 + 255 × 4 + 8 bytes fit a 1500-byte frame). */
const ADDRESSES_MAX = 255;
const MEMBERS_MAX = 20;
const DELAY_MAX_MS = 3_600_000;

const authentication = z
  .strictObject({
    type: z
      .enum(["Simple"])
      .describe("Simple: the clear-text password of RFC 2338, as keepalived's auth_type PASS."),
    passwordFile: absolutePath
      .optional()
      .describe("File that holds the password; a line end at its end is not part of it."),
    password: z
      .string()
      .regex(/^[\x21-\x7e]+$/, "must be printable ASCII without spaces")
      .max(64)
      .optional()
      .describe("The password itself. Anyone who reads the manifest reads it: prefer passwordFile."),
  })
  .describe(
    "Only for version 2. Exactly one of passwordFile and password. Bytes after the eighth are ignored, as in keepalived.",
  );

const vrrp = z
  .strictObject({
    version: z
      .union([z.literal(2), z.literal(3)])
      .default(3)
      .describe("VRRP version: 2 (RFC 3768) or 3 (RFC 9568)."),
    virtualRouterID: z
      .int()
      .min(1)
      .max(255)
      .describe("Names the virtual router on its link. Must be unique per interface and multicast group."),
    advertisementInterval: duration({ min: 10, max: 255_000 })
      .default("1s")
      .describe(
        "Time between advertisements. Version 2: whole seconds, 1s to 255s. Version 3: 10ms to 40.95s in steps of 10ms.",
      ),
    multicastGroup: ipv4Address
      .default("224.0.0.18")
      .describe(
        "Where advertisements are sent over IPv4. All members must agree; it must be a multicast address. Over IPv6 it is ff02::12.",
      ),
    unicast: z
      .boolean()
      .default(false)
      .describe(
        "Send advertisements to each of the other members instead of a multicast group, and take them from nobody else. Every member needs its address.",
      ),
    ttl: z
      .int()
      .min(1)
      .max(255)
      .default(255)
      .describe(
        "Time to live of the advertisements. Another than 255 only with unicast: members behind routers.",
      ),
    peerProfile: z
      .enum(["keepalived", "rfc9568"])
      .default("keepalived")
      .describe(
        "How the checksum of version 3 over IPv4 is formed. keepalived: with the pseudo-header, as keepalived and FRR want it. rfc9568: over the message only, as Cisco, Juniper and Arista want it. Both are accepted.",
      ),
    preempt: z
      .boolean()
      .default(true)
      .describe("Whether a node with a higher priority takes over from a working master with a lower one."),
    preemptDelay: duration({ min: 0, max: DELAY_MAX_MS })
      .default("0s")
      .describe(
        "For how long a node that has come up, or whose priority has risen, lets a working master of lower priority be. A master that is dead, unfit or resigns is replaced without delay.",
      ),
    startupDelay: duration({ min: 0, max: DELAY_MAX_MS })
      .default("0s")
      .describe(
        "For how long after the speaker has started, or its link has come up, a node takes over from nobody: as long as a switch port (spanning tree) or a bond may take until it passes packets. It goes on while nothing at all comes in, for a minute at the most. It listens in the meantime, and for a whole master-down interval after it if it has heard nobody.",
      ),
    virtualMAC: z
      .boolean()
      .default(false)
      .describe(
        "Whether the addresses answer with the virtual router's own hardware address (00:00:5e:00:01:VRID, IPv6 00:00:5e:00:02:VRID) on every holder, as keepalived's use_vmac does. Not with unicast, nor for an owner.",
      ),
    acceptMode: z
      .boolean()
      .default(true)
      .describe(
        "Whether the holder takes packets that are addressed to the addresses themselves. Always true: the addresses are on its interface.",
      ),
    strictRFC: z
      .boolean()
      .default(false)
      .describe(
        "Whether a master that stops, is unfit or has fallen behind behaves as RFC 9568 says: gone at once, or not at all, instead of serving until its successor speaks.",
      ),
    deadMan: z
      .boolean()
      .optional()
      .describe(
        "Whether the kernel takes the addresses away a few seconds after the speaker was killed or hangs. Default: true, or false where there is no other member.",
      ),
    authentication: authentication.optional(),
  })
  .describe("How the members elect the holder.");

const member = z
  .strictObject({
    node: dnsSubdomain.describe(
      "Name of the node, as its agent is started (--node; default: the host name).",
    ),
    priority: z
      .int()
      .min(1)
      .max(255)
      .default(100)
      .describe(
        "Higher wins the election; between equals the higher address wins. 255 is for the owner of the addresses: the one member whose interface has them anyway, as its own, and keeps them.",
      ),
    interface: interfaceName
      .optional()
      .describe("Interface on this member, where it differs from spec.interface."),
    address: ipv4Address
      .optional()
      .describe("Address that this member advertises from. Default: the first address of the interface."),
    addressV6: ipv6Address
      .optional()
      .describe(
        "The same for IPv6: link-local, or with unicast any. Default: the first link-local address of the interface.",
      ),
  })
  .describe("A node that may hold the addresses.");

const track = z
  .strictObject({
    healthCheck: dnsLabel.optional().describe("Name of a HealthCheck in the same namespace."),
    interface: interfaceName
      .optional()
      .describe("Another interface of this node: it fails while that is missing, down or without carrier."),
    gateway: ipAddress
      .optional()
      .describe(
        "A router in a network of this node: it fails while nobody there answers ARP, or neighbour discovery of IPv6, for the address, three times in a row at intervals of a second.",
      ),
    weight: z
      .int()
      .min(-253)
      .max(253)
      .refine((weight) => weight !== 0, {
        error: "must not be 0: leave it out to make a failing check mean FAULT",
      })
      .optional()
      .describe(
        "Negative: added to the priority while it fails. Positive: added while all is well. None: a failure makes this node unfit (FAULT).",
      ),
  })
  .describe("What decides about this node's fitness: exactly one of healthCheck, interface and gateway.");

const mailbox = z
  .string()
  .max(254)
  .regex(
    /^[^\s@<>,;"\u0000-\u001f]+@[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/,
    "must be a mail address such as ops@example.com",
  );

const smtpServer = z
  .string()
  .regex(/^[A-Za-z0-9.-]+(:[1-9][0-9]{0,4})?$/, "must be HOST or HOST:PORT")
  .refine((text) => Number(text.split(":")[1] ?? 25) <= 65_535, {
    error: "must have a port of at most 65535",
  })
  .max(260);

const notify = z
  .strictObject({
    mail: z
      .strictObject({
        to: z.array(mailbox).min(1).max(20).describe("Recipients."),
        from: mailbox.describe("Sender."),
        server: smtpServer.default("127.0.0.1:25").describe("SMTP server, HOST:PORT."),
      })
      .optional()
      .describe("Send a mail on each transition."),
    exec: z
      .strictObject({
        command: command.describe(
          "Program and first arguments. keepalived's arguments follow: INSTANCE, the VirtualIP's name, MASTER, BACKUP, FAULT or STOP, and the priority.",
        ),
        timeout: duration({ min: 100, max: 600_000 })
          .default("30s")
          .describe("The process group is killed after that long."),
      })
      .optional()
      .describe("Run a command on each transition."),
  })
  .describe("Exactly one of mail and exec. Transitions are told in order, once each; failures are retried.");

export const virtualIPSpec = z
  .strictObject({
    addresses: z
      .array(ipPrefix)
      .min(1)
      .max(ADDRESSES_MAX)
      .describe(
        "Addresses with prefix length, e.g. 192.0.2.10/32 or 2001:db8::10/64. All move together, those of both families too. The first of IPv6 should be link-local.",
      ),
    interface: interfaceName.describe("Interface that carries the addresses and the advertisements."),
    vrrp,
    group: dnsLabel
      .optional()
      .describe(
        "VirtualIPs with the same group move together, with one decision. They must agree in members, priorities, placement and how they elect; what each tracks counts for all.",
      ),
    placement: z
      .enum(["Pinned", "Spread"])
      .default("Pinned")
      .describe(
        "Pinned: the priorities of the members say who is preferred. Spread: a rank is computed for each VirtualIP (or group), so that those with the same members are spread evenly over them; no member may have a priority.",
      ),
    members: z.array(member).min(1).max(MEMBERS_MAX).describe("The nodes that may hold the addresses."),
    track: z.array(track).max(32).default([]).describe("What decides about a node's fitness."),
    notify: z.array(notify).max(16).default([]).describe("Whom to tell of transitions."),
  })
  .describe("Addresses that exactly one node of a group answers for, elected by VRRP.");

export type VirtualIPSpec = z.output<typeof virtualIPSpec>;
export type NotifySpec = VirtualIPSpec["notify"][number];
