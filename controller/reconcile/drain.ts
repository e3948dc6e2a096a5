/**
 * Whether this node is in service. A drain counts for the speaker as soon as it is begun, and for the disk when the node
 * holds nothing any more: an agent that dies in between has promised nothing, and the next one finds the node in service.
 * One that is forced counts for both at once.
 */
import { type Instant, since } from "../net/time.ts";
import {
  type Attempt,
  attemptOf,
  type Drain,
  type DrainAnswer,
  type DrainRefusal,
  type DrainReport,
  type DrainView,
  formatObjection,
  inWords,
  type Objection,
  type Outcome,
  objection,
  outcomeOf,
  phaseOf,
  virtualIPsOf,
} from "../plan/drain.ts";
import { objectionsTo } from "../plan/drain-objections.ts";
import type { DrainRequest } from "../plan/drain-request.ts";
import type { Clock } from "../port/clock.ts";
import { OperationFailure } from "../port/failure.ts";
import type { Log } from "../port/log.ts";
import type { SpeakerLink } from "../port/speaker-link.ts";
import type { StateFile } from "../port/state-file.ts";
import type { Looked } from "./desired.ts";
import { saveDrain } from "./drain-file.ts";
import { membershipOf } from "./membership.ts";

export interface DrainParts {
  readonly node: string;
  readonly file: StateFile;
  /** As the file said when the agent began. */
  readonly found: Drain | null;
  readonly link: SpeakerLink;
  readonly lookUp: () => Promise<Looked>;
  readonly clock: Clock;
  readonly log: Log;
  /** The speaker is to be told something else, and the status as well. */
  readonly changed: () => void;
}

type Begun = Attempt & { readonly begunAt: Instant };

interface Standing {
  readonly drain: Drain;
  /** null: it is settled, and on the disk. */
  readonly attempt: Begun | null;
  /** Routers that were held when it began. */
  readonly held: readonly string[];
}

export class NodeDrain {
  readonly #parts: DrainParts;
  #standing: Standing | null;
  #refusal: DrainRefusal | null = null;
  /** One thing at a time: two orders that cross would leave one on the disk and the other in force. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: DrainParts) {
    this.#parts = parts;
    this.#standing = parts.found === null ? null : { drain: parts.found, attempt: null, held: [] };
  }

  /** What counts for the speaker; null: in service. */
  get current(): Drain | null {
    return this.#standing?.drain ?? null;
  }

  report(): DrainReport | null {
    const { phase, drain } = this.view();
    return drain === null || phase === "InService" ? null : { ...drain, phase };
  }

  view(): DrainView {
    const { node, link } = this.#parts;
    const { routers } = link.state();
    const standing = this.#standing;
    return {
      node,
      phase: phaseOf(standing && { isSettled: standing.attempt === null }, routers),
      drain: standing && inWords(standing.drain),
      refusal: this.#refusal,
      virtualIPs: virtualIPsOf(routers, standing?.held ?? []),
    };
  }

  /** Begins; `view` shows what comes of it. A node that is drained already, or about to be, stays as it is. */
  begin(request: DrainRequest): Promise<DrainAnswer> {
    return this.#inTurn(async () => {
      const isEscalation = request.isForced && this.#standing?.attempt != null;
      if (this.#standing !== null && !isEscalation) return this.#answer([]);
      const looked = await this.#parts.lookUp();
      const objections = this.#objections(looked);
      if (objections.length > 0 && !request.isForced) return { ok: false, objections };
      await this.#start({ ...request, since: this.#parts.clock.wallTime() }, looked);
      return this.#answer(objections);
    });
  }

  /** Into service again; also ends a drain that is under way. Throws OperationFailure `store-refused`. */
  end(by: string): Promise<DrainView> {
    return this.#inTurn(async () => {
      const standing = this.#standing;
      if (standing === null) return this.view();
      if (standing.attempt === null) await saveDrain(this.#parts.file, null);
      else this.#refuse(standing, [objection(null, `${by} has ended the drain`)]);
      this.#standing = null;
      this.#parts.log.info("the node is in service again", { by });
      this.#parts.changed();
      return this.view();
    });
  }

  /** Looks what has come of a drain that is under way. `settled`: none is. */
  settle(): Promise<{ readonly settled: boolean }> {
    return this.#inTurn(async () => {
      const standing = this.#standing;
      if (standing === null || standing.attempt === null) return { settled: true };
      const outcome = await this.#look(standing.attempt);
      if (outcome.type === "drained") await this.#confirm(standing);
      if (outcome.type === "refused") this.#refuse(standing, outcome.objections);
      return { settled: outcome.type !== "under-way" };
    });
  }

  async #start(drain: Drain, { desired }: Looked): Promise<void> {
    const { file, clock, log, link, changed } = this.#parts;
    const attempt = attemptOf(desired.routers, link.state().routers);
    const { held } = attempt;
    if (drain.isForced) await saveDrain(file, drain);
    this.#standing = {
      drain,
      held,
      attempt: drain.isForced ? null : { ...attempt, begunAt: clock.now() },
    };
    this.#refusal = null;
    log.info("draining the node", { ...drain, held });
    changed();
  }

  async #look(attempt: Begun): Promise<Outcome> {
    const { link, lookUp, clock } = this.#parts;
    const { desired } = await lookUp();
    const { pid, membershipRevision, routers } = link.state();
    return outcomeOf(attempt, {
      membershipInForce: pid !== null && membershipRevision === membershipOf(desired).revision,
      routers,
      isLate: since(attempt.begunAt, clock.now()) > attempt.patience,
    });
  }

  async #confirm(standing: Standing): Promise<void> {
    const { file, log, changed } = this.#parts;
    const { drain } = standing;
    try {
      await saveDrain(file, drain);
    } catch (error) {
      if (!(error instanceof OperationFailure)) throw error;
      this.#refuse(standing, [
        objection(null, `that it is drained cannot be written down: ${error.message}`),
      ]);
      return;
    }
    this.#standing = { ...standing, attempt: null };
    log.info("the node is drained", { by: drain.by, reason: drain.reason });
    changed();
  }

  #refuse({ drain }: Standing, objections: readonly Objection[]): void {
    this.#standing = null;
    this.#refusal = { since: inWords(drain).since, objections };
    this.#parts.log.warn("the node is not drained, and stays in service", {
      by: drain.by,
      because: objections.map(formatObjection),
    });
    this.#parts.changed();
  }

  #inTurn<Result>(task: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(task);
    // Whoever asked is told of the failure; the next one is not stopped by it.
    this.#last = result.catch(() => undefined);
    return result;
  }

  #answer(warnings: readonly Objection[]): DrainAnswer {
    return { ok: true, view: this.view(), warnings };
  }

  #objections({ resources, desired }: Looked): readonly Objection[] {
    const { node, link } = this.#parts;
    const { pid, membershipRevision, routers } = link.state();
    return objectionsTo({
      node,
      resources,
      speakerPid: pid,
      membershipInForce: membershipRevision === membershipOf(desired).revision,
      routers,
      retained: desired.retained,
    });
  }
}
