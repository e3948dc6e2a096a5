/** `holdfast agent`: converges this node towards its manifests. */

import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { setFlagsFromString } from "node:v8";
import { Command, InvalidArgumentError, Option } from "commander";
import { OperationFailure } from "../port/failure.ts";
import type { LogLevel } from "../port/log.ts";
import { type AgentConfig, API_OFF, agentDefaults, isListenAddress } from "../resource/agent-config.ts";
import { DEFAULT_NAMESPACE } from "../resource/meta.ts";
import { formatRejection } from "../resource/rejection.ts";
import type { AgentOptions } from "../wiring/agent.ts";
import { gather } from "./gather.ts";

interface Flags {
  readonly config?: string;
  readonly node?: string;
  readonly manifests: readonly string[];
  readonly namespace?: string;
  readonly stateDir?: string;
  readonly runtimeDir?: string;
  readonly nginx?: "managed" | "off";
  readonly nginxBinary?: string;
  readonly speaker?: "supervised" | "attached";
  readonly stopNginx: boolean;
  readonly metricsListen?: string;
  readonly apiListen?: string;
  readonly record?: string;
  readonly logLevel?: LogLevel;
}

const EXAMPLES = `
Examples:
  holdfast agent --manifests /etc/holdfast/manifests
  holdfast agent --config /etc/holdfast/agent.yaml --log-level debug

SIGTERM and SIGINT hand the addresses over, then end agent and speaker; nginx serves on. SIGHUP looks at everything again.`;

function listenText(text: string): string {
  if (text === API_OFF || isListenAddress(text)) return text;
  throw new InvalidArgumentError(`must be ADDRESS:PORT such as 127.0.0.1:7443, or ${API_OFF}`);
}

export function agentCommand(version: string): Command {
  return new Command("agent")
    .description("Converge this node towards its manifests.")
    .option("--config <file>", "an AgentConfig; every flag wins over it")
    .option("--node <name>", "name of this node in the manifests (default: the host name)")
    .option(
      "--manifests <dir>",
      "directory of manifests to follow; may be given several times (default: /etc/holdfast/manifests)",
      gather,
      [],
    )
    .option("--namespace <name>", `namespace to serve (default: ${DEFAULT_NAMESPACE})`)
    .option("--state-dir <dir>", "what must survive a reboot (default: /var/lib/holdfast)")
    .option("--runtime-dir <dir>", "sockets, locks and logs (default: /run/holdfast)")
    .addOption(
      new Option("--nginx <mode>", "whether nginx is ours to run (default: managed)").choices([
        "managed",
        "off",
      ]),
    )
    .option("--nginx-binary <file>", "nginx program (default: /usr/sbin/nginx)")
    .addOption(
      new Option(
        "--speaker <mode>",
        "attached: the speaker is a service of its own (default: supervised)",
      ).choices(["supervised", "attached"]),
    )
    .option("--metrics-listen <address:port>", "serve Prometheus metrics there (default: not at all)")
    .option(
      "--api-listen <address:port>",
      "serve kubectl there, over TLS; off: only the local socket (default: 127.0.0.1:7443)",
      listenText,
    )
    .option("--record <file>", "have the speaker that the agent starts write down what it hears and decides")
    .option("--stop-nginx", "at the end stop nginx too", false)
    .addOption(
      new Option("--log-level <level>", "least level to log (default: info)").choices([
        "debug",
        "info",
        "warn",
        "error",
      ]),
    )
    .addHelpText("after", EXAMPLES)
    .action((flags: Flags) => run(flags, version));
}

/**
 * V8 lets a heap grow to up to four times what is alive before it collects all of it, which with 10,000 objects is half a gigabyte. Twice is
 * enough: a load balancer has better use for its memory, and at rest next to nothing is allocated.
 */
const HEAP_FLAG = "--heap-growing-percent=100";

async function run(flags: Flags, version: string): Promise<void> {
  setFlagsFromString(HEAP_FLAG);
  const config = await readConfig(flags.config);
  if (config === null) return;
  const options = optionsOf(flags, config, version);
  // Only now: no other command needs the adapters. The store first, since it takes a while without us.
  const { beginOpening } = await import("../wiring/agent-store.ts");
  const opening = beginOpening(options);
  await opening.underway;
  const { runAgent } = await import("../wiring/agent.ts");
  const stopping = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"] as const) process.on(name, () => stopping.abort());
  try {
    await runAgent(options, opening, stopping.signal, (agent) => process.on("SIGHUP", () => agent.wake()));
  } catch (error) {
    if (!(error instanceof OperationFailure)) throw error;
    process.stderr.write(`holdfast agent: ${error.message}\n`);
    process.exitCode = 1;
  }
}

/** null: it cannot be used, and why has been printed. */
async function readConfig(path: string | undefined): Promise<AgentConfig | null> {
  if (path === undefined) return agentDefaults();
  const { parseAgentConfig } = await import("../resource/parse-agent-config.ts");
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    process.stderr.write(`holdfast agent: cannot read --config: ${(error as Error).message}\n`);
    process.exitCode = 1;
    return null;
  }
  const { config, rejections } = parseAgentConfig(path, text);
  for (const rejection of rejections) process.stderr.write(`${formatRejection(rejection)}\n`);
  if (config === null) process.exitCode = 1;
  return config;
}

const apiListenOf = (listen: string): string | null => (listen === API_OFF ? null : listen);

/** Every flag wins over the file. */
function optionsOf(flags: Flags, config: AgentConfig, version: string): AgentOptions {
  return {
    node: flags.node ?? config.node ?? hostname(),
    namespace: flags.namespace ?? config.namespace,
    directories: flags.manifests.length > 0 ? flags.manifests : config.directories,
    stateDir: flags.stateDir ?? config.stateDir,
    runtimeDir: flags.runtimeDir ?? config.runtimeDir,
    nginx: flags.nginx ?? config.nginx.mode,
    nginxBinary: flags.nginxBinary ?? config.nginx.binary,
    speaker: flags.speaker ?? config.speaker,
    metricsListen: flags.metricsListen ?? config.metricsListen,
    apiListen: apiListenOf(flags.apiListen ?? config.apiListen),
    recordFile: flags.record ?? null,
    stopNginx: flags.stopNginx,
    logLevel: flags.logLevel ?? config.logLevel,
    version,
  };
}
