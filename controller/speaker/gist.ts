/**
 * All that one event can change in the statuses besides counters. Most events, one per interval, change nothing of it, so
 * the look is made for every packet: it compares, and builds nothing.
 */
import type { RouterState } from "../vrrp/machine.ts";
import type { HeardLast } from "./fate-status.ts";

/** What of a line is told and may change with every packet. */
export interface Told {
  /** Why the last advertisement could not be sent. */
  readonly failure: string | null;
  readonly lastHeard: HeardLast | null;
}

type Part = string | number | null | undefined;

export class Gist {
  readonly #seen: Part[] = [];
  #hasChanged = false;

  /** Whether something differs from the last time. */
  changes(state: RouterState, lines: readonly Told[]): boolean {
    const length = 2 + 3 * lines.length;
    this.#hasChanged = this.#seen.length !== length;
    // To set it to what it is would be a call to the runtime for every packet.
    if (this.#hasChanged) this.#seen.length = length;
    this.#note(0, state.role);
    this.#note(1, detailOf(state));
    let at = 2;
    for (const { failure, lastHeard } of lines) {
      this.#note(at++, failure);
      this.#note(at++, lastHeard?.address);
      this.#note(at++, lastHeard?.priority);
    }
    return this.#hasChanged;
  }

  #note(at: number, part: Part): void {
    if (this.#seen[at] === part) return;
    this.#seen[at] = part;
    this.#hasChanged = true;
  }
}

function detailOf(state: RouterState): string | null {
  if (state.role === "master") return state.isListening ? "listening" : state.leaving;
  if (state.role !== "backup") return null;
  return state.isMuted ? "muted" : state.watch;
}
