/** What became of a connection, as an operator would say it. */
import type { Probe } from "../../health/probe.ts";

export type HttpProbe = Extract<Probe, { type: "http" }>;

export const isExpectedStatus = ({ expectStatus }: HttpProbe, status: number): boolean =>
  expectStatus === null ? status >= 200 && status < 400 : expectStatus.includes(status);

export const statusFrom = (target: string, status: number): string => `HTTP ${status} from ${target}`;

export const hungUp = (target: string): string => `${target} closed the connection without an answer`;

/** `error`: of Node.js, or what a system call has answered. */
export function connectionFailure(
  target: string,
  error: { readonly code?: string | undefined; readonly message: string },
): string {
  switch (error.code) {
    case "ECONNREFUSED":
      return `connection refused by ${target}`;
    case "ECONNRESET":
    case "EPIPE":
      return hungUp(target);
    case "ETIMEDOUT":
      return `no answer from ${target}`;
    case "EHOSTUNREACH":
      return `${target} cannot be reached (nobody answers ARP, or no route)`;
    case "ENETUNREACH":
      return `${target} cannot be reached (no route)`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `${target}: the name cannot be looked up`;
    default:
      if (error.code?.startsWith("HPE_")) return `${target} does not speak HTTP`;
      // A name with several addresses fails with a list of failures and without a message of its own.
      return `${target}: ${error.message || error.code || "the connection failed"}`;
  }
}
