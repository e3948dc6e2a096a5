/** What the reconciler asks of nginx on this node. */

export interface NginxWorker {
  readonly pid: number;
  /** Release that this worker serves; null when it has not answered. */
  readonly release: string | null;
}

export interface PortHolder {
  readonly port: number;
  readonly pid: number;
  /** Kernel name of the process, e.g. `httpd`. */
  readonly process: string;
}

/** nginx as it stands in the world now: read from /proc, the release directories and the workers themselves. */
export interface NginxState {
  readonly installed: boolean;
  /** Version, e.g. `1.22.1`; null when not installed. */
  readonly version: string | null;
  /** The master that runs our configuration; null when there is none. */
  readonly master: { readonly pid: number } | null;
  /** Workers that accept connections, by the release each one serves. */
  readonly workers: readonly NginxWorker[];
  /** Workers of ours whose master is gone: they still hold the ports. */
  readonly orphans: readonly number[];
  /** Release that `current` names, which a (re)start would serve. */
  readonly currentRelease: string | null;
  /** The last release that every worker was seen to serve. */
  readonly lastGoodRelease: string | null;
  /** Releases that nginx has refused, with its words; a mark beside the release on disk. */
  readonly refused: readonly { readonly release: string; readonly output: string }[];
  /** Foreign processes that listen on ports which the desired release wants. */
  readonly portHolders: readonly PortHolder[];
}

/** A rendered configuration. `id` is the first twelve hex digits of the SHA-256 of `text` before the id is put in. */
export interface NginxRelease {
  readonly id: string;
  readonly text: string;
  /** Ports on which the release listens. */
  readonly ports: readonly number[];
}

export interface NginxHost {
  /** `wantedPorts`: those whose foreign holders are to be named. */
  observe(wantedPorts: readonly number[]): Promise<NginxState>;
  /**
   * Writes the release to disk (fsynced) and has nginx test it away from the live ports. Throws `nginx-test-failed` with
   * nginx's words after marking the release as refused. Does not touch `current`.
   */
  stage(release: NginxRelease): Promise<void>;
  /** Points `current` at a staged release, atomically. */
  activate(id: string): Promise<void>;
  /** Starts nginx on `current`, detached from us. Resolves once a worker answers. Throws `nginx-start-failed`. */
  start(): Promise<void>;
  /**
   * Has the master reload and waits until every worker serves `id`. Throws `nginx-reload-failed` with the words of the
   * error log when it does not come to that.
   */
  reload(id: string): Promise<void>;
  /** Marks a release that did not come alive, so that the planner turns back to the last good one. */
  refuse(id: string, output: string): Promise<void>;
  /** Marks `id` as served by every worker, and removes releases that nobody needs. */
  markGood(id: string): Promise<void>;
  /** Lets orphaned workers finish their requests and close their ports; resolves when the ports are free. */
  retireOrphans(pids: readonly number[]): Promise<void>;
  /** Graceful stop (SIGQUIT); only for `--stop-nginx`. */
  stop(): Promise<void>;
  /** Calls back when the master may have died or `portHolders` may have changed. Look again. */
  onChange(changed: () => void): Disposable;
}
