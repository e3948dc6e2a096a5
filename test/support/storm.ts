/**
 * A storm of writes to a store: what one write of it is, what the store must hold after some of them, and what it does
 * hold. The writer tells each write before it asks for it, so that whoever watches knows all that may have happened.
 */
import { unreachable } from "../../controller/net/unreachable.ts";
import type { QueuedItem, ResourceStore } from "../../controller/port/resource-store.ts";
import type { ResourceStatus } from "../../controller/resource/meta.ts";
import { between, pick, type Random } from "../simulation/random.ts";
import { checkKey, checkManifest, from, putOf } from "./stored-manifests.ts";

export const STORM_QUEUE = "storm";

/** Few, so that most writes change what is there, and the store stays small. */
const NAMES = 60;
/** Beyond a page of LMDB, so that records take pages of their own. */
const PATH_CHARACTERS_MAX = 9000;

export type StormAct =
  | { readonly act: "set"; readonly name: string; readonly path: string }
  | { readonly act: "remove"; readonly name: string };

export type StormWrite = { readonly id: number } & (
  | { readonly kind: "objects"; readonly acts: readonly StormAct[] }
  | { readonly kind: "status"; readonly name: string; readonly why: string }
  | { readonly kind: "enqueue" | "dequeue"; readonly item: string }
);

/** What the writer prints, one a line: a write that it is about to ask for, or one that was acknowledged. */
export type StormLine =
  | { readonly asks: StormWrite }
  | { readonly acknowledged: number; readonly version: string };

/** No two writes say the same, so that what is found names the write that it came from. */
export function randomWrite(random: Random, id: number): StormWrite {
  const name = `n${between(random, 1, NAMES)}`;
  const chance = random();
  if (chance < 0.1) return { id, kind: "status", name, why: `status ${id}` };
  if (chance < 0.15) return { id, kind: "enqueue", item: `item-${id}` };
  if (chance < 0.2) return { id, kind: "dequeue", item: `item-${id - between(random, 1, 40)}` };
  const acts = Array.from({ length: pick(random, [1, 1, 2, 5]) }, (): StormAct => {
    const other = `n${between(random, 1, NAMES)}`;
    if (random() < 0.25) return { act: "remove", name: other };
    const padding = "x".repeat(between(random, 0, PATH_CHARACTERS_MAX));
    return { act: "set", name: other, path: `/${id}/${padding}` };
  });
  return { id, kind: "objects", acts };
}

export function askFor(store: ResourceStore, write: StormWrite): Promise<void> {
  switch (write.kind) {
    case "status":
      return store.writeStatus(checkKey(write.name), statusOf(write.why));
    case "enqueue":
      return store.enqueue(STORM_QUEUE, [{ id: write.item, payload: write.item }]);
    case "dequeue":
      return store.dequeue(STORM_QUEUE, [write.item]);
    case "objects":
      return store.write(
        write.acts.map((each) =>
          each.act === "remove"
            ? { type: "delete", key: checkKey(each.name) }
            : putOf(checkManifest(each.name, { path: each.path }), from("storm.yaml"), {
                generation: write.id,
              }),
        ),
      );
    default:
      return unreachable(write);
  }
}

const statusOf = (why: string): ResourceStatus => ({
  observedGeneration: 1,
  conditions: [],
  nodes: [{ node: "a", state: "Healthy", since: "2026-01-01T00:00:00Z", why }],
});

export interface StormView {
  /** Path, generation and status, by name. */
  readonly objects: Readonly<Record<string, readonly [path: string, generation: number, why: string]>>;
  readonly queue: readonly string[];
}

/** What a store holds after some writes. */
export class StormModel {
  readonly #objects: Map<string, readonly [path: string, generation: number, why: string]>;
  #queue: readonly string[];

  constructor({ objects, queue }: StormView) {
    this.#objects = new Map(Object.entries(objects));
    this.#queue = queue;
  }

  view(): StormView {
    const objects = [...this.#objects].sort(([a], [b]) => (a < b ? -1 : 1));
    return { objects: Object.fromEntries(objects), queue: this.#queue };
  }

  apply(write: StormWrite): void {
    switch (write.kind) {
      case "objects":
        for (const act of write.acts) this.#act(act, write.id);
        break;
      case "status": {
        const [path, generation] = this.#objects.get(write.name) ?? [];
        if (path !== undefined && generation !== undefined) {
          this.#objects.set(write.name, [path, generation, write.why]);
        }
        break;
      }
      case "enqueue":
        this.#queue = [...this.#queue, write.item];
        break;
      case "dequeue":
        this.#queue = this.#queue.filter((item) => item !== write.item);
        break;
      default:
        unreachable(write);
    }
  }

  #act(act: StormAct, id: number): void {
    if (act.act === "remove") {
      this.#objects.delete(act.name);
      return;
    }
    this.#objects.set(act.name, [act.path, id, ""]);
  }
}

export async function viewOf(store: ResourceStore): Promise<StormView> {
  const objects = (await store.list()).map(({ resource }) => {
    const { name, generation } = resource.metadata;
    const path = (resource.spec as { file: { path: string } }).file.path;
    return [name, [path, generation, resource.status?.nodes[0]?.why ?? ""]] as const;
  });
  const queued: readonly QueuedItem[] = await store.queued(STORM_QUEUE, Number.MAX_SAFE_INTEGER);
  return { objects: Object.fromEntries(objects), queue: queued.map(({ id }) => id) };
}

/** Which objects a write has to do with. */
export function namesIn(write: StormWrite): readonly string[] {
  if (write.kind === "objects") return write.acts.map(({ name }) => name);
  return write.kind === "status" ? [write.name] : [];
}
