/** Follows a lab from outside while the demo breaks it: what the nodes report, what the client gets, what was told by mail. */
import { shortName } from "../vrrp/priority.ts";
import type { RouterStatus } from "../vrrp/virtual-router.ts";
import { clientEntries } from "./demo-client.ts";
import { addressOf, nodeEntries, type Seen } from "./demo-events.ts";
import { type Message, messagesOf, statesTold } from "./demo-messages.ts";
import { statesSince } from "./demo-roles.ts";
import type { Entry } from "./demo-timeline.ts";
import type { Lab } from "./lab.ts";
import { reportOf } from "./observe.ts";
import { type Answer, answersSince, type Prober, startProber } from "./prober.ts";

/** The client gives a request up after 250 ms; until then nobody knows what becomes of it. */
const ANSWER_COMPLETE_MS = 300;

/** A change of role that was seen, in keepalived's words, to be held against what was told of it. */
export interface RoleSeen {
  readonly node: string;
  readonly virtualIP: string;
  readonly state: string;
  /** Wall time in ms. */
  readonly since: number;
}

export class Watch {
  readonly lab: Lab;
  #prober: Prober | null = null;
  readonly #reports = new Map<string, Seen>();
  readonly #told = new Set<string>();
  readonly rolesSeen: RoleSeen[] = [];
  /** How often a node had become master of a VirtualIP by the last look: `keepalive-a/web`. */
  readonly #masterships = new Map<string, number>();

  constructor(lab: Lab) {
    this.lab = lab;
  }

  /** From now on the client asks each address without pause. */
  async startAsking(): Promise<void> {
    this.#prober = await startProber(this.lab, this.targets);
  }

  /** What has come to light since the last look and happened after `since`; later looks may bring what happened earlier. */
  async look(since: number): Promise<readonly Entry[]> {
    const seen = await Promise.all(this.lab.members.map(({ name }) => this.#lookAt(name)));
    const client = this.targets.flatMap((target) => {
      const subject = this.targets.length > 1 ? `on ${target.split(":")[0]}: ` : "";
      // With the one before, without which nobody knows what has become another one.
      const answers = answersSince(this.#answers(target), since);
      // What began before is told of from now on.
      return clientEntries(answers, subject).map((entry) => ({ ...entry, at: Math.max(entry.at, since) }));
    });
    const told = this.messages().map(entryOf);
    return this.#news([...seen.flat(), ...client, ...told].filter(({ at }) => at >= since));
  }

  async #lookAt(node: string): Promise<Entry[]> {
    const before = this.report(node);
    const after = await reportOf(this.lab, node);
    this.#reports.set(node, after);
    for (const router of after?.speaker.routers ?? []) this.#note(node, router);
    return nodeEntries(before, after, this.lab.record.topology);
  }

  #note(node: string, router: RouterStatus): void {
    const { name, role, since, counters } = router;
    const virtualIP = shortName(name);
    const states = statesSince(this.#masterships.get(`${node}/${virtualIP}`) ?? 0, router);
    this.#masterships.set(`${node}/${virtualIP}`, counters.becameMaster);
    const last = this.rolesSeen.findLast((seen) => seen.node === node && seen.virtualIP === virtualIP);
    // The same once more is no news, also when the agent did not answer in between.
    if (last?.state === states.at(-1) && last?.since === since) return;
    // Every speaker begins with it, and is silent about it; nobody in this story is told to stop.
    if (role === "initialize") return;
    this.rolesSeen.push(...states.map((state) => ({ node, virtualIP, state, since })));
  }

  #news(entries: readonly Entry[]): readonly Entry[] {
    return entries.filter((entry) => {
      const key = `${entry.at} ${entry.who} ${entry.text}`;
      if (this.#told.has(key)) return false;
      this.#told.add(key);
      return true;
    });
  }

  report(node: string): Seen {
    return this.#reports.get(node) ?? null;
  }

  /** As the speaker of that node last said; null while the node is away. */
  router(node: string, address: string): RouterStatus | null {
    const routers = this.report(node)?.speaker.routers ?? [];
    return routers.find(({ name }) => addressOf(name, this.lab.record.topology) === address) ?? null;
  }

  /** Nodes that hold the address, by their own account. */
  mastersOf(address: string): readonly string[] {
    const members = this.lab.members.map(({ name }) => name);
    return members.filter((node) => this.router(node, address)?.role === "master");
  }

  get targets(): readonly string[] {
    return targetsOf(this.lab);
  }

  /** In the order in which they were asked, up to the last that is certainly complete. */
  answersOf(target: string, since: number): Answer[] {
    return this.#answers(target).filter(({ asked }) => asked >= since);
  }

  #answers(target: string): Answer[] {
    const until = Date.now() - ANSWER_COMPLETE_MS;
    return (this.#prober?.answers ?? [])
      .filter((answer) => answer.target === target && answer.asked <= until)
      .sort((one, other) => one.asked - other.asked);
  }

  /** How long the client was without a good page since then, all gaps together. */
  outage(target: string, since: number, isGood: (answer: Answer) => boolean): number {
    const outages = this.#prober?.outages(since, isGood) ?? [];
    return outages
      .filter((outage) => outage.target === target)
      .reduce((sum, { durationMs }) => sum + durationMs, 0);
  }

  messages(): readonly Message[] {
    return this.lab.members.flatMap(({ name }) => messagesOf(this.lab, name));
  }

  /** What was not told by mail or script as it was seen: once each and in order. Empty when all was. */
  untold(): readonly string[] {
    const messages = this.messages();
    return this.lab.members.flatMap(({ name: node }) =>
      this.lab.record.topology.virtualIPs.flatMap(({ name: virtualIP }) => {
        const own = messages.filter((message) => message.node === node);
        const seen = this.rolesSeen.filter((role) => role.node === node && role.virtualIP === virtualIP);
        const expected = seen.map(({ state }) => state).join(" ");
        return (["mail", "script"] as const).flatMap((way) => {
          const told = statesTold(own, way, virtualIP).join(" ");
          return told === expected ? [] : [`${node}, ${virtualIP}: was ${expected}; by ${way}: ${told}`];
        });
      }),
    );
  }

  async stop(): Promise<void> {
    await this.#prober?.stop();
    this.#prober = null;
  }
}

const entryOf = ({ at, node, way, text }: Message): Entry => ({
  at,
  who: node,
  text: way === "mail" ? `mails "${text}"` : `calls notify.sh ${text}`,
  tone: "message",
});

export const targetsOf = (lab: Lab): readonly string[] =>
  lab.record.topology.virtualIPs.flatMap(({ addresses, ports }) =>
    addresses.flatMap((address) => ports.map((port) => `${address}:${port}`)),
  );
