/** What a client without nginx in between sees of an address: an echo request each few milliseconds. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { deadline } from "./deadline.ts";
import type { SpeakerLab } from "./speaker-lab.ts";

const INTERVAL_MS = 2;
/** `[1795514495.246923] 64 bytes from 10.9.0.100: icmp_seq=17 ttl=64 time=0.04 ms` */
const REPLY = /^\[([\d.]+)\] \d+ bytes from .*icmp_seq=(\d+) /;
export class ClientPings {
  readonly #child: ChildProcess;
  readonly #replies: { readonly at: number; readonly sequence: number }[] = [];

  constructor(child: ChildProcess) {
    this.#child = child;
    if (child.stdout === null) throw new Error("ping was started without a pipe");
    createInterface({ input: child.stdout }).on("line", (line) => this.#read(line));
  }

  get count(): number {
    return this.#replies.length;
  }

  /** Requests up to the last answered one that were not. Of 65,536 at most: the number has 16 bits. */
  get lost(): number {
    const sequences = this.#replies.map(({ sequence }) => sequence);
    return sequences.length === 0 ? 0 : Math.max(...sequences) - new Set(sequences).size;
  }

  /**
   * The longest time between two replies, the later one after `since`, between which requests went without an answer: a
   * busy machine makes the client itself pause, and that is no outage. Call it when the pings have stopped.
   */
  outage(since: number): number {
    return this.outageWithin(since, Number.POSITIVE_INFINITY);
  }

  outageWithin(since: number, until: number): number {
    const gaps = this.#replies.slice(1).map(({ at, sequence }, index) => {
      const before = this.#replies[index] ?? { at, sequence };
      return { at, gap: sequence > before.sequence + 1 ? at - before.at : 0 };
    });
    return Math.max(0, ...gaps.filter(({ at }) => at >= since && at < until).map(({ gap }) => gap));
  }

  async replied(withinMs = 5_000): Promise<void> {
    const before = this.count;
    await deadline("the client is answered", () => this.count > before + 2, withinMs);
  }

  async stop(): Promise<void> {
    const gone = once(this.#child, "close");
    // ping prints what it has, and ends.
    this.#child.kill("SIGINT");
    await gone;
  }

  #read(line: string): void {
    const [, stamp, sequence] = REPLY.exec(line) ?? [];
    if (stamp === undefined) return;
    this.#replies.push({ at: Number(stamp) * 1000, sequence: Number(sequence) });
  }
}

/** Resolves when the address answers. */
export async function pingFromSwitch(lab: SpeakerLab, address: string): Promise<ClientPings> {
  const child = lab.spawn(["ping", "-n", "-D", "-i", `${INTERVAL_MS / 1000}`, address]);
  const pings = new ClientPings(child);
  await pings.replied();
  return pings;
}
