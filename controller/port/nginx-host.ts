/** What the reconciler asks of nginx on this node. */
import type { NginxRelease } from "../nginx/release.ts";
import type { NginxState } from "../nginx/state.ts";

/**
 * A release goes through `stage`, `activate`, `start` or `reload`, and `markGood`, in this order; each throws when the step
 * before it is not done. A refusal that lies in the configuration is marked on disk as a refusal of the release, before the
 * failure is thrown; one that lies in the world (port taken, disk full, name not found) leaves no mark, for it may pass.
 */
export interface NginxHost {
  /** `wantedPorts`: those whose foreign holders are to be named, beside those of the releases on disk. */
  observe(wantedPorts: readonly number[]): Promise<NginxState>;
  /**
   * Writes the release to disk (fsynced) and has nginx test it away from the live ports. Throws `nginx-test-failed` with
   * nginx's words. Does not touch `current`.
   */
  stage(release: NginxRelease): Promise<void>;
  /** Points `current` at a staged release, atomically. */
  activate(id: string): Promise<void>;
  /**
   * Starts nginx on `current`, detached from us. It takes the listening sockets of orphans over, so that no connection is
   * refused meanwhile. Resolves once a worker answers. Throws `nginx-start-failed`.
   */
  start(): Promise<void>;
  /**
   * Has the master reload and waits until every worker serves `id`, which `current` must name. Throws `nginx-reload-failed`
   * with the words of the error log when it does not come to that.
   */
  reload(id: string): Promise<void>;
  /** Marks a release that does harm, so that the planner turns back to the last good one and never tries it again. */
  refuse(id: string, output: string): Promise<void>;
  /** Marks `id` as served by every worker, and removes releases that nobody needs. */
  markGood(id: string): Promise<void>;
  /** Lets orphaned workers finish their requests; resolves when they accept no connections any more. */
  retireOrphans(pids: readonly number[]): Promise<void>;
  /** Graceful stop (SIGQUIT): nothing to do when nginx does not run. Resolves when the master is gone. */
  stop(): Promise<void>;
  /** Calls back when the master may have died or the foreign holders of ports may have changed. Look again. */
  onChange(changed: () => void): Disposable;
}
