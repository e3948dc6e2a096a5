/** What has happened lately, as events; in memory, for events are news. The history of roles is kept elsewhere. */
import { eventObject, type Happening, sameness, type Told } from "../object/event-object.ts";
import type { Clock } from "../port/clock.ts";
import type { Collection } from "./collection.ts";
import { LiveCollection } from "./live-collection.ts";

/** The oldest go first. */
const EVENTS_MAX = 1000;

export interface EventLogParts {
  readonly node: string;
  readonly clock: Clock;
  readonly newUid: () => string;
}

export class EventLog {
  readonly #parts: EventLogParts;
  readonly #collection: LiveCollection;
  /** By `sameness`; the one that happened last stands last. */
  readonly #told = new Map<string, Told>();
  #count = 0;

  constructor(parts: EventLogParts) {
    this.#parts = parts;
    this.#collection = new LiveCollection(parts.clock.wallTime());
  }

  get collection(): Collection {
    return this.#collection;
  }

  tell(happenings: readonly Happening[]): void {
    if (happenings.length === 0) return;
    const { node } = this.#parts;
    const told = new Set(happenings.map((happening) => this.#note(happening)));
    const gone = this.#forgetOldest();
    const shown = [...told].flatMap((key) => this.#told.get(key) ?? []);
    // Only what has changed: to show a thousand anew takes some 7 ms of the agent's only thread.
    this.#collection.change({
      shown: shown.map((event) => eventObject(event, node)),
      gone: gone.map((event) => eventObject(event, node)),
    });
  }

  /** Returns its `sameness`. */
  #note(happening: Happening): string {
    const { clock, newUid } = this.#parts;
    const key = sameness(happening);
    const known = this.#told.get(key);
    const now = clock.wallTime();
    this.#told.delete(key);
    this.#told.set(
      key,
      known === undefined
        ? { name: this.#nameFor(happening, now), uid: newUid(), happening, first: now, last: now, count: 1 }
        : { ...known, happening, last: now, count: known.count + 1 },
    );
    return key;
  }

  #forgetOldest(): Told[] {
    const oldest = [...this.#told].slice(0, Math.max(0, this.#told.size - EVENTS_MAX));
    for (const [key] of oldest) this.#told.delete(key);
    return oldest.map(([, event]) => event);
  }

  /** As Kubernetes names them: the object, and a number that no other has. */
  #nameFor({ resource }: Happening, now: number): string {
    this.#count += 1;
    return `${resource.metadata.name}.${now.toString(16)}${this.#count.toString(16).padStart(4, "0")}`;
  }
}
