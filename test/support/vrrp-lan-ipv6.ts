/** A LAN for tests of the protocol over IPv6: global addresses beside the link-local ones, and the wire of IPv6 captured. */
import type { TestContext } from "node:test";
import type { VirtualRouter } from "../../controller/vrrp/virtual-router.ts";
import { deadline } from "./deadline.ts";
import { address, prefix } from "./speaker-host.ts";
import type { LabNode } from "./speaker-lab.ts";
import { openVrrpLan, routerOf, type VrrpLan } from "./vrrp-lan.ts";
import { type WireWatch, watchWire } from "./wire-watch.ts";

/** What a client asks for. */
export const VIRTUAL = "2001:db8::100";
/** In the order of the wire. */
export const ADDRESSES = ["fe80::100/128", "2001:db8::100/128"].map(prefix);

export const overIpv6 = (different: Partial<VirtualRouter> = {}): VirtualRouter =>
  routerOf({
    family: "ipv6",
    transport: { type: "multicast", group: address("ff02::12") },
    addresses: ADDRESSES,
    ...different,
  });

export interface Ipv6Lan {
  readonly lan: VrrpLan;
  readonly wire: WireWatch;
  /** 32 hexadecimal digits of the first and the second node's link-local address. */
  readonly sources: readonly [string, string];
}

export async function openIpv6Lan(t: TestContext, ...names: readonly [string, string]): Promise<Ipv6Lan> {
  const lan = await openVrrpLan(t, ...names);
  const { lab } = lan;
  lab.run("ip addr add 2001:db8::254/64 dev br0 nodad");
  for (const [index, node] of lab.nodes.entries())
    node.run(`ip addr add 2001:db8::${index + 1}/64 dev eth0 nodad`);
  const wire = await watchWire(lab, "ip6");
  const [first, second] = [await linkLocalOf(lan.node(0)), await linkLocalOf(lan.node(1))];
  return { lan, wire, sources: [first, second] };
}

/** The kernel looks for a second or two whether anybody else has it. */
async function linkLocalOf(node: LabNode): Promise<string> {
  const usable = (): string | undefined =>
    /inet6 (fe80:\S+)\/64 scope link (?!tentative)/.exec(node.run("ip -6 -o addr show dev eth0"))?.[1];
  await deadline(`${node.name} has a link-local address`, () => usable() !== undefined);
  return hexOf(usable() ?? "");
}

/** 32 hexadecimal digits. */
export const hexOf = (address: string): string => {
  const [head = "", tail = ""] = address.split("::").map((half) =>
    half
      .split(":")
      .filter(Boolean)
      .map((group) => group.padStart(4, "0"))
      .join(""),
  );
  return head + tail.padStart(32 - head.length, "0");
};
