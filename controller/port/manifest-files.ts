/** The manifests of one directory, as they stand now. */

export interface ManifestFile {
  /** Relative to the directory, with `/`. */
  readonly path: string;
  readonly text: string;
}

export type Listing =
  | {
      readonly available: true;
      readonly files: readonly ManifestFile[];
      /**
       * Files that are there but could not be read or are too large, and why. A sub-directory that could not be listed is
       * here too and stands for all files below it. None of them is gone.
       */
      readonly unreadable: readonly { readonly path: string; readonly message: string }[];
    }
  /** The directory cannot be read. Its manifests are then not gone, only out of sight. */
  | { readonly available: false; readonly message: string };

export interface ManifestDirectory {
  /** For messages and provenance: the path as the operator wrote it. */
  readonly path: string;
  read(): Promise<Listing>;
  /** Calls back when something may have changed, after the writing has been quiet for a moment. Look again. */
  onChange(changed: () => void): Disposable;
}
