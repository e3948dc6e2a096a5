/**
 * Brings the store in line with a directory of manifests, and says how far that went.
 *
 * Level-triggered: a wake carries no news. Each pass reads all that is there, has the planner decide, and writes what it
 * decided in one go; so that rejections need not be kept across a restart: the files are read again.
 */
import { type Millis, millis, rfc3339, rfc3339Seconds } from "../net/time.ts";
import type { Happening } from "../object/event-object.ts";
import { planningOf, type SourcePlan } from "../plan/source.ts";
import type { Applier } from "../plan/source-declare.ts";
import type { SourceFile } from "../plan/source-files.ts";
import type { Settled } from "../plan/source-meet.ts";
import type { Clock } from "../port/clock.ts";
import { OperationFailure } from "../port/failure.ts";
import type { Log } from "../port/log.ts";
import type { ManifestDirectory } from "../port/manifest-files.ts";
import type { ResourceStore } from "../port/resource-store.ts";
import type { Rejection } from "../resource/rejection.ts";
import { isSame } from "../resource/same.ts";
import { FileParser, type ManifestReader } from "./file-parser.ts";
import { inSlices } from "./in-slices.ts";
import { happeningOf, OverruledMemory, overruledInWords } from "./overruled-fields.ts";

/** More help nobody. */
const REJECTIONS_MAX = 1000;
const RETRY_FIRST = millis(200);
const RETRY_LAST = millis(60_000);

export interface SourceStatus {
  /** `directory:/etc/holdfast/manifests`. */
  readonly source: string;
  /** false while the directory is out of sight; what it had created stays as it is. */
  readonly available: boolean;
  /** Why nothing is applied at the moment: the directory is out of sight, or the store refuses. */
  readonly problem: string | null;
  readonly files: number;
  /** How many resources the store has from this source. */
  readonly resources: number;
  /** The first REJECTIONS_MAX. */
  readonly rejections: readonly Rejection[];
  readonly warnings: readonly Rejection[];
  /** Where files prevailed over what others had set, in the last hour, and what cannot go because of its finalizers. */
  readonly notices: readonly Rejection[];
  /** RFC 3339: when the store was last brought in line; null until then. */
  readonly appliedAt: string | null;
}

export interface DirectorySourceOptions {
  readonly directory: ManifestDirectory;
  readonly store: ResourceStore;
  readonly reader: ManifestReader;
  readonly applier: Omit<Applier, "now">;
  /** What operators are told in events. */
  readonly happened: (happenings: readonly Happening[]) => void;
  readonly clock: Clock;
  readonly log: Log;
}

export class DirectorySource {
  readonly #options: DirectorySourceOptions;
  readonly #overruled = new OverruledMemory();
  #settled: Settled = new Map();
  readonly #parser: FileParser;
  readonly #listeners = new Set<() => void>();
  #status: SourceStatus;
  #isAwake = false;
  #interrupt: (() => void) | null = null;

  constructor(options: DirectorySourceOptions) {
    this.#options = options;
    this.#parser = new FileParser(options.reader);
    this.#status = {
      source: `directory:${options.directory.path}`,
      available: false,
      problem: "not read yet",
      files: 0,
      resources: 0,
      rejections: [],
      warnings: [],
      notices: [],
      appliedAt: null,
    };
  }

  status(): SourceStatus {
    return this.#status;
  }

  /** Calls back after each change of `status`. */
  onChange(changed: () => void): Disposable {
    const listener = (): void => changed();
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) };
  }

  /** Has the directory read again, as `SIGHUP` does. */
  wake(): void {
    this.#isAwake = true;
    this.#interrupt?.();
  }

  async run(signal: AbortSignal): Promise<void> {
    const { directory, store } = this.#options;
    using _files = directory.onChange(() => this.wake());
    // An object that another source gives up may be one that was rejected here.
    using _objects = store.onChange(() => this.wake());
    for (let failures = 0; !signal.aborted; ) {
      this.#isAwake = false;
      failures = (await this.#pass()) ? 0 : failures + 1;
      if (!this.#isAwake) await this.#doze(failures, signal);
    }
  }

  /** Resolves false when it has to be tried again. */
  async #pass(): Promise<boolean> {
    const { directory, store, clock } = this.#options;
    const { source } = this.#status;
    const listing = await directory.read();
    const stored = await store.list();
    if (!listing.available) {
      const resources = stored.filter(({ provenance }) => provenance.source === source).length;
      this.#report({ available: false, problem: listing.message, resources });
      return true;
    }
    const { files, warnings } = await inSlices(this.#parser.parsing(listing), clock);
    const together = this.#parser.together();
    const applier = this.#applier();
    const settled = this.#settled;
    const plan = await inSlices(
      planningOf({ source, files, stored, checkTogether: together.check, applier, settled }),
      clock,
    );
    this.#settled = plan.settled;
    const problem = await this.#write(plan);
    const outcome = { files, plan, warnings: [...warnings, ...together.warnings()] };
    this.#reportPass(outcome, problem);
    return problem === null;
  }

  #applier(): Applier {
    const { applier, clock } = this.#options;
    return { ...applier, now: rfc3339Seconds(clock.wallTime()) };
  }

  /** What the store said to it, if it refused. */
  async #write(plan: SourcePlan): Promise<string | null> {
    if (plan.actions.length === 0) return null;
    for (const { write, because } of plan.actions)
      this.#options.log.debug("a manifest changes", { type: write.type, because });
    try {
      await this.#options.store.write(plan.actions.map(({ write }) => write));
      this.#tellOverruled(plan);
      return null;
    } catch (error) {
      if (!(error instanceof OperationFailure)) throw error;
      // Somebody wrote since the store was listed: the plan is old, so make another at once.
      if (error.detail.code === "store-conflict") this.wake();
      else this.#options.log.warn("the store refuses manifests", { error: error.message });
      return error.message;
    }
  }

  #tellOverruled({ actions }: SourcePlan): void {
    const { clock, log, happened } = this.#options;
    const overruled = actions.flatMap((action) => action.overruled ?? []);
    this.#overruled.note(overruled, clock.wallTime());
    for (const each of overruled) log.warn("a manifest prevails", { what: overruledInWords(each) });
    happened(overruled.map(happeningOf));
  }

  #reportPass(
    {
      files,
      plan,
      warnings,
    }: { files: readonly SourceFile[]; plan: SourcePlan; warnings: readonly Rejection[] },
    problem: string | null,
  ): void {
    const before = this.#status.appliedAt;
    this.#overruled.note([], this.#options.clock.wallTime());
    const isNews = plan.actions.length > 0 || before === null;
    const appliedAt = problem === null && isNews ? rfc3339(this.#options.clock.wallTime()) : before;
    this.#report({
      available: true,
      problem,
      files: files.length,
      resources: plan.resources,
      rejections: plan.rejections.slice(0, REJECTIONS_MAX),
      warnings: warnings.slice(0, REJECTIONS_MAX),
      notices: [...plan.waiting, ...this.#overruled.notices()].slice(0, REJECTIONS_MAX),
      appliedAt,
    });
  }

  #report(change: Partial<SourceStatus>): void {
    const next = { ...this.#status, ...change };
    if (isSame(next, this.#status)) return;
    this.#status = next;
    for (const listener of [...this.#listeners]) listener();
  }

  async #doze(failures: number, signal: AbortSignal): Promise<void> {
    const interrupted = new AbortController();
    this.#interrupt = () => interrupted.abort();
    const either = AbortSignal.any([signal, interrupted.signal]);
    const pause =
      failures > 0 ? retryAfter(failures) : this.#overruled.untilNews(this.#options.clock.wallTime());
    if (pause === null) await aborted(either);
    else await this.#options.clock.sleep(pause, either);
    this.#interrupt = null;
  }
}

function retryAfter(failures: number): Millis {
  return millis(Math.min(RETRY_LAST, RETRY_FIRST * 2 ** (failures - 1)));
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
