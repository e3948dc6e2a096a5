/** Adds and removes addresses as they are planned, in batches, and says in the log what it has done. It chooses nothing. */
import type { Lifetime } from "../net/lifetime.ts";
import type { AddressAction } from "../plan/addresses.ts";
import type { AddressTable } from "../port/address-table.ts";
import { OperationFailure } from "../port/failure.ts";
import type { Log } from "../port/log.ts";
import { isDone, keyOf, type Outcome } from "./address-lists.ts";

/** So many are there before the next ones are asked for. */
export const BATCH_MAX = 64;
/** So many of the addresses that one pass has added or removed are named in the log. */
const LOGGED_MAX = 8;

export interface WorkSurface {
  readonly table: Pick<AddressTable, "add" | "remove">;
  readonly log: Log;
}

export class AddressWork {
  readonly #surface: WorkSurface;

  constructor(surface: WorkSurface) {
    this.#surface = surface;
  }

  /**
   * Many at once: the kernel answers each for itself, and takeover must not wait for one after the other. What is there is
   * told after each batch but the last, and may be announced while the next ones are on their way. `tell` answers what is wanted by then.
   * `held`: what carries our mark already; it becomes part of the outcome.
   */
  async perform(
    actions: readonly AddressAction[],
    held: Set<string>,
    lifetimes: ReadonlyMap<string, Lifetime>,
    tell: (soFar: Outcome) => ReadonlySet<string>,
  ): Promise<Outcome> {
    const outcome: Outcome = { held, refusals: new Map() };
    let rest = actions;
    while (rest.length > 0) {
      await Promise.all(rest.slice(0, BATCH_MAX).map((each) => this.#carryOut(each, lifetimes, outcome)));
      rest = rest.slice(BATCH_MAX);
      if (rest.length === 0) break;
      const wanted = tell(outcome);
      rest = rest.filter(({ type, address }) => type === "remove-address" || wanted.has(keyOf(address)));
    }
    // What is there is announced first.
    setImmediate(() => this.log(actions.filter((each) => isDone(each, outcome))));
    return outcome;
  }

  async #carryOut(
    { type, address }: AddressAction,
    lifetimes: ReadonlyMap<string, Lifetime>,
    { held, refusals }: Outcome,
  ): Promise<void> {
    const { table } = this.#surface;
    const key = keyOf(address);
    try {
      if (type === "add-address") {
        await table.add(address.interface, address.prefix, lifetimes.get(key) ?? null);
        held.add(key);
      } else {
        await table.remove(address.interface, address.prefix);
        held.delete(key);
      }
    } catch (error) {
      if (!(error instanceof OperationFailure)) throw error;
      refusals.set(key, error.message);
    }
  }

  /** A line for each kind, and not for each address: 250 lines would be written while somebody waits for the 250th address. */
  log(actions: readonly AddressAction[]): void {
    const kinds = new Map<string, AddressAction[]>();
    for (const action of actions) {
      const kind = `${action.type} ${action.because}`;
      const sameKind = kinds.get(kind);
      if (sameKind === undefined) kinds.set(kind, [action]);
      else sameKind.push(action);
    }
    for (const [first, ...others] of kinds.values()) {
      if (first === undefined) continue;
      const named = [first, ...others].slice(0, LOGGED_MAX).map(({ address }) => keyOf(address));
      const message = first.type === "add-address" ? "added addresses" : "removed addresses";
      const { because } = first;
      this.#surface.log.info(message, { addresses: named, count: 1 + others.length, because });
    }
  }
}
