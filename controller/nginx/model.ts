/** What nginx on this node is to do, free of references and defaults: the renderer needs nothing else. */
import type { IpAddress } from "../net/ip.ts";
import type { Millis } from "../net/time.ts";

export interface ProxyModel {
  readonly node: string;
  readonly pools: readonly Pool[];
  /** Unix socket on which each worker tells its release: `GET /release` → `<id> <pid>`. */
  readonly statusSocket: string;
  /** Directory that holds the pid file, error log and temporary files. */
  readonly runtimeDir: string;
}

export interface Pool {
  /** `default/websrvs`. */
  readonly name: string;
  /** Addresses to listen on; empty: every local address. */
  readonly addresses: readonly IpAddress[];
  readonly ports: readonly number[];
  readonly algorithm: "RoundRobin" | "LeastConnections";
  /** Only those that may get requests; may be empty. */
  readonly backends: readonly PoolBackend[];
  /** Whether somebody else watches the backends, so that nginx's own passive checks may be mild. */
  readonly checkInterval: Millis | null;
  readonly sorryPage: SorryPage | null;
  readonly connectTimeout: Millis;
}

export interface PoolBackend {
  readonly address: string;
  readonly port: number;
  readonly weight: number;
  readonly backup: boolean;
}

export interface SorryPage {
  /** The node's name already put in. */
  readonly body: string;
  readonly contentType: string;
  readonly status: number;
}
