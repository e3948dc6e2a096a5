/** Keeps an interface with a virtual hardware address from saying anything but what answers for its addresses. */
import type { Family } from "../../net/ip.ts";
import { type Setting, writeSetting } from "./interface-settings.ts";

const OF_ALL: readonly (readonly [Setting, number])[] = [
  // No link-local address of its own: made of the shared hardware address, it would be the same on every node.
  ["ipv6/addr_gen_mode", 1],
  // What a router advertises would become addresses and routes here as well.
  ["ipv6/accept_ra", 0],
  ["ipv6/autoconf", 0],
];

const OF_FAMILY: Readonly<Record<Family, readonly (readonly [Setting, number])[]>> = {
  ipv4: [
    // For IPv4 alone, so that no multicast listener report of IPv6 leaves from it either.
    ["ipv6/disable_ipv6", 1],
    // It answers for what it carries, and not for what other interfaces do.
    ["ipv4/arp_ignore", 1],
    // Traffic comes in here, and what is sent back leaves by the real interface. The larger of this and of `all` counts: loose, where
    // `all` is strict, without a change of `all`.
    ["ipv4/rp_filter", 2],
    // The first address of a network does not take the others along when it goes.
    ["ipv4/promote_secondaries", 1],
    // Announcements are ours, at their time.
    ["ipv4/arp_notify", 0],
  ],
  ipv6: [
    ["ipv6/disable_ipv6", 0],
    ["ipv6/ndisc_notify", 0],
  ],
};

/** While it is down. Throws SystemCallFailure. */
export function hush(name: string, family: Family): void {
  for (const [setting, value] of [...OF_ALL, ...OF_FAMILY[family]]) writeSetting(name, setting, value);
}
