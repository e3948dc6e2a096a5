/** AgentConfig: the file that `holdfast agent --config` reads. Every field has a default; every flag wins over it. */
import * as z from "zod";
import { parseIpv4 } from "../net/ipv4.ts";
import { absolutePath, dnsLabel, dnsSubdomain } from "./fields.ts";
import { API_VERSION, DEFAULT_NAMESPACE } from "./meta.ts";

const MANIFESTS_DEFAULT = "/etc/holdfast/manifests";

const source = z
  .strictObject({
    directory: z
      .strictObject({ path: absolutePath.describe("A directory whose manifests are followed.") })
      .optional()
      .describe("Follow the manifests in a directory."),
  })
  .describe("Where manifests come from.");

/** Only addresses: a name would have to be looked up before the network is there. */
const listenAddress = z
  .string()
  .refine(isListenAddress, { error: "must be ADDRESS:PORT such as 127.0.0.1:9440" })
  .meta({ pattern: "^[0-9]+\\.[0-9]+\\.[0-9]+\\.[0-9]+:[0-9]+$" });

export function isListenAddress(text: string): boolean {
  const [address = "", port = "", ...rest] = text.split(":");
  const isPort = /^[1-9]\d{0,4}$/.test(port) && Number(port) <= 65_535;
  return rest.length === 0 && parseIpv4(address) !== null && isPort;
}

/** In place of an address: the API is served on the local socket alone. */
export const API_OFF = "off";

export const agentConfigSchema = z
  .strictObject({
    apiVersion: z.literal(API_VERSION).describe("Group and version of the kind."),
    kind: z.literal("AgentConfig").describe("Kind of the file."),
    node: dnsSubdomain
      .optional()
      .describe("Name of this node in the manifests (--node). Default: the host name."),
    namespace: dnsLabel
      .default(DEFAULT_NAMESPACE)
      .describe("The namespace whose resources this agent realises (--namespace)."),
    stateDir: absolutePath
      .default("/var/lib/holdfast")
      .describe("Where the agent keeps what must survive a reboot (--state-dir)."),
    runtimeDir: absolutePath
      .default("/run/holdfast")
      .describe("Where sockets, locks and logs are (--runtime-dir)."),
    sources: z
      .array(source)
      .max(16)
      .default([{ directory: { path: MANIFESTS_DEFAULT } }])
      .describe("Where manifests come from (--manifests)."),
    store: z
      .strictObject({ embedded: z.strictObject({}).optional().describe("A database in stateDir.") })
      .optional()
      .describe("Where resources are kept. Default: embedded."),
    nginx: z
      .strictObject({
        mode: z
          .enum(["managed", "off"])
          .default("managed")
          .describe("managed: the agent writes nginx's configuration and keeps nginx running (--nginx)."),
        binary: absolutePath.default("/usr/sbin/nginx").describe("The nginx program (--nginx-binary)."),
      })
      .prefault({})
      .describe("Whether nginx is ours to run."),
    speaker: z
      .strictObject({
        mode: z
          .enum(["supervised", "attached"])
          .default("supervised")
          .describe(
            "supervised: the agent starts and stops the speaker. attached: it is a service of its own.",
          ),
      })
      .prefault({})
      .describe("Who runs the speaker (--speaker)."),
    logLevel: z
      .enum(["debug", "info", "warn", "error"])
      .default("info")
      .describe("Least level to log (--log-level)."),
    api: z
      .strictObject({
        listen: z
          .union([listenAddress, z.literal(API_OFF)])
          .default("127.0.0.1:7443")
          .describe("Where kubectl is served, over TLS: ADDRESS:PORT, or off (--api-listen)."),
      })
      .prefault({})
      .describe("The API that Kubernetes' clients speak."),
    metrics: z
      .strictObject({ listen: listenAddress.describe("ADDRESS:PORT (--metrics-listen).") })
      .optional()
      .describe("Serve metrics for Prometheus. Default: not served."),
  })
  .describe("How an agent runs on this node.");

/** What the file says, with defaults in place. */
export interface AgentConfig {
  /** null: the host name. */
  readonly node: string | null;
  readonly namespace: string;
  readonly stateDir: string;
  readonly runtimeDir: string;
  readonly directories: readonly string[];
  readonly nginx: { readonly mode: "managed" | "off"; readonly binary: string };
  readonly speaker: "supervised" | "attached";
  readonly logLevel: "debug" | "info" | "warn" | "error";
  /** `127.0.0.1:9440`; null: no metrics are served. */
  readonly metricsListen: string | null;
  /** `127.0.0.1:7443`, or API_OFF. */
  readonly apiListen: string;
}

/** What an agent without a file goes by. */
export const agentDefaults = (): AgentConfig =>
  configOf(agentConfigSchema.parse({ apiVersion: API_VERSION, kind: "AgentConfig" }));

export function configOf(file: z.output<typeof agentConfigSchema>): AgentConfig {
  const { node, namespace, stateDir, runtimeDir, nginx, speaker, logLevel, metrics, api } = file;
  return {
    node: node ?? null,
    namespace,
    stateDir,
    runtimeDir,
    directories: file.sources.flatMap(({ directory }) => (directory === undefined ? [] : [directory.path])),
    nginx,
    speaker: speaker.mode,
    logLevel,
    metricsListen: metrics?.listen ?? null,
    apiListen: api.listen,
  };
}
