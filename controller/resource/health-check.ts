/** HealthCheck: a question asked again and again, and how many answers in a row change the verdict. */
import * as z from "zod";
import { absolutePath, command, duration, host, port } from "./fields.ts";

const processProbe = z
  .strictObject({
    name: z
      .string()
      .min(1)
      .max(15)
      .describe("Name of the process as the kernel knows it (/proc/PID/comm, at most 15 bytes), e.g. nginx."),
  })
  .describe("Healthy while a process of this name runs in this node's network namespace.");

const fileProbe = z
  .strictObject({
    path: absolutePath.describe("Absolute path of the file."),
    expect: z
      .enum(["Present", "Absent"])
      .default("Present")
      .describe("Whether the file must be there or must not be there for the check to be healthy."),
  })
  .describe("Healthy while a file is there, or is not there: the classic maintenance flag.");

const execProbe = z
  .strictObject({
    command: command.describe("Program and arguments, run without a shell. Exit status 0 is healthy."),
    shell: z.boolean().default(false).describe("Run the command (which must be one string) with /bin/sh -c."),
  })
  .describe("Healthy while a command ends with status 0. On a time-out its whole process group is killed.");

const tcpProbe = z
  .strictObject({
    host: host.optional().describe("Where to connect. Default: each backend of the pool, or this node."),
    port: port.optional().describe("Port to connect to. Default: the port of what refers to the check."),
  })
  .describe("Healthy while a TCP connection is accepted.");

const httpProbe = z
  .strictObject({
    host: host.optional().describe("Where to connect. Default: each backend of the pool, or this node."),
    port: port
      .optional()
      .describe("Port to connect to. Default: the port of what refers to the check, else 80."),
    path: z
      .string()
      .regex(/^\/[\x21-\x7e]*$/, "must start with / and hold no spaces or control characters")
      .max(1024)
      .default("/")
      .describe("Path and query of the request."),
    method: z.enum(["GET", "HEAD"]).default("GET").describe("Request method."),
    hostHeader: z
      .string()
      .regex(/^[\x21-\x7e]{1,253}$/, "must be 1 to 253 printable characters")
      .optional()
      .describe("Host header. Default: the address and port connected to."),
    expectStatus: z
      .array(z.int().min(100).max(599))
      .min(1)
      .max(20)
      .optional()
      .describe("Statuses that count as healthy. Default: any of 200 to 399."),
    expectBody: z
      .string()
      .min(1)
      .max(1024)
      .optional()
      .describe("Text that the first 64 KiB of the body must contain."),
  })
  .describe("Healthy while an HTTP/1.1 request is answered as expected.");

export const healthCheckSpec = z
  .strictObject({
    process: processProbe.optional(),
    file: fileProbe.optional(),
    exec: execProbe.optional(),
    tcp: tcpProbe.optional(),
    http: httpProbe.optional(),
    interval: duration({ min: 100, max: 3_600_000 })
      .default("2s")
      .describe("Time from one probe to the next, at least 100ms."),
    timeout: duration({ min: 10, max: 600_000 })
      .default("1s")
      .describe("A probe that has not answered by then has failed."),
    fall: z.int().min(1).max(100).default(2).describe("Failures in a row until the check is Unhealthy."),
    rise: z.int().min(1).max(100).default(2).describe("Successes in a row until the check is Healthy."),
    jitter: z
      .int()
      .min(0)
      .max(50)
      .default(0)
      .describe(
        "Percent of the interval by which each probe is moved at random, so that nodes do not probe in step.",
      ),
    initialState: z
      .enum(["Pending", "Healthy", "Unhealthy"])
      .default("Pending")
      .describe("The verdict before the first answer. Pending: the first answer alone decides."),
  })
  .describe("A question asked again and again. Exactly one probe: process, file, exec, tcp or http.");

export const PROBE_TYPES = ["process", "file", "exec", "tcp", "http"] as const;
export type ProbeType = (typeof PROBE_TYPES)[number];
export type HealthCheckSpec = z.output<typeof healthCheckSpec>;
