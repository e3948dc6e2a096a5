/** One node of a simulated LAN of groups: the speaker's crew, with a clock, sockets and a kernel that are made up. */
import { formatIpPrefix, type IpAddress, parseIpPrefix } from "../../controller/net/ip.ts";
import type { Instant, WallTime } from "../../controller/net/time.ts";
import type { Link, LinkAddress } from "../../controller/port/address-table.ts";
import type { AdvertListener, AdvertSocket, Network } from "../../controller/port/advert-socket.ts";
import type { AlarmClock } from "../../controller/port/clock.ts";
import { Crew } from "../../controller/speaker/crew.ts";
import { Deadlines } from "../../controller/speaker/deadlines.ts";
import type { Fate } from "../../controller/speaker/fate.ts";
import type { Line } from "../../controller/speaker/line.ts";
import { Pulse } from "../../controller/speaker/pulse.ts";
import { reachOf } from "../../controller/speaker/reach.ts";
import type { CheckVerdict, VirtualRouter } from "../../controller/vrrp/virtual-router.ts";
import { SILENT } from "../support/fake-log.ts";
import type { GroupLan, NodePlan } from "./group-lan.ts";
import { INBOX_MAX } from "./lan.ts";
import { drain, type Receiver } from "./receiver.ts";

/** What a health check without weight says. */
export const CHECK = "default/alive";
const NOTHING: Disposable = { [Symbol.dispose]: () => undefined };
const NOTHING_ELSE = { retained: [], departed: [] };
const silent = (): void => undefined;

export class GroupNode {
  readonly name: string;
  /** `paused`: as by SIGSTOP. */
  condition: "running" | "paused" | "crashed" | "stopped" = "running";
  isHealthy = true;
  readonly #plan: NodePlan;
  readonly #lan: GroupLan;
  readonly #cut = new Set<string>();
  readonly #segments = new Map<string, number>();
  /** `LINK ADDRESS/LENGTH`: virtual ones, as the kernel has them. */
  readonly #held = new Set<string>();
  readonly #receivers = new Set<Receiver>();
  /** What has fallen due while it was paused. */
  #late: (() => void)[] = [];
  #routers: readonly VirtualRouter[];
  #crew: Crew;
  #life = 0;
  #isLookDue = false;

  constructor(plan: NodePlan, lan: GroupLan) {
    this.name = plan.name;
    this.#plan = plan;
    this.#lan = lan;
    this.#routers = plan.routers;
    this.#crew = this.#newCrew();
  }

  get priority(): number {
    return this.#routers[0]?.basePriority ?? 0;
  }

  get fates(): readonly Fate[] {
    return this.condition === "crashed" ? [] : this.#crew.fates;
  }

  get isServing(): boolean {
    return this.fates[0]?.isServing ?? false;
  }

  /** Virtual ones, however the process is. */
  get held(): ReadonlySet<string> {
    return this.#held;
  }

  get isAble(): boolean {
    return this.condition === "running" && this.isHealthy && this.#cut.size === 0;
  }

  isUp(link: string): boolean {
    return !this.#cut.has(link);
  }

  segmentOf(link: string): number {
    return this.#segments.get(link) ?? 0;
  }

  setSegment(link: string, segment: number): void {
    this.#segments.set(link, segment);
  }

  receiverAt(link: string, hearing: IpAddress): Receiver | undefined {
    return [...this.#receivers].find((each) => each.link === link && each.hearing === hearing);
  }

  start(): void {
    this.#crew.apply(this.#routers, NOTHING_ELSE);
    this.#judge();
    this.#lookSoon();
  }

  arrived(receiver: Receiver, packet: Uint8Array): void {
    if (!this.#receivers.has(receiver)) return;
    if (receiver.inbox.length < INBOX_MAX) receiver.inbox.push(packet);
    if (this.condition !== "paused") drain(receiver);
  }

  /** Its port on a link is down, or up again. */
  setLink(link: string, isUp: boolean): void {
    if (isUp) this.#cut.delete(link);
    else this.#cut.add(link);
    this.#lookSoon();
  }

  setHealth(isHealthy: boolean): void {
    this.isHealthy = isHealthy;
    this.#whenAwake(() => this.#judge());
  }

  /** Of all its routers. */
  setPriority(basePriority: number, rivalPriority: number): void {
    this.#routers = this.#routers.map((router) => ({ ...router, basePriority, rivalPriority }));
    this.#whenAwake(() => {
      if (this.condition === "running") this.#crew.apply(this.#routers, NOTHING_ELSE);
    });
  }

  /** SIGKILL. What it had is taken away by the kernel, here at once. */
  crash(): void {
    this.condition = "crashed";
    this.#life++;
    this.#late = [];
    this.#receivers.clear();
    this.#held.clear();
  }

  pause(): void {
    this.condition = "paused";
  }

  resume(): void {
    this.condition = "running";
    for (const run of this.#late.splice(0)) run();
    for (const receiver of [...this.#receivers]) drain(receiver);
  }

  /** SIGTERM. */
  stop(): void {
    this.condition = "stopped";
    this.#crew.handOver();
  }

  restart(): void {
    this.crash();
    this.condition = "running";
    this.#crew = this.#newCrew();
    this.start();
  }

  #judge(): void {
    const verdict: CheckVerdict = {
      check: CHECK,
      verdict: this.isHealthy ? "healthy" : "unhealthy",
      because: "",
    };
    this.#crew.judge([verdict]);
  }

  #newCrew(): Crew {
    const clock = this.#clock();
    const deadlines: Deadlines = new Deadlines(clock, () => crew.drain());
    const crew: Crew = new Crew({
      network: this.#network(),
      clock,
      deadlines,
      log: SILENT,
      recorder: this.#lan.recorder,
      pulse: new Pulse({ slate: { read: async () => null, write: silent }, clock, log: SILENT }),
      transition: ({ router, from, to, because }) =>
        this.#lan.note(`${this.name} ${router}: ${from} -> ${to} (${because})`),
      changed: silent,
      counted: silent,
      beat: silent,
      left: silent,
      addressesWanted: () => this.#lookSoon(),
      mayClaim: silent,
      claimed: (lines) => this.#bringAbout(lines),
    });
    return crew;
  }

  #clock(): AlarmClock {
    const lan = this.#lan;
    return {
      now: () => lan.instant(),
      wallTime: () => lan.now as WallTime,
      sleep: () => Promise.reject(new Error("nobody sleeps in a simulation")),
      alarm: (moment, ring) => this.#later(moment + lan.random() * lan.weather.timerJitter, ring),
    };
  }

  /** In this life of the process, and late while it is paused. */
  #later(moment: number, run: () => void): Disposable {
    const life = this.#life;
    let isOff = false;
    const act = (): void => {
      if (!isOff && life === this.#life) run();
    };
    const task = this.#lan.at(moment, () => this.#whenAwake(act));
    return {
      [Symbol.dispose]: () => {
        isOff = true;
        task[Symbol.dispose]();
      },
    };
  }

  #whenAwake(act: () => void): void {
    if (this.condition === "paused") this.#late.push(act);
    else if (this.condition !== "crashed") act();
  }

  #network(): Network {
    return {
      openAdvertSocket: (link, hearing, listener) => this.#openSocket(link, hearing, listener),
      openAnnouncer: () => ({ send: silent, ...NOTHING }),
      openArpSocket: () => NOTHING,
      openNeighbourSocket: () => NOTHING,
      openFrameSocket: () => NOTHING,
    };
  }

  #openSocket(link: string, hearing: IpAddress, listener: AdvertListener): AdvertSocket {
    const receiver: Receiver = { link, hearing, listener, inbox: [] };
    this.#receivers.add(receiver);
    return {
      send: (packet, destination) => this.#lan.transmit(this, link, packet, destination),
      drain: () => drain(receiver),
      [Symbol.dispose]: () => this.#receivers.delete(receiver),
    };
  }

  /** As the address keeper does: looks, tells the fates how their interfaces stand, and makes it so. */
  #lookSoon(): void {
    if (this.#isLookDue) return;
    this.#isLookDue = true;
    const { random, weather, now } = this.#lan;
    const life = this.#life;
    this.#lan.at(now + random() * weather.kernelMax, () => {
      this.#isLookDue = false;
      this.#whenAwake(() => {
        if (life === this.#life) this.#look();
        else this.#lookSoon();
      });
    });
  }

  /** As the address keeper does where it can: half of the time, since some addresses take a look. */
  #bringAbout(lines: readonly Line[]): void {
    if (this.#lan.random() < 0.5) return;
    for (const line of lines) {
      const held = line.wantedAddresses.map(formatIpPrefix);
      for (const each of held) this.#held.add(`${line.router.interface} ${each}`);
      line.addressesAre({ held, repaired: 0, refusal: null });
    }
  }

  #look(): void {
    const links = this.#links();
    const upSince = new Map(links.filter(({ isUp }) => isUp).map(({ name }) => [name, 0 as Instant]));
    const virtual = new Set(
      this.#routers.flatMap(({ addresses }) => addresses.map(({ address }) => address)),
    );
    const surroundings = { links, addresses: this.#ownAddresses(), upSince, virtual };
    this.#crew.seen(links);
    for (const fate of this.#crew.fates) {
      const reaches = fate.lines.map((line) => {
        const reach = reachOf(line.router, surroundings);
        line.wire.follow(reach.link);
        return [line, reach] as const;
      });
      fate.follow(new Map(reaches), links, new Set());
    }
    const lines = this.#crew.fates.flatMap((fate) => fate.lines);
    const keyOf = (link: string, prefix: string): string => `${link} ${prefix}`;
    const before = new Set(this.#held);
    this.#held.clear();
    for (const { router, wantedAddresses, isHoldingBack } of lines)
      for (const key of wantedAddresses.map((each) => keyOf(router.interface, formatIpPrefix(each))))
        if (!isHoldingBack || before.has(key)) this.#held.add(key);
    for (const line of lines) {
      const own = line.router.addresses.map(formatIpPrefix);
      const held = own.filter((each) => this.#held.has(keyOf(line.router.interface, each)));
      line.addressesAre({ held, repaired: 0, refusal: null });
    }
  }

  #links(): readonly Link[] {
    return this.#lan.links.map((name, index) => ({
      index: index + 1,
      name,
      isUp: this.isUp(name),
      mac: `02:00:00:00:00:0${index}`,
      mtu: 1500,
      forwardsIpv6: false,
    }));
  }

  #ownAddresses(): readonly LinkAddress[] {
    return [...this.#plan.addresses].flatMap(([link, address]) => {
      const prefix = parseIpPrefix(`${address}/24`);
      return prefix === null ? [] : [{ interface: link, prefix, isOurs: false, isUsable: true }];
    });
  }
}
