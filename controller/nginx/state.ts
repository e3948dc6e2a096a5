/** nginx as it stands in the world: read from /proc, the release directories and the workers themselves. */

export interface NginxWorker {
  readonly pid: number;
  /** Release that this worker serves; null when it has not answered. */
  readonly release: string | null;
}

export interface PortHolder {
  readonly port: number;
  /** 0 when it cannot be told, because the holder is out of sight (another pid namespace). */
  readonly pid: number;
  /** Kernel name of the holder, e.g. `httpd`. */
  readonly name: string;
}

export interface StagedRelease {
  readonly id: string;
  readonly ports: readonly number[];
}

export interface NginxState {
  readonly installed: boolean;
  /** Version, e.g. `1.22.1`; null when not installed. */
  readonly version: string | null;
  /** The master that runs our configuration; null when there is none. */
  readonly master: { readonly pid: number } | null;
  /** Workers of the master that accept connections. */
  readonly workers: readonly NginxWorker[];
  /** Workers of ours whose master is gone and that accept connections still: they hold the ports. */
  readonly orphans: readonly number[];
  /** Releases on disk that nginx has tested and found good. */
  readonly staged: readonly StagedRelease[];
  /** Release that `current` names, which a (re)start would serve. */
  readonly currentRelease: string | null;
  /** The last release that every worker was seen to serve. */
  readonly lastGoodRelease: string | null;
  /** Releases that nginx has refused, with its words; a mark beside the release on disk. */
  readonly refused: readonly { readonly release: string; readonly output: string }[];
  /** Foreign holders of ports that the desired, the current or the last good release wants. */
  readonly portHolders: readonly PortHolder[];
}
