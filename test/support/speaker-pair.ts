/** Two nodes of a LAN in memory with a speaker on each: the usual beginning of a test of the speaker. */
import { decodeAdvertisement } from "../../controller/vrrp/packet.ts";
import type { VirtualRouter } from "../../controller/vrrp/virtual-router.ts";
import { FakeClock } from "./fake-clock.ts";
import { FakeLan, type Sent } from "./fake-network.ts";
import { aRouter, prefix, SpeakerHost } from "./speaker-host.ts";

export interface SpeakerPair {
  readonly lan: FakeLan;
  readonly clock: FakeClock;
  readonly a: SpeakerHost;
  readonly b: SpeakerHost;
}

/** Of the node that is to be backup, where the other one has what aRouter() says. */
export const LOWER = { basePriority: 90, rivalPriority: 100 } as const;

/** `a` is 10.0.0.1 and `b` 10.0.0.2; neither speaker runs yet. */
export function speakerPair(): SpeakerPair {
  const lan = new FakeLan();
  const clock = new FakeClock();
  const a = new SpeakerHost(lan, clock, "a", "10.0.0.1/24");
  const b = new SpeakerHost(lan, clock, "b", "10.0.0.2/24");
  return { lan, clock, a, b };
}

/** Each runs, and an agent talks to it. */
export async function startSpeakers(...hosts: readonly SpeakerHost[]): Promise<void> {
  for (const host of hosts) {
    await host.start();
    host.connect();
  }
}

/** Both run and take part in one router, `a` with the higher priority, and `a` has become master. */
export async function settlePair(
  { clock, a, b }: Omit<SpeakerPair, "lan">,
  terms: Partial<VirtualRouter> = {},
): Promise<void> {
  await startSpeakers(a, b);
  await a.member(aRouter(terms));
  await b.member(aRouter({ ...LOWER, ...terms }));
  await clock.advance(5_000);
}

/** What it has on eth1 instead of 192.0.2.1/24, which every host begins with. */
export function readdressEth1(host: SpeakerHost, address: string): void {
  host.table.removeByHand("eth1", prefix("192.0.2.1/24"));
  host.table.addByHand("eth1", prefix(address));
}

/** `null` for what is no sound advertisement. */
export const prioritiesOf = (sent: readonly Sent[]): (number | null)[] =>
  sent.map(({ packet }) => {
    const decoded = decodeAdvertisement(packet);
    return decoded.ok ? decoded.value.advertisement.priority : null;
  });
