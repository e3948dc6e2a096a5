/**
 * The agent's side of the conversation: connects to the speaker, starts one when none answers, and keeps the picture that
 * the speaker paints. A speaker that already runs, started by whomever, is adopted by being connected to.
 */
import { connect, type Socket } from "node:net";
import { type Millis, millis, since } from "../net/time.ts";
import { unreachable } from "../net/unreachable.ts";
import type { Membership } from "../plan/membership.ts";
import type { Clock } from "../port/clock.ts";
import { OperationFailure } from "../port/failure.ts";
import type { Log } from "../port/log.ts";
import type { SpeakerLink, SpeakerState } from "../port/speaker-link.ts";
import type { CheckVerdict, Transition } from "../vrrp/virtual-router.ts";
import { LineStream } from "./line-stream.ts";
import { parseFromSpeaker } from "./message-table.ts";
import { type FromSpeaker, PROTOCOL_VERSION, type ToSpeaker, TRANSITIONS_KEPT_MAX } from "./messages.ts";
import { newsOf } from "./news.ts";

export interface LinkSurface {
  readonly socketPath: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Starts a speaker that outlives us; resolves when it has been started, not when it listens. `null`: never start one. */
  readonly startSpeaker: ((how: "first" | "replacing") => Promise<void>) | null;
  /** Ours. A speaker of another one is replaced, if we may start one. */
  readonly version: string;
}

const NOT_CONNECTED: SpeakerState = { pid: null, membershipRevision: null, routers: [] };
/** The first attempts follow quickly: a speaker that was just started listens after some 100 ms. */
const RETRY_PAUSE_MIN = millis(20);
const RETRY_PAUSE_MAX = millis(1_000);
/** A speaker that dies at once is not started oftener than this. */
const START_PAUSE = millis(2_000);

export class UnixSpeakerLink implements SpeakerLink {
  readonly #surface: LinkSurface;
  readonly #watchers = new Set<() => void>();
  readonly #listeners = new Set<(transition: Transition) => void>();
  #state = NOT_CONNECTED;
  /** What those who watch were told last; null: nothing of this speaker yet. */
  #told: string | null = null;
  #lines: LineStream<FromSpeaker, ToSpeaker> | null = null;
  #mayConverse = false;
  #unacknowledged: Transition[] = [];
  #startedAt: number | null = null;
  #isStopping = false;
  #lastVerdicts: readonly CheckVerdict[] | null = null;
  /** The speaker, by pid, that was to be replaced by one of our version. */
  #replaced: number | null = null;

  constructor(surface: LinkSurface) {
    this.#surface = surface;
  }

  state(): SpeakerState {
    return this.#state;
  }

  setMembership(membership: Membership): void {
    this.#say({ type: "membership", ...membership });
  }

  setVerdicts(verdicts: readonly CheckVerdict[]): void {
    this.#lastVerdicts = verdicts;
    this.#say({ type: "verdicts", verdicts });
  }

  acknowledge(sequence: number): void {
    this.#unacknowledged = this.#unacknowledged.filter((transition) => transition.sequence > sequence);
    this.#say({ type: "acknowledge", sequence });
  }

  onChange(changed: () => void): Disposable {
    this.#watchers.add(changed);
    return { [Symbol.dispose]: () => this.#watchers.delete(changed) };
  }

  /** Whoever begins to listen is first told what is unacknowledged. */
  onTransition(happened: (transition: Transition) => void): Disposable {
    for (const transition of this.#unacknowledged) happened(transition);
    this.#listeners.add(happened);
    return { [Symbol.dispose]: () => this.#listeners.delete(happened) };
  }

  /**
   * Keeps the connection until the signal aborts. The speaker stays; see `stopSpeaker`. `tried` is called, each time, when a speaker has
   * been found, or been started, or could not be.
   */
  async run(signal: AbortSignal, tried: () => void = () => undefined): Promise<void> {
    let pause: Millis = RETRY_PAUSE_MIN;
    while (!signal.aborted) {
      const socket = await this.#connect();
      if (socket !== null) {
        tried();
        const began = this.#surface.clock.now();
        await this.#converse(socket, signal);
        this.#forget();
        // Two agents that replace each other must not do so at full speed.
        const wasBrief = since(began, this.#surface.clock.now()) < RETRY_PAUSE_MAX;
        pause = wasBrief ? millis(Math.min(pause * 2, RETRY_PAUSE_MAX)) : RETRY_PAUSE_MIN;
      } else {
        if (!(await this.#start())) pause = millis(Math.min(pause * 2, RETRY_PAUSE_MAX));
        tried();
      }
      await this.#surface.clock.sleep(pause, signal);
    }
  }

  /**
   * Has the speaker hand over and end, and starts no other. Resolves when it is gone, or after `span`. It has a connection
   * of its own, so that `run` goes on hearing the transitions to which the hand-over leads.
   */
  async stopSpeaker(span: Millis): Promise<void> {
    this.#isStopping = true;
    const socket = await this.#connect();
    if (socket === null) return;
    const waited = new AbortController();
    const gone = closing(socket);
    const stop: ToSpeaker = { type: "stop" };
    socket.write(`${JSON.stringify(stop)}\n`);
    socket.resume();
    await Promise.race([gone, this.#surface.clock.sleep(span, waited.signal)]);
    waited.abort();
    socket.destroy();
  }

  async #connect(): Promise<Socket | null> {
    const socket = connect(this.#surface.socketPath);
    return await new Promise((resolve) => {
      socket.once("connect", () => resolve(socket));
      socket.once("error", () => resolve(null));
    });
  }

  async #converse(socket: Socket, signal: AbortSignal): Promise<void> {
    const hangUp = (): void => socket.destroySoon();
    signal.addEventListener("abort", hangUp);
    // It may have come while the connection was being made.
    if (signal.aborted) hangUp();
    socket.on("error", (error) =>
      this.#surface.log.debug("the speaker's connection broke", { because: error.message }),
    );
    const closed = closing(socket);
    const lines = new LineStream<FromSpeaker, ToSpeaker>(socket, parseFromSpeaker, {
      received: (message) => this.#receive(message),
      malformed: (reason) =>
        this.#surface.log.error("the speaker sent what is no message", { because: reason }),
    });
    this.#lines = lines;
    lines.send({ type: "hello", protocol: PROTOCOL_VERSION });
    await closed;
    signal.removeEventListener("abort", hangUp);
  }

  #receive(message: FromSpeaker): void {
    switch (message.type) {
      case "hello":
        this.#greet(message);
        return;
      case "state": {
        const { membershipRevision, routers } = message;
        this.#state = { ...this.#state, membershipRevision, routers };
        this.#tell(JSON.stringify([membershipRevision, newsOf(routers)]));
        return;
      }
      case "transition":
        this.#unacknowledged.push(message.transition);
        // The speaker itself keeps no more, and tells them again after a reconnection.
        if (this.#unacknowledged.length > TRANSITIONS_KEPT_MAX) this.#unacknowledged.shift();
        for (const happened of [...this.#listeners]) happened(message.transition);
        return;
      case "legacy":
      case "refused":
        // Of no concern to an agent.
        return;
      default:
        unreachable(message);
    }
  }

  #greet({ protocol, pid, version }: Extract<FromSpeaker, { type: "hello" }>): void {
    const { log, startSpeaker } = this.#surface;
    // What is not acknowledged is told again from the first on.
    this.#unacknowledged = [];
    this.#mayConverse = protocol === PROTOCOL_VERSION;
    if (this.#mayConverse) {
      this.#state = { ...NOT_CONNECTED, pid };
      this.#told = null;
      log.info("connected to the speaker", { pid, version });
      // One that has just taken over from another may not have heard the last ones.
      if (this.#lastVerdicts !== null) this.setVerdicts(this.#lastVerdicts);
    } else {
      log.error("the speaker speaks another protocol", { theirs: protocol, ours: PROTOCOL_VERSION, version });
    }
    // One that we may start we may also replace.
    const isOfOurs = this.#mayConverse && version === this.#surface.version;
    if (!isOfOurs && startSpeaker !== null && this.#replaced !== pid) void this.#replace(pid, version);
  }

  /** By a speaker of our own version, which takes over from it where it stands; once, since trying again would not help. */
  async #replace(pid: number, version: string): Promise<void> {
    const { log, startSpeaker, version: ours } = this.#surface;
    this.#replaced = pid;
    try {
      await startSpeaker?.("replacing");
      log.info("started a speaker that replaces the one that runs", { pid, version, ours });
    } catch (error) {
      if (!(error instanceof OperationFailure)) throw error;
      log.error("cannot start a speaker that replaces the one that runs", { because: error.message });
    }
  }

  /** Counters alone wake nobody: they change all the time, and to look at everything for them costs more than all other rest. */
  #tell(news: string): void {
    if (news === this.#told) return;
    this.#told = news;
    this.#wake();
  }

  #forget(): void {
    this.#lines = null;
    this.#mayConverse = false;
    this.#state = NOT_CONNECTED;
    this.#surface.log.info("lost the speaker");
    this.#wake();
  }

  /** Whether one has been started just now. */
  async #start(): Promise<boolean> {
    const { clock, log, startSpeaker } = this.#surface;
    const now = clock.now();
    const isTooSoon = this.#startedAt !== null && now - this.#startedAt < START_PAUSE;
    if (startSpeaker === null || this.#isStopping || isTooSoon) return false;
    this.#startedAt = now;
    try {
      await startSpeaker("first");
      log.info("started a speaker");
      return true;
    } catch (error) {
      if (!(error instanceof OperationFailure)) throw error;
      log.error("cannot start a speaker", { because: error.message });
      return false;
    }
  }

  #say(message: ToSpeaker): void {
    if (this.#mayConverse) this.#lines?.send(message);
  }

  #wake(): void {
    for (const changed of [...this.#watchers]) changed();
  }
}

/** However it closes. */
function closing(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once("error", () => resolve());
    socket.once("close", () => resolve());
  });
}
