/** `holdfast agent`: converges this node towards its manifests. */
import { hostname } from "node:os";
import { Command, Option } from "commander";
import { OperationFailure } from "../port/failure.ts";
import type { LogLevel } from "../port/log.ts";
import { DEFAULT_NAMESPACE } from "../resource/meta.ts";

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
  readonly logLevel?: LogLevel;
}

const EXAMPLES = `
Examples:
  holdfast agent --manifests /etc/holdfast/manifests
  holdfast agent --config /etc/holdfast/agent.yaml --log-level debug

SIGTERM and SIGINT hand the addresses over, then end agent and speaker; nginx serves on. SIGHUP looks at everything again.`;

const gather = (value: string, previous: readonly string[]): readonly string[] => [...previous, value];

export function agentCommand(version: string): Command {
  return new Command("agent")
    .description("Converge this node towards its manifests.")
    .option("--config <file>", "an AgentConfig; every flag wins over it")
    .option("--node <name>", "name of this node in the manifests (default: the host name)")
    .option("--manifests <dir>", "directory of manifests to follow; may be given several times", gather, [])
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

async function run(flags: Flags, version: string): Promise<void> {
  // Only now: no other command needs the adapters.
  const { runAgent } = await import("../wiring/agent.ts");
  const stopping = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"] as const) process.on(name, () => stopping.abort());
  try {
    await runAgent(
      {
        node: flags.node ?? hostname(),
        namespace: flags.namespace ?? DEFAULT_NAMESPACE,
        directories: flags.manifests,
        stateDir: flags.stateDir ?? "/var/lib/holdfast",
        runtimeDir: flags.runtimeDir ?? "/run/holdfast",
        nginx: flags.nginx ?? "managed",
        nginxBinary: flags.nginxBinary ?? "/usr/sbin/nginx",
        speaker: flags.speaker ?? "supervised",
        stopNginx: flags.stopNginx,
        logLevel: flags.logLevel ?? "info",
        version,
      },
      stopping.signal,
      (agent) => process.on("SIGHUP", () => agent.wake()),
    );
  } catch (error) {
    if (!(error instanceof OperationFailure)) throw error;
    process.stderr.write(`holdfast agent: ${error.message}\n`);
    process.exitCode = 1;
  }
}
