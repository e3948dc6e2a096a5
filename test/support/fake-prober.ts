/** Targets that are well or unwell as a test says, answer as slowly as it says, and never as two at once unseen. */
import type { Check, Probe, ProbeAnswer } from "../../controller/health/probe.ts";
import { type Instant, type Millis, millis } from "../../controller/net/time.ts";
import type { Clock } from "../../controller/port/clock.ts";
import type { Prober } from "../../controller/port/prober.ts";

export class FakeTarget {
  answer: ProbeAnswer = { healthy: true, because: "well" };
  /** How long the next answers take. */
  slowness = millis(0);
  /** How long a probe that was called off takes to end. */
  reluctance = millis(0);
  /** When each probe began. */
  readonly asked: Instant[] = [];
  isBeingAsked = false;
  readonly hints = new Set<() => void>();

  succeed(because = "well"): void {
    this.answer = { healthy: true, because };
  }

  fail(because = "unwell"): void {
    this.answer = { healthy: false, because };
  }

  hint(): void {
    for (const hint of [...this.hints]) hint();
  }
}

export class FakeProber implements Prober {
  readonly #clock: Clock;
  readonly #targets = new Map<string, FakeTarget>();
  underWay = 0;
  mostUnderWay = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  target(name: string): FakeTarget {
    const target = this.#targets.get(name) ?? new FakeTarget();
    this.#targets.set(name, target);
    return target;
  }

  async probe(probe: Probe, _timeout: Millis, signal: AbortSignal): Promise<ProbeAnswer> {
    const target = this.target(nameOf(probe));
    if (target.isBeingAsked) throw new Error(`${nameOf(probe)} is asked twice at once`);
    target.isBeingAsked = true;
    target.asked.push(this.#clock.now());
    this.underWay += 1;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
    // What it would say now, however late the answer arrives.
    const { answer } = target;
    await this.#clock.sleep(target.slowness, signal);
    if (signal.aborted) await this.#clock.sleep(target.reluctance, new AbortController().signal);
    this.underWay -= 1;
    target.isBeingAsked = false;
    return signal.aborted ? { healthy: false, because: "called off" } : answer;
  }

  onHint(probe: Probe, hint: () => void): Disposable {
    const { hints } = this.target(nameOf(probe));
    hints.add(hint);
    return { [Symbol.dispose]: () => hints.delete(hint) };
  }
}

function nameOf(probe: Probe): string {
  switch (probe.type) {
    case "process":
      return probe.name;
    case "file":
      return probe.path;
    case "exec":
      return probe.command.join(" ");
    case "neighbour":
      return probe.address;
    default:
      return `${probe.host}:${probe.port}`;
  }
}

/** A process check at intervals of 1 s, fall 2 and rise 2, whose target has the check's name. */
export function aCheck(id: string, different: Partial<Check> = {}): Check {
  return {
    id,
    probe: { type: "process", name: id },
    interval: millis(1000),
    timeout: millis(500),
    fall: 2,
    rise: 2,
    jitter: 0,
    initialState: "pending",
    ...different,
  };
}
