/** Parses the files of a listing, each text once. */
import type { SourceFile } from "../plan/source-files.ts";
import type { Listing } from "../port/manifest-files.ts";
import type { Located, ParsedManifests } from "../resource/parse.ts";
import type { Rejection } from "../resource/rejection.ts";

/** How text becomes manifests: `parseManifests` and `crossCheck`, or what a test puts in their place. */
export interface ManifestReader {
  parse(file: string, text: string): ParsedManifests;
  /**
   * What is wrong or doubtful between manifests. Of two that contradict each other, the one that comes first is right. What
   * is `refused` by itself is not missing, only broken: who refers to it is not to blame.
   */
  check(manifests: readonly Located[], refused: readonly Rejection[]): Omit<ParsedManifests, "manifests">;
}

export interface TogetherCheck {
  readonly check: (manifests: readonly Located[]) => readonly Rejection[];
  /** Of the last check. */
  readonly warnings: () => readonly Rejection[];
}

export interface ParsedFiles {
  readonly files: readonly SourceFile[];
  readonly warnings: readonly Rejection[];
}

interface KnownFile {
  readonly text: string;
  readonly parsed: ParsedManifests;
}

export class FileParser {
  readonly #reader: ManifestReader;
  /** What the last listing held, so that the files that stayed the same need not be parsed again. */
  #known = new Map<string, KnownFile>();

  constructor(reader: ManifestReader) {
    this.#reader = reader;
  }

  /** Pauses after each file. */
  *parsing(listing: Extract<Listing, { available: true }>): Generator<void, ParsedFiles> {
    const known = new Map<string, KnownFile>();
    for (const { path, text } of listing.files) {
      const before = this.#known.get(path);
      const parsed = before?.text === text ? before.parsed : this.#reader.parse(path, text);
      known.set(path, { text, parsed });
      if (parsed !== before?.parsed) yield;
    }
    this.#known = known;
    const readable = [...known].map(([path, { parsed }]): SourceFile => ({ path, ...parsed }));
    const unreadable = listing.unreadable.map(({ path, message }): SourceFile => {
      const rejection = { file: path, line: 0, column: 0, path: "", resource: null, message };
      return { path, manifests: [], rejections: [rejection] };
    });
    const warnings = [...known.values()].flatMap(({ parsed }) => parsed.warnings);
    return { files: [...readable, ...unreadable], warnings };
  }

  together(): TogetherCheck {
    let warnings: readonly Rejection[] = [];
    const refused = [...this.#known.values()].flatMap(({ parsed }) => parsed.rejections);
    return {
      check: (manifests) => {
        const found = this.#reader.check(manifests, refused);
        warnings = found.warnings;
        return found.rejections;
      },
      warnings: () => warnings,
    };
  }
}
