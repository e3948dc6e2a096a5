/** What every scene of the demo needs: the lab, a voice, the client's prober, and an account of what the client saw. */
import { setTimeout as sleep } from "node:timers/promises";
import { refuse } from "../lab/command.ts";
import type { Lab } from "../lab/lab.ts";
import { runIn } from "../lab/machine.ts";
import { CLIENT } from "../lab/names.ts";
import { holdersOf, mailsOf, reportOf } from "../lab/observe.ts";
import { type Answer, type Prober, startProber } from "../lab/prober.ts";
import type { NginxReport } from "../plan/report.ts";
import type { RouterStatus } from "../vrrp/virtual-router.ts";
import type { Narrator } from "./narrator.ts";

export const A = "keepalive-a";
export const B = "keepalive-b";

const LOOK_MS = 10;
/** Answers to requests that were sent in the last moment of a scene are still on their way. */
const PROBE_TIMEOUT_MS = 260;

/** What the client saw of one scene, at one address. */
export interface Account {
  readonly what: string;
  readonly address: string;
  readonly longestMs: number;
  readonly asked: number;
  readonly unanswered: number;
  readonly apologies: number;
}

export class Stage {
  readonly lab: Lab;
  readonly voice: Narrator;
  readonly accounts: Account[] = [];
  readonly #addresses: readonly string[];
  #prober: Prober | null = null;

  constructor(lab: Lab, voice: Narrator) {
    this.lab = lab;
    this.voice = voice;
    this.#addresses = lab.record.topology.virtualIPs.flatMap(({ addresses }) => addresses);
  }

  async startAsking(): Promise<void> {
    this.#prober = await startProber(
      this.lab,
      this.#addresses.map((address) => `${address}:80`),
    );
  }

  async stopAsking(): Promise<void> {
    await this.#prober?.stop();
    this.#prober = null;
  }

  /** Resolves with the wall time at which it was seen to be so. Throws `lab-refused` when it is not in time. */
  async until(what: string, isSo: () => boolean | Promise<boolean>, withinMs: number): Promise<number> {
    const start = performance.now();
    for (let isTold = false; !(await isSo()); ) {
      const waited = performance.now() - start;
      if (waited > withinMs)
        throw refuse(`expected ${what} within ${withinMs / 1000} s, and it did not happen`);
      if (!isTold && waited > 200) this.voice.waiting(`until ${what}`);
      isTold ||= waited > 200;
      await sleep(LOOK_MS);
    }
    return Date.now();
  }

  untilHolder(address: string, node: string, withinMs: number): Promise<number> {
    const isSo = (): boolean => holdersOf(this.lab, address).join() === node;
    return this.until(`${address} is on ${node} alone`, isSo, withinMs);
  }

  /** The next mail of that node, after `seen` of them. */
  untilMail(node: string, seen: number): Promise<number> {
    return this.until(`${node} has sent its mail`, () => mailsOf(this.lab, node).length > seen, 10_000);
  }

  async router(node: string, name: string): Promise<RouterStatus | null> {
    const report = await reportOf(this.lab, node);
    return report?.speaker.routers.find((router) => router.name === `default/${name}`) ?? null;
  }

  async nginx(node: string): Promise<NginxReport | null> {
    return (await reportOf(this.lab, node))?.nginx ?? null;
  }

  /** As the seed's author did it: so many times curl, one after the other. */
  async curl(address: string, count: number): Promise<readonly string[]> {
    const loop = `for i in $(seq ${count}); do curl -s --max-time 2 http://${address} || echo "no answer"; done`;
    const text = await runIn(this.lab.at(CLIENT), ["bash", "-c", loop]);
    return text.split("\n").filter((line) => line !== "");
  }

  /** Closes a scene that began at `start`: what the client saw of it goes into the book. */
  async account(what: string, start: number, addresses = this.#addresses): Promise<readonly Account[]> {
    await sleep(PROBE_TIMEOUT_MS);
    const accounts = addresses.map((address) => this.#accountOf(what, address, start));
    this.accounts.push(...accounts);
    return accounts;
  }

  /** A sentence about the outage of one address. */
  async tellOutage(what: string, start: number, address: string): Promise<void> {
    const [account] = await this.account(what, start, [address]);
    if (account !== undefined) this.voice.remark(`The client: ${inWords(account)}.`);
  }

  #accountOf(what: string, address: string, start: number): Account {
    const target = `${address}:80`;
    const all = this.#prober?.answers.filter((answer) => answer.target === target && answer.asked >= start);
    const answers = all ?? [];
    // From a little before, so that there is a last good answer to count from.
    const outages = this.#prober?.outages(start - 500, isAnswered) ?? [];
    const own = outages
      .filter((outage) => outage.target === target && outage.to > start)
      .map(({ durationMs }) => durationMs);
    return {
      what,
      address,
      longestMs: Math.max(0, ...own),
      asked: answers.length,
      unanswered: answers.filter((answer) => !isAnswered(answer)).length,
      apologies: answers.filter(isApology).length,
    };
  }
}

/** A sorry page is an answer: the address and nginx do their work, and the visitor is told something. */
const isAnswered = (answer: Answer): boolean => answer.status === 200 || isApology(answer);
const isApology = ({ status, body }: Answer): boolean => status === 503 && body.includes("sorry");

/** `<h1> Web RS1 </h1>` in fewer letters. */
export const shortened = (page: string): string => page.replaceAll(/<\/?h1>|Web/g, "").trim();

function inWords({ longestMs, asked, unanswered, apologies }: Account): string {
  const pages = apologies === 0 ? "" : `, and the sorry page ${apologies} times`;
  return unanswered === 0
    ? `${asked} requests, every one answered${pages}`
    : `no answer for ${longestMs} ms (${unanswered} of ${asked} requests)${pages}`;
}
