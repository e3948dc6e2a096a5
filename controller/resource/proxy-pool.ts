/** ProxyPool: what nginx listens on and where it sends the requests. */
import * as z from "zod";
import { dnsLabel, duration, host, port } from "./fields.ts";

const listener = z
  .strictObject({
    name: dnsLabel.describe("Name of the listener, unique in the pool."),
    protocol: z.enum(["HTTP"]).default("HTTP").describe("Protocol spoken with clients."),
    port: port.describe("TCP port to listen on."),
  })
  .describe("A port that clients connect to.");

const backend = z
  .strictObject({
    address: host.describe("IPv4 or IPv6 address, or host name of the backend."),
    port: port.default(80).describe("TCP port of the backend."),
    weight: z
      .int()
      .min(1)
      .max(1000)
      .default(1)
      .describe("Share of the requests, in proportion to the others."),
    backup: z.boolean().default(false).describe("Used only while no other backend is available."),
  })
  .describe("A server that answers the requests.");

const sorryPage = z
  .strictObject({
    body: z
      .string()
      .max(65_536)
      .describe(
        "Body of the page. ${node} stands for the name of the node; everything else is taken literally.",
      ),
    contentType: z
      .string()
      .regex(
        /^[a-z]+\/[a-z0-9.+-]+(; ?charset=[A-Za-z0-9-]+)?$/,
        "must be a media type such as text/html; charset=utf-8",
      )
      .default("text/html; charset=utf-8")
      .describe("Content-Type of the page."),
    status: z.int().min(200).max(599).default(503).describe("HTTP status of the page."),
  })
  .describe("Served when no backend answers.");

export const proxyPoolSpec = z
  .strictObject({
    virtualIPs: z
      .array(dnsLabel)
      .max(64)
      .default([])
      .describe("VirtualIPs to listen on, by name. Empty: every local address."),
    listeners: z.array(listener).min(1).max(32).describe("Ports that clients connect to."),
    algorithm: z
      .enum(["RoundRobin", "LeastConnections"])
      .default("RoundRobin")
      .describe("How a backend is chosen for each request."),
    backends: z.array(backend).min(1).max(1000).describe("Servers that answer the requests."),
    healthCheck: dnsLabel
      .optional()
      .describe("HealthCheck that is asked of each backend. Unhealthy backends get no requests."),
    sorryPage: sorryPage.optional(),
    connectTimeout: duration({ min: 100, max: 60_000 })
      .default("2s")
      .describe("How long to wait for a backend to accept a connection before the next is tried."),
  })
  .describe("What nginx listens on and where it sends the requests.");

export type ProxyPoolSpec = z.output<typeof proxyPoolSpec>;
export type BackendSpec = ProxyPoolSpec["backends"][number];
