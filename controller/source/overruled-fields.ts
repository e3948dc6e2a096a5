/** Remembers for a while where files had to prevail over what others had set, so that an operator who looks is told of it. */
import { type Millis, millis, rfc3339, type WallTime } from "../net/time.ts";
import type { Happening } from "../object/event-object.ts";
import type { OverruledFields } from "../plan/source.ts";
import { formatKey, keyOf } from "../resource/meta.ts";
import type { Rejection } from "../resource/rejection.ts";

/** As long as Kubernetes keeps its events. */
const REMEMBERED = millis(3_600_000);
/** One for each object; the oldest go first. */
const OBJECTS_MAX = 100;
/** Of one object. */
const FIELDS_TOLD_MAX = 5;

interface Memory {
  readonly fields: OverruledFields;
  readonly count: number;
  readonly last: WallTime;
}

export class OverruledMemory {
  /** By `formatKey`; the one that happened last stands last. */
  readonly #memories = new Map<string, Memory>();

  note(overruled: readonly OverruledFields[], now: WallTime): void {
    for (const fields of overruled) {
      const key = formatKey(keyOf(fields.resource));
      const count = (this.#memories.get(key)?.count ?? 0) + 1;
      this.#memories.delete(key);
      this.#memories.set(key, { fields, count, last: now });
    }
    for (const [key, { last }] of this.#memories) {
      const isOld = now - last >= REMEMBERED;
      if (isOld || this.#memories.size > OBJECTS_MAX) this.#memories.delete(key);
    }
  }

  notices(): Rejection[] {
    return [...this.#memories].map(([resource, { fields, count, last }]) => {
      const { file, line } = fields;
      const often = count === 1 ? "" : `, ${count} times so far`;
      const message = `${resource}: ${overruledInWords(fields)}, at ${rfc3339(last)}${often}`;
      return { file, line, column: 1, path: "", resource, message };
    });
  }

  /** Until there is something to forget; null: there is nothing. */
  untilNews(now: WallTime): Millis | null {
    const [oldest] = this.#memories.values();
    return oldest === undefined ? null : millis(Math.max(0, oldest.last + REMEMBERED - now));
  }
}

export function overruledInWords({ fields }: OverruledFields): string {
  const shown = fields.slice(0, FIELDS_TOLD_MAX).join(", ");
  const more = fields.length > FIELDS_TOLD_MAX ? ` and ${fields.length - FIELDS_TOLD_MAX} more` : "";
  return `set back what others had set: ${shown}${more}`;
}

/** For `kubectl describe` and `kubectl get events`. */
export const happeningOf = (overruled: OverruledFields): Happening => ({
  resource: overruled.resource,
  type: "Warning",
  reason: "SetBack",
  message: `${overruled.file}:${overruled.line} ${overruledInWords(overruled)}`,
});
