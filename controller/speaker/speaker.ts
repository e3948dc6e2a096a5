/**
 * The speaker: owns this node's virtual addresses. It is told the membership and how the checks stand, and says which
 * roles that has made; between the two nobody is asked, and nothing waits for the agent.
 */
import { after, type Millis, millis } from "../net/time.ts";
import { unreachable } from "../net/unreachable.ts";
import type { AddressTable } from "../port/address-table.ts";
import type { Network } from "../port/advert-socket.ts";
import type { AlarmClock } from "../port/clock.ts";
import type { Log } from "../port/log.ts";
import type { RecordingSink } from "../port/recording-sink.ts";
import type { Slate } from "../port/slate.ts";
import type { StateFile } from "../port/state-file.ts";
import type { VirtualLinks } from "../port/virtual-links.ts";
import type { CheckVerdict } from "../vrrp/virtual-router.ts";
import { AddressKeeper } from "./address-keeper.ts";
import { Bequest } from "./bequest.ts";
import { Crew } from "./crew.ts";
import { DeadMan } from "./dead-man.ts";
import { Deadlines } from "./deadlines.ts";
import { Estate } from "./estate.ts";
import { LastOrders } from "./last-orders.ts";
import { type FromSpeaker, PROTOCOL_VERSION, type ToSpeaker } from "./messages.ts";
import { NO_ORDERS, type Orders } from "./orders.ts";
import type { Succession } from "./predecessor.ts";
import { Pulse } from "./pulse.ts";
import { Recorder } from "./recorder.ts";
import { StateReporter } from "./state-reporter.ts";
import { TransitionJournal } from "./transition-journal.ts";

export interface SpeakerSurface {
  readonly table: AddressTable;
  readonly virtualLinks: VirtualLinks;
  readonly network: Network;
  readonly clock: AlarmClock;
  readonly log: Log;
  readonly ordersFile: StateFile;
  readonly slate: Slate;
  /** For so long the end of a master's silence is waited for awake. */
  readonly vigil: Millis;
  /** `null`: nothing is recorded. */
  readonly recording: RecordingSink | null;
  readonly identity: SpeakerIdentity;
}

export interface SpeakerIdentity {
  readonly pid: number;
  /** Names this life of the process. */
  readonly speaker: string;
  readonly version: string;
}

/** Longer than the hand-over at any interval up to four seconds; at longer ones a stop does not wait for it to end. */
const STOP_SPAN_MAX = millis(10_000);

/** `bequeathed`: another speaker of this node has everything now, and nothing has been released. */
export type Ending = "handed-over" | "bequeathed";

export class Speaker {
  readonly #surface: SpeakerSurface;
  readonly #deadlines: Deadlines;
  readonly #crew: Crew;
  readonly #keeper: AddressKeeper;
  readonly #reporter: StateReporter;
  readonly #journal: TransitionJournal;
  readonly #lastOrders: LastOrders;
  readonly #stopping = new AbortController();
  readonly #bequeathed = new AbortController();
  readonly #estate: Estate;
  readonly #pulse: Pulse;
  readonly bequest: Bequest;
  #orders: Orders = NO_ORDERS;
  #send: ((message: FromSpeaker) => void) | null = null;
  #fateLeft: (() => void) | null = null;

  constructor(surface: SpeakerSurface) {
    const { clock, log, network, table, recording } = surface;
    this.#surface = surface;
    this.#deadlines = new Deadlines(clock, () => this.#crew.drain(), surface.vigil);
    const deadlines = this.#deadlines;
    this.#journal = new TransitionJournal(surface.identity.speaker, {
      clock,
      deadlines,
      log,
      written: (transition) => this.#send?.({ type: "transition", transition }),
    });
    this.#lastOrders = new LastOrders(surface.ordersFile, log);
    this.#pulse = new Pulse({ slate: surface.slate, clock, log });
    const deadMan = new DeadMan({ table, clock, log });
    this.#crew = new Crew({
      network,
      clock,
      deadlines,
      log,
      pulse: this.#pulse,
      recorder: recording === null ? null : new Recorder(recording, surface.identity.version),
      transition: (change) => this.#journal.note(change),
      changed: (fate) => this.#reporter.changed(fate),
      counted: () => this.#reporter.counted(),
      left: () => {
        this.#reporter.membershipChanged();
        this.#fateLeft?.();
      },
      beat: (line, beat) => deadMan.beat(line, beat),
      addressesWanted: () => this.#keeper.wake(),
      claimed: (lines) => this.#keeper.claim(lines),
      mayClaim: (lines) => this.#keeper.prepare(lines),
    });
    const fates = () => this.#crew.fates;
    this.#keeper = new AddressKeeper({
      table,
      virtualLinks: surface.virtualLinks,
      clock,
      deadlines,
      log,
      fates,
      seen: (links) => this.#crew.seen(links),
    });
    this.#reporter = new StateReporter({
      clock,
      deadlines,
      fates,
      membershipRevision: () => this.#orders.revision,
      beforeTelling: () => this.#journal.write(),
    });
    this.#estate = new Estate({
      crew: this.#crew,
      keeper: this.#keeper,
      journal: this.#journal,
      deadlines,
      clock,
      log,
      savedOrders: () => this.#lastOrders.load(),
      orders: () => this.#orders,
      isStopping: () => this.#stopping.signal.aborted,
      inherited: (orders) => {
        this.#orders = orders;
        if (orders.revision !== null) this.#lastOrders.save(orders);
      },
      receive: (message) => this.receive(message),
    });
    this.bequest = new Bequest({
      clock,
      log,
      freeze: () => this.#estate.freeze(),
      thaw: () => this.#estate.thaw(),
      goQuietly: () => this.#bequeathed.abort(),
    });
  }

  get identity(): SpeakerIdentity {
    return { ...this.#surface.identity, speaker: this.#journal.speaker };
  }

  /**
   * Serves until it is told to stop, and has then handed everything over; or until another speaker of this node has taken
   * over. With a `predecessor` it takes over from that one first.
   */
  async run(signal: AbortSignal, predecessor: Succession | null = null): Promise<Ending> {
    const hasInherited = predecessor !== null && (await this.#estate.succeed(predecessor));
    if (!hasInherited) await this.#resume();
    const keeping = new AbortController();
    // The first pass removes what a killed speaker has left behind, but for what goes on at once.
    const kept = this.#keeper.run(keeping.signal);
    const ends = [signal, this.#stopping.signal, this.#bequeathed.signal];
    await Promise.race([kept, aborted(AbortSignal.any(ends))]);
    if (this.#bequeathed.signal.aborted) this.#crew.abandon();
    else await this.#leave(kept);
    keeping.abort();
    await kept;
    this.#deadlines[Symbol.dispose]();
    this.bequest[Symbol.dispose]();
    this.#journal.write();
    this.#pulse.flush();
    await this.#lastOrders.flushed();
    this.#surface.log.info("stopped");
    return this.#bequeathed.signal.aborted ? "bequeathed" : "handed-over";
  }

  /** An agent has connected: tells it everything that it may not know. Call with `null` when it is gone. */
  converse(send: ((message: FromSpeaker) => void) | null): void {
    this.#journal.write();
    this.#send = send;
    if (send !== null) {
      send({ type: "hello", protocol: PROTOCOL_VERSION, ...this.identity });
      for (const transition of this.#journal.unacknowledged) send({ type: "transition", transition });
    }
    this.#reporter.tell(send);
  }

  receive(message: ToSpeaker): void {
    if (this.#estate.defers(message)) return;
    switch (message.type) {
      case "hello":
      case "succeed":
      case "taken":
        // The server's business.
        return;
      case "membership":
        this.#obey(message);
        return;
      case "verdicts":
        this.#judge(message.verdicts);
        return;
      case "acknowledge":
        this.#journal.acknowledge(message.sequence);
        return;
      case "stop":
        this.#stopping.abort();
        return;
      default:
        unreachable(message);
    }
  }

  async #leave(kept: Promise<void>): Promise<void> {
    this.#estate.thaw();
    this.#surface.log.info("handing over");
    await this.#handOver();
    // Whoever has not handed over in time lets go now, and so does the kernel.
    this.#crew[Symbol.dispose]();
    await Promise.race([kept, this.#keeper.settled()]);
  }

  async #resume(): Promise<void> {
    const [saved] = await Promise.all([this.#lastOrders.load(), this.#pulse.find()]);
    // An agent that was quicker knows better.
    if (this.#orders.revision !== null || saved.revision === null) return;
    this.#surface.log.info("resuming the last membership", { revision: saved.revision });
    const { verdicts } = this.#orders.verdicts.length > 0 ? this.#orders : saved;
    this.#orders = { ...saved, verdicts };
    this.#crew.judge(verdicts);
    this.#crew.apply(saved.routers, { retained: [], departed: [] });
    this.#reporter.membershipChanged();
  }

  #obey({ revision, routers, retained, departed }: Extract<ToSpeaker, { type: "membership" }>): void {
    if (this.#stopping.signal.aborted) return;
    const names = new Set(routers.map(({ name }) => name));
    const kept = this.#orders.routers.filter(({ name }) => retained.includes(name) && !names.has(name));
    this.#orders = { ...this.#orders, revision, routers: [...routers, ...kept] };
    this.#crew.apply(routers, { retained, departed });
    this.#lastOrders.save(this.#orders);
    this.#reporter.membershipChanged();
  }

  /**
   * "Pending" does not take back an answer: it comes from an agent that has just started and knows less than we do. A
   * master whose checks have no weight would give up its addresses at every restart of the agent.
   */
  #judge(verdicts: readonly CheckVerdict[]): void {
    const known = new Map(this.#orders.verdicts.map((verdict) => [verdict.check, verdict]));
    const merged = verdicts.map((verdict) =>
      verdict.verdict === "pending" ? (known.get(verdict.check) ?? verdict) : verdict,
    );
    const isNews = JSON.stringify(merged) !== JSON.stringify(this.#orders.verdicts);
    if (!isNews) return;
    this.#orders = { ...this.#orders, verdicts: merged };
    this.#crew.judge(merged);
    if (this.#orders.revision !== null) this.#lastOrders.save(this.#orders);
  }

  async #handOver(): Promise<void> {
    const { clock } = this.#surface;
    const done = new Promise<void>((resolve) => {
      this.#fateLeft = () => {
        if (this.#crew.isEmpty) resolve();
      };
      this.#deadlines.set(this, after(clock.now(), STOP_SPAN_MAX), resolve);
    });
    this.#crew.handOver();
    if (!this.#crew.isEmpty) await done;
    this.#fateLeft = null;
    this.#deadlines.clear(this);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
