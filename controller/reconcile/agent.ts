/**
 * The agent: loops that look, plan and act, each waked by whatever may have changed, and none waiting for another. A
 * verdict about this node has a loop of its own, so that no reload of nginx delays a failover.
 */
import type { Check } from "../health/probe.ts";
import { type Millis, millis } from "../net/time.ts";
import { concerns } from "../plan/concern.ts";
import type { Audience } from "../plan/desired.ts";
import type { Drain } from "../plan/drain.ts";
import { type Foreseen, foreseen } from "../plan/foresight.ts";
import { fitnessVerdicts } from "../plan/membership.ts";
import type { AgentReport, SourceReport } from "../plan/report.ts";
import type { CheckStanding } from "../plan/seen.ts";
import type { Clock } from "../port/clock.ts";
import type { Log } from "../port/log.ts";
import type { NginxHost } from "../port/nginx-host.ts";
import type { ResourceStore } from "../port/resource-store.ts";
import type { SecretFiles } from "../port/secret-files.ts";
import type { SpeakerLink } from "../port/speaker-link.ts";
import type { StateFile } from "../port/state-file.ts";
import { hasKey, type Resource, type ResourceKey } from "../resource/meta.ts";
import type { Transition } from "../vrrp/virtual-router.ts";
import { DesiredMemory, type DesiredParts, desiredOf, type Looked } from "./desired.ts";
import { NodeDrain } from "./drain.ts";
import { type Pass, ReconcileLoop } from "./loop.ts";
import { membershipPass } from "./membership.ts";
import { type ProxyView, proxyPass } from "./proxy.ts";
import { saveStandings } from "./standings.ts";
import { type Onlooker, reportOf, type StatusParts, statusPass } from "./status.ts";
import { followTransitions } from "./transitions.ts";

/** Edits and verdicts that come together are served by one pass. */
const SPACING = millis(20);
/** A file that holds a password may be another without anybody's word. */
const RESYNC = millis(30_000);
/** The kernel tells of nginx's death; to look for all else reads half of /proc, and asks each worker several times. */
const NGINX_RESYNC = millis(60_000);
/** The status is for people: they do not read faster. */
const STATUS_SPACING = millis(100);
const NOTHING_FORESEEN: Foreseen = { plan: [], warnings: [] };
const NOBODY: Audience = { notify: [], addresses: [], group: null };

export interface CheckRunner {
  setChecks(checks: readonly Check[]): void;
  standings(): ReadonlyMap<string, CheckStanding>;
  /** Calls back when a verdict has changed. */
  onChange(changed: () => void): Disposable;
}

export interface SourceView {
  report(): SourceReport;
  onChange(changed: () => void): Disposable;
  wake(): void;
}

export interface AgentParts {
  readonly node: string;
  readonly namespace: string;
  readonly version: string;
  readonly store: ResourceStore;
  readonly link: SpeakerLink;
  readonly checks: CheckRunner;
  /** null: nginx is not ours to run. */
  readonly nginx: NginxHost | null;
  readonly nginxPlace: { readonly statusSocket: string; readonly runtimeDir: string };
  readonly sources: readonly SourceView[];
  readonly secrets: SecretFiles;
  readonly standingsFile: StateFile;
  readonly drainFile: StateFile;
  /** As the file said when the agent began. */
  readonly drained: Drain | null;
  /** Makes a transition durable, as history and as notifications. */
  readonly keepTransition: (transition: Transition, audience: Audience) => Promise<void>;
  readonly onlooker: Onlooker;
  readonly clock: Clock;
  readonly log: Log;
  /** 0 to 1. */
  readonly random: () => number;
}

export class Agent {
  readonly #parts: AgentParts;
  readonly #membership: ReconcileLoop;
  readonly #fitness: ReconcileLoop;
  readonly #proxy: ReconcileLoop | null;
  readonly #status: ReconcileLoop;
  readonly #drain: ReconcileLoop;
  readonly #statusParts: StatusParts;
  /** Whether this node is in service. */
  readonly drain: NodeDrain;
  /** Of every router seen in this life of the agent: its last transition comes after its manifest is gone. */
  readonly #audiences = new Map<string, Audience>();
  readonly #memory = new DesiredMemory();
  #proxyView: ProxyView | null = null;

  constructor(parts: AgentParts) {
    this.#parts = parts;
    const { link, log, clock, checks, nginx, random } = parts;
    const lookUp = (): Promise<Looked> => this.#lookUp();
    const standings = () => checks.standings();
    const loop = (name: string, pass: Pass, spacing: Millis, resync = RESYNC): ReconcileLoop =>
      new ReconcileLoop({ name, pass, clock, log, spacing, resync, random });
    const setChecks = (wanted: readonly Check[]): void => checks.setChecks(wanted);
    const tell = (view: ProxyView): void => {
      this.#proxyView = view;
      this.#status.wake();
    };
    this.drain = new NodeDrain({
      ...parts,
      file: parts.drainFile,
      found: parts.drained,
      lookUp,
      changed: () => this.#onDrain(),
    });
    this.#drain = loop("drain", () => this.drain.settle(), SPACING);
    this.#membership = loop(
      "membership",
      membershipPass({ lookUp, link, setChecks, standings, log }),
      SPACING,
    );
    this.#fitness = loop("fitness", () => this.#tellFitness(), millis(0));
    this.#proxy =
      nginx === null
        ? null
        : loop("nginx", proxyPass({ lookUp, host: nginx, clock, log, tell }), SPACING, NGINX_RESYNC);
    this.#statusParts = {
      ...parts,
      startedAt: clock.wallTime(),
      lookUp,
      standings,
      proxy: () => this.#proxyView,
      sources: () => parts.sources.map((source) => source.report()),
      drain: () => this.drain.report(),
    };
    this.#status = loop("status", statusPass(this.#statusParts), STATUS_SPACING);
  }

  /** Looks at everything again, as SIGHUP asks. */
  wake(): void {
    for (const source of this.#parts.sources) source.wake();
    this.#wakeAll();
  }

  report(): Promise<AgentReport> {
    return reportOf(this.#statusParts);
  }

  /** Converges until `signal` aborts. What was converged stays as it is. */
  async run(signal: AbortSignal): Promise<void> {
    const { store, link, checks, nginx, sources } = this.#parts;
    const watches = [
      store.onChange(() => this.#wakeAll()),
      link.onChange(() => this.#onSpeaker()),
      checks.onChange(() => this.#wakeAll()),
      ...(nginx === null ? [] : [nginx.onChange(() => this.#proxy?.wake())]),
      ...sources.map((source) => source.onChange(() => this.#status.wake())),
    ];
    const loops = [this.#membership, this.#fitness, this.#proxy, this.#status, this.#drain];
    try {
      await Promise.all(loops.map((loop) => loop?.run(signal)));
    } finally {
      for (const watch of watches) watch[Symbol.dispose]();
    }
  }

  /** Hears transitions until `signal` aborts: longer than `run`, since the hand-over at the end is one. */
  followTransitions(signal: AbortSignal): Promise<void> {
    const { link, clock, log, keepTransition: keep } = this.#parts;
    return followTransitions(
      { link, clock, log, keep, audienceOf: (router) => this.#audienceOf(router) },
      signal,
    );
  }

  /**
   * nginx has nothing to do with what the speaker reports, and looking at nginx costs more than all the rest.
   */
  #onSpeaker(): void {
    const { pid, membershipRevision } = this.#parts.link.state();
    if (pid !== null && membershipRevision === null) this.#fitness.wake();
    this.#membership.wake();
    this.#status.wake();
    this.#drain.wake();
  }

  #onDrain(): void {
    this.#membership.wake();
    this.#status.wake();
    this.#drain.wake();
  }

  #wakeAll(): void {
    this.#fitness.wake();
    this.#membership.wake();
    this.#proxy?.wake();
    this.#status.wake();
  }

  async #tellFitness(): Promise<{ settled: boolean }> {
    const { link, checks, standingsFile } = this.#parts;
    const { desired } = await this.#lookUp();
    const standings = checks.standings();
    link.setVerdicts(fitnessVerdicts(desired.routers, standings));
    await saveStandings(standingsFile, standings);
    return { settled: true };
  }

  /** What would come of it on this node if `next` took the place of the object of its name; or, `null`, if that went. */
  async foresee(key: ResourceKey, next: Resource | null): Promise<Foreseen> {
    const parts = this.#desiredParts();
    const before = await this.#memory.lookUp(parts);
    const former = before.resources.find((resource) => hasKey(resource, key));
    const isNothing = [former, next ?? undefined].every(
      (resource) => resource === undefined || !concerns(resource, parts.node, before.desired),
    );
    if (isNothing) return NOTHING_FORESEEN;
    const others = before.resources.filter((resource) => !hasKey(resource, key));
    const after = await desiredOf(next === null ? others : [...others, next], parts);
    return foreseen(parts.node, before.desired, after.desired);
  }

  #desiredParts(): DesiredParts {
    const { nginxPlace, checks, ...parts } = this.#parts;
    return {
      ...parts,
      standings: () => checks.standings(),
      nginx: nginxPlace,
      drain: this.drain.current,
    };
  }

  async #lookUp(): Promise<Looked> {
    const looked = await this.#memory.lookUp(this.#desiredParts());
    for (const [router, audience] of looked.desired.audiences) this.#audiences.set(router, audience);
    return looked;
  }

  async #audienceOf(router: string): Promise<Audience> {
    await this.#lookUp();
    return this.#audiences.get(router) ?? NOBODY;
  }
}
