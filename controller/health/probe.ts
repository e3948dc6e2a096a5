/** A probe that is ready to run: what to ask, whom, how often, and how many answers in a row count. Pure data. */
import type { IpAddress } from "../net/ip.ts";
import type { Millis } from "../net/time.ts";

export type Probe =
  | { readonly type: "process"; readonly name: string }
  | { readonly type: "file"; readonly path: string; readonly expect: "Present" | "Absent" }
  | { readonly type: "exec"; readonly command: readonly string[]; readonly shell: boolean }
  /** Whether anybody on a link of this node answers for the address. */
  | { readonly type: "neighbour"; readonly address: IpAddress }
  | { readonly type: "tcp"; readonly host: string; readonly port: number }
  | {
      readonly type: "http";
      readonly host: string;
      readonly port: number;
      readonly path: string;
      readonly method: "GET" | "HEAD";
      readonly hostHeader: string | null;
      /** null: 200 to 399. */
      readonly expectStatus: readonly number[] | null;
      readonly expectBody: string | null;
    };

export interface ProbeAnswer {
  readonly healthy: boolean;
  /** What was seen, in words: `HTTP 502`, `connection refused`, `no process named nginx`. */
  readonly because: string;
}

/** One HealthCheck aimed at one target. */
export interface Check {
  /** `default/nginx-alive` for this node; `default/web-up@172.16.250.127:80` for a backend. */
  readonly id: string;
  readonly probe: Probe;
  readonly interval: Millis;
  readonly timeout: Millis;
  /** Failures in a row until unhealthy. */
  readonly fall: number;
  /** Successes in a row until healthy. */
  readonly rise: number;
  /** Percent of the interval, 0 to 50. */
  readonly jitter: number;
  readonly initialState: "pending" | "healthy" | "unhealthy";
}
