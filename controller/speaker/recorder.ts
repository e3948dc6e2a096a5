/** Writes down what the machines of this node are fed and what they decide, as `holdfast replay` reads it. */
import type { Instant, WallTime } from "../net/time.ts";
import type { RecordingSink } from "../port/recording-sink.ts";
import { decisionOf, formatHead, formatStep } from "../vrrp/recording.ts";
import type { RouterConfig, RouterEvent, RouterState, Step } from "../vrrp/state.ts";

export interface TakenStep {
  readonly config: RouterConfig;
  readonly before: RouterState;
  readonly event: RouterEvent;
  readonly step: Step;
  readonly at: Instant;
  readonly wall: WallTime;
}

export class Recorder {
  readonly #sink: RecordingSink;
  readonly #version: string;
  /** The configuration of each router as it was written last. */
  readonly #written = new Map<string, RouterConfig>();
  #part: number | null = null;

  constructor(sink: RecordingSink, version: string) {
    this.#sink = sink;
    this.#version = version;
  }

  record(router: string, { config, before, event, step, at, wall }: TakenStep): void {
    if (this.#sink.part !== this.#part) {
      this.#part = this.#sink.part;
      this.#written.clear();
      this.#sink.write(formatHead(this.#version));
    }
    const written = this.#written.get(router);
    this.#written.set(router, config);
    const decided = decisionOf(step);
    const line = { router, at, wall, event, decided };
    if (written === undefined) this.#sink.write(formatStep({ ...line, config, before }));
    else this.#sink.write(formatStep(written === config ? line : { ...line, config }));
  }

  /** The router is gone; one that comes back under the name begins anew. */
  forget(router: string): void {
    this.#written.delete(router);
  }
}
