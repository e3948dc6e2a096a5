/** The command `agent` by itself. The build packs it, with all that it needs, into one file: see packed.ts. */
import type { PackedCommand, RunCommand } from "./packed.ts";
import { type Commands, runProgram } from "./program.ts";

export const AGENT_COMMANDS = {
  agent: async (version: string) => (await import("./agent.ts")).agentCommand(version),
} as const satisfies Commands & Record<PackedCommand<"agent">, unknown>;

export const run: RunCommand = (version, argv) => runProgram(AGENT_COMMANDS, version, argv);

export async function rehearse(): Promise<void> {
  await import("./agent.ts");
  const { rehearseAgent } = await import("../wiring/rehearse-agent.ts");
  await rehearseAgent();
}
