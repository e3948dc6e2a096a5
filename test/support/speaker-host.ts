/** A node of a LAN in memory, with a speaker on it: for tests of the speaker that need no kernel and no real time. */
import assert from "node:assert/strict";
import { type IpAddress, type IpPrefix, parseIpAddress, parseIpPrefix } from "../../controller/net/ip.ts";
import { millis } from "../../controller/net/time.ts";
import type { LogFields } from "../../controller/port/log.ts";
import type { Slate } from "../../controller/port/slate.ts";
import type { StateFile } from "../../controller/port/state-file.ts";
import { LEGACY_FORMAT } from "../../controller/speaker/legacy.ts";
import { parseFromSpeaker } from "../../controller/speaker/message-table.ts";
import type { FromSpeaker } from "../../controller/speaker/messages.ts";
import type { Answer, Succession } from "../../controller/speaker/predecessor.ts";
import { Speaker } from "../../controller/speaker/speaker.ts";
import type {
  CheckVerdict,
  RouterStatus,
  Transition,
  VirtualRouter,
} from "../../controller/vrrp/virtual-router.ts";
import { FakeAddressTable } from "./fake-address-table.ts";
import { type FakeClock, settle } from "./fake-clock.ts";
import type { FakeLan, FakeNetwork } from "./fake-network.ts";
import { FakeVirtualLinks } from "./fake-virtual-links.ts";
import { MemoryRecording } from "./memory-recording.ts";
import { MortalClock } from "./mortal-clock.ts";

export const address = (text: string): IpAddress => parseIpAddress(text) ?? assert.fail(text);

export function prefix(text: string): IpPrefix {
  const parsed = parseIpPrefix(text);
  assert.ok(parsed !== null, `${text} is a prefix`);
  return parsed;
}

/** One VirtualIP on eth0: VRID 51, version 3, 1 s, 10.0.0.100/32, priority 100 against 90. */
export function aRouter(different: Partial<VirtualRouter> = {}): VirtualRouter {
  const multicastGroup = parseIpAddress("224.0.0.18");
  assert.ok(multicastGroup !== null);
  return {
    name: "default/web",
    fate: different.name ?? "default/web",
    interface: "eth0",
    version: 3,
    virtualRouterID: 51,
    adverInterval: millis(1000),
    family: "ipv4",
    transport: { type: "multicast", group: multicastGroup },
    checksumForm: "pseudo-header",
    password: null,
    sourceAddress: null,
    basePriority: 100,
    rivalPriority: 90,
    preempt: true,
    preemptDelay: millis(0),
    startupDelay: millis(0),
    strictRFC: false,
    deadMan: true,
    virtualMAC: false,
    addresses: [prefix("10.0.0.100/32")],
    tracks: [],
    ...different,
  };
}

export const aVerdict = (check: string, verdict: CheckVerdict["verdict"], because = ""): CheckVerdict => ({
  check,
  verdict,
  because,
});

class MemoryFile implements StateFile {
  text: string | null = null;

  async read(): Promise<string | null> {
    return this.text;
  }

  async write(text: string): Promise<void> {
    this.text = text;
  }
}

/** In memory, and left behind as the file is. */
class MemorySlate implements Slate {
  content: string | null = null;

  async read(): Promise<string | null> {
    return this.content;
  }

  write(content: Uint8Array): void {
    this.content = Buffer.from(content).toString();
  }
}

export class SpeakerHost {
  readonly clock: FakeClock;
  readonly table: FakeAddressTable;
  readonly virtualLinks: FakeVirtualLinks;
  readonly network: FakeNetwork;
  readonly ordersFile = new MemoryFile();
  readonly slate = new MemorySlate();
  readonly recording = new MemoryRecording();
  readonly logged: { readonly level: string; readonly message: string; readonly fields: LogFields }[] = [];
  /** What the agent has been told since it connected. */
  told: FromSpeaker[] = [];
  #lives = 0;
  #mortal: MortalClock;
  #speaker: Speaker | null = null;
  #running: Promise<unknown> = Promise.resolve();
  #stop = new AbortController();

  constructor(lan: FakeLan, clock: FakeClock, name: string, address: string) {
    this.clock = clock;
    this.#mortal = new MortalClock(clock);
    this.table = new FakeAddressTable("eth0", "eth1");
    this.table.ageBy(clock);
    this.virtualLinks = new FakeVirtualLinks(this.table);
    this.network = lan.host(name, "eth0", "eth1");
    this.table.addByHand("eth0", prefix(address));
    this.table.addByHand("eth1", prefix("192.0.2.1/24"));
  }

  get speaker(): Speaker {
    assert.ok(this.#speaker !== null, "the speaker runs");
    return this.#speaker;
  }

  async start(predecessor: Succession | null = null): Promise<void> {
    this.#stop = new AbortController();
    this.#mortal = new MortalClock(this.clock);
    const log =
      (level: string) =>
      (message: string, fields: LogFields = {}): void => {
        this.logged.push({ level, message, fields });
      };
    this.#speaker = new Speaker({
      table: this.table,
      virtualLinks: this.virtualLinks,
      network: this.network,
      clock: this.#mortal,
      log: { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") },
      ordersFile: this.ordersFile,
      slate: this.slate,
      // The clock stands still while somebody watches it.
      vigil: millis(0),
      recording: this.recording,
      identity: { pid: 1, speaker: `life-${++this.#lives}`, version: "test" },
    });
    this.#running = this.#speaker.run(this.#stop.signal, predecessor);
    await settle();
  }

  /** Another process takes over; it is shown to others as they are: through JSON. */
  async replace(): Promise<void> {
    const old = this.speaker;
    const running = this.#running;
    let answered: (answer: Answer) => void = () => undefined;
    const heir = (message: FromSpeaker): void => {
      const parsed = parseFromSpeaker(JSON.parse(JSON.stringify(message)));
      assert.ok(parsed.ok, "it is a message");
      if (parsed.message.type === "legacy") answered(parsed.message.legacy);
      else answered("later");
    };
    const succession: Succession = {
      ask: async () => {
        const answer = new Promise<Answer>((resolve) => {
          answered = resolve;
        });
        await old.bequest.offer(LEGACY_FORMAT, heir);
        return await answer;
      },
      dismiss: async () => {
        old.bequest.taken(heir);
        assert.equal(await running, "bequeathed");
      },
      stop: async () => assert.fail("it can be taken over from"),
    };
    await this.start(succession);
  }

  /** SIGKILL: what has been asked of the clock and the network is never heard of again. */
  kill(): void {
    this.#mortal.kill();
    this.network.closeAll();
    this.table.forgetWatchers();
    this.#speaker = null;
  }

  connect(): void {
    this.told = [];
    this.speaker.converse((message) => this.told.push(message));
  }

  async member(...routers: readonly VirtualRouter[]): Promise<void> {
    const revision = JSON.stringify(routers);
    this.speaker.receive({ type: "membership", revision, routers, retained: [], departed: [] });
    await settle();
  }

  async verdicts(...verdicts: readonly CheckVerdict[]): Promise<void> {
    this.speaker.receive({ type: "verdicts", verdicts });
    await settle();
  }

  /** SIGTERM: resolves when the process would have ended, the clock being moved on meanwhile. */
  async stop(): Promise<void> {
    this.#stop.abort();
    let hasEnded = false;
    const ended = this.#running.then(() => {
      hasEnded = true;
    });
    for (let step = 0; step < 200 && !hasEnded; step++) await this.clock.advance(100);
    assert.ok(hasEnded, "the speaker has stopped");
    await ended;
    this.#speaker = null;
  }

  /** The last that the agent was told. */
  get states(): readonly RouterStatus[] {
    return this.told.findLast((message) => message.type === "state")?.routers ?? [];
  }

  get status(): RouterStatus {
    const [first] = this.states;
    assert.ok(first !== undefined, "the agent was told of a router");
    return first;
  }

  get transitions(): readonly Transition[] {
    return this.told.flatMap((message) => (message.type === "transition" ? [message.transition] : []));
  }

  get moves(): readonly string[] {
    return this.transitions.map(({ from, to }) => `${from} -> ${to}`);
  }

  get isHolding(): boolean {
    return this.table.listing.includes("eth0 10.0.0.100/32 *");
  }
}
