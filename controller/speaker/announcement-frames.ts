/** What is announced, encoded once for all rounds: the frames of one link's addresses. */
import { type IpAddress, isIpv6 } from "../net/ip.ts";
import type { Link } from "../port/address-table.ts";
import { gratuitousArp, gratuitousArpReply } from "../vrrp/arp.ts";
import { neighbourAdvertisement } from "../vrrp/neighbour-advertisement.ts";
import { answeringMac, isVirtualMac } from "../vrrp/virtual-mac.ts";
import type { VirtualRouter } from "../vrrp/virtual-router.ts";

/** What of a link stands in a frame. */
export type AnnouncedLink = Pick<Link, "mac" | "forwardsIpv6">;

/** As neighbours are to see it: they send to the hardware address that answers for the router. */
export const answeringLink = (router: VirtualRouter, { mac, forwardsIpv6 }: Link): AnnouncedLink => ({
  mac: answeringMac(router, mac),
  forwardsIpv6,
});

/** Twice as many as a router has addresses: those of before a change may be among them. */
const FRAMES_MAX = 510;

export class AnnouncementFrames {
  readonly #known = new Map<IpAddress, Uint8Array>();
  #link: AnnouncedLink | null = null;

  of(address: IpAddress, link: AnnouncedLink): Uint8Array {
    if (!this.#isFor(link)) this.#known.clear();
    this.#link = link;
    const known = this.#known.get(address);
    if (known !== undefined) return known;
    if (this.#known.size >= FRAMES_MAX) this.#known.clear();
    const frame = frameOf(address, link);
    this.#known.set(address, frame);
    return frame;
  }

  #isFor({ mac, forwardsIpv6 }: AnnouncedLink): boolean {
    return this.#link?.mac === mac && this.#link.forwardsIpv6 === forwardsIpv6;
  }
}

function frameOf(address: IpAddress, { mac, forwardsIpv6 }: AnnouncedLink): Uint8Array {
  if (!isIpv6(address)) return (isVirtualMac(mac) ? gratuitousArpReply : gratuitousArp)(mac, address);
  const flags = { isRouter: forwardsIpv6, isSolicited: false, overrides: true };
  return neighbourAdvertisement({ mac, target: address, flags });
}
