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
  /** The configuration of each machine as it was written last. */
  #written = new WeakMap<object, RouterConfig>();
  #labels = new WeakMap<object, string>();
  /** How many machines have had a name: one that leaves and its successor run at the same time. */
  readonly #namesakes = new Map<string, number>();
  #part: number | null = null;

  constructor(sink: RecordingSink, version: string) {
    this.#sink = sink;
    this.#version = version;
  }

  /** `machine` tells machines of one name apart. */
  record(machine: object, name: string, { config, before, event, step, at, wall }: TakenStep): void {
    if (this.#sink.part !== this.#part) this.#begin();
    const written = this.#written.get(machine);
    this.#written.set(machine, config);
    const decided = decisionOf(step);
    const line = { router: this.#labelOf(machine, name), at, wall, event, decided };
    if (written === undefined) this.#sink.write(formatStep({ ...line, config, before }));
    else this.#sink.write(formatStep(written === config ? line : { ...line, config }));
  }

  /** What the machine does from here on does not follow from what it did before. */
  forget(machine: object): void {
    this.#written.delete(machine);
  }

  #begin(): void {
    this.#part = this.#sink.part;
    this.#written = new WeakMap();
    this.#labels = new WeakMap();
    this.#namesakes.clear();
    this.#sink.write(formatHead(this.#version));
  }

  #labelOf(machine: object, name: string): string {
    const known = this.#labels.get(machine);
    if (known !== undefined) return known;
    const count = (this.#namesakes.get(name) ?? 0) + 1;
    this.#namesakes.set(name, count);
    const label = count === 1 ? name : `${name} (${count})`;
    this.#labels.set(machine, label);
    return label;
  }
}
