/**
 * What a disk may hold after the power was lost: from all that a program did to files, up to some instant. What was
 * flushed is there. Of what was not, each sector and each name may be there or not, as disks and file systems are free to
 * choose.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { unreachable } from "../../controller/net/unreachable.ts";
import type { Random } from "../simulation/random.ts";

/** What a disk writes whole or not at all. */
const SECTOR_BYTES = 512;

export type FileEvent =
  | { readonly type: "create"; readonly path: string; readonly kind: "file" | "directory" }
  | { readonly type: "rename"; readonly from: string; readonly path: string }
  | ({ readonly type: "write"; readonly path: string; readonly isFlushed: boolean } & Write)
  /** Of the bytes of a file, or of the names in a directory. */
  | { readonly type: "flush"; readonly path: string }
  | { readonly type: "print"; readonly text: string };

interface Write {
  readonly at: number;
  readonly bytes: Buffer;
}

interface Inode {
  readonly kind: "file" | "directory";
  readonly durable: Write[];
  pending: Write[];
}

/** That `path` leads to `inode` now, and `from` no longer does. */
interface NameChange {
  readonly path: string;
  readonly from: string | null;
  readonly inode: Inode;
}

export interface PowerLoss {
  /** A directory that was there before the program. */
  readonly root: string;
  readonly target: string;
  /** The index of the event during which it happens. */
  readonly cut: number;
  readonly random: Random;
}

/** Leaves in `target` what may be left of `root`. */
export function losePower(events: readonly FileEvent[], { root, target, cut, random }: PowerLoss): void {
  const disk = new Disk();
  for (const event of events.slice(0, cut)) disk.happen(event);
  const last = events[cut];
  // It is under way: any part of it may be there.
  if (last?.type === "write") disk.happen({ ...last, isFlushed: false });
  for (const [path, inode] of disk.namesAfterLoss(root, random)) {
    const place = join(target, path.slice(root.length));
    if (inode.kind === "directory") mkdirSync(place, { recursive: true });
    else writeFileSync(place, bytesAfterLoss(inode, random));
  }
}

class Disk {
  /** As the program sees them. */
  readonly #names = new Map<string, Inode>();
  /** As they are on disk for certain. */
  readonly #certain = new Map<string, Inode>();
  /** Changes that no flush of their directory has made certain yet, in their order. */
  #unsure: readonly NameChange[] = [];

  happen(event: FileEvent): void {
    switch (event.type) {
      case "create":
        if (!this.#names.has(event.path)) {
          this.#change({ ...event, from: null, inode: { kind: event.kind, durable: [], pending: [] } });
        }
        break;
      case "rename": {
        const inode = this.#names.get(event.from);
        if (inode !== undefined) this.#change({ ...event, inode });
        break;
      }
      case "write": {
        const inode = this.#names.get(event.path);
        if (event.isFlushed) inode?.durable.push(event);
        else inode?.pending.push(event);
        break;
      }
      case "flush":
        this.#flush(event.path);
        break;
      case "print":
        break;
      default:
        unreachable(event);
    }
  }

  /** What leads from `root`, which is there. A journal keeps the order of names: some first part of the changes is there. */
  namesAfterLoss(root: string, random: Random): readonly (readonly [string, Inode])[] {
    const names = new Map(this.#certain);
    const kept = Math.round(oddsOf(random) * this.#unsure.length);
    for (const change of this.#unsure.slice(0, kept)) settle(names, change);
    const isReachable = (path: string): boolean =>
      path.startsWith(`${root}/`) &&
      names.has(path) &&
      (dirname(path) === root || isReachable(dirname(path)));
    // Directories before what is in them.
    return [...names].filter(([path]) => isReachable(path)).sort(([a], [b]) => (a < b ? -1 : 1));
  }

  #change(change: NameChange): void {
    settle(this.#names, change);
    this.#unsure = [...this.#unsure, change];
  }

  #flush(path: string): void {
    const inode = this.#names.get(path);
    if (inode !== undefined) {
      inode.durable.push(...inode.pending);
      inode.pending = [];
    }
    const isIn = (change: NameChange): boolean => dirname(change.path) === path;
    for (const change of this.#unsure.filter(isIn)) settle(this.#certain, change);
    this.#unsure = this.#unsure.filter((change) => !isIn(change));
  }
}

function settle(names: Map<string, Inode>, { path, from, inode }: NameChange): void {
  if (from !== null) names.delete(from);
  names.set(path, inode);
}

function bytesAfterLoss({ durable, pending }: Inode, random: Random): Buffer {
  const odds = oddsOf(random);
  const sectors = pending.flatMap(sectorsOf).filter(() => random() < odds);
  const writes = [...durable, ...sectors];
  const bytes = Buffer.alloc(Math.max(0, ...writes.map(({ at, bytes: { length } }) => at + length)));
  for (const write of writes) write.bytes.copy(bytes, write.at);
  return bytes;
}

function sectorsOf({ at, bytes }: Write): Write[] {
  const sectors: Write[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    const length = SECTOR_BYTES - ((at + offset) % SECTOR_BYTES);
    sectors.push({ at: at + offset, bytes: bytes.subarray(offset, offset + length) });
    offset += length;
  }
  return sectors;
}

/** Of what is not certain, nothing, all or some is there. */
function oddsOf(random: Random): number {
  const chance = random();
  return chance < 0.3 ? 0 : chance < 0.6 ? 1 : random();
}
