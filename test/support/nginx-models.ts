/** Models for the renderer, with everything that a test does not care about filled in. */
import { createHash } from "node:crypto";
import type { Ipv4 } from "../../controller/net/ipv4.ts";
import { millis } from "../../controller/net/time.ts";
import type { Pool, PoolBackend, ProxyModel, SorryPage } from "../../controller/nginx/model.ts";

export const ipv4 = (text: string): Ipv4 => text as Ipv4;

export const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

export function aModel(pools: readonly Pool[], runtimeDir = "/run/holdfast"): ProxyModel {
  return { node: "keepalive-a", pools, statusSocket: `${runtimeDir}/nginx.sock`, runtimeDir };
}

export function aPool(parts: Partial<Pool> = {}): Pool {
  return {
    name: "default/websrvs",
    addresses: [],
    ports: [80],
    algorithm: "RoundRobin",
    backends: [aBackend("172.16.250.127"), aBackend("172.16.253.193")],
    checkInterval: null,
    sorryPage: null,
    connectTimeout: millis(2000),
    ...parts,
  };
}

export function aBackend(address: string, parts: Partial<PoolBackend> = {}): PoolBackend {
  return { address, port: 80, weight: 1, backup: false, ...parts };
}

export function aPage(body: string, parts: Partial<SorryPage> = {}): SorryPage {
  return { body, contentType: "text/html; charset=utf-8", status: 503, ...parts };
}
