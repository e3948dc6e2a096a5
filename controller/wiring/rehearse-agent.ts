/** What every start of an agent runs, for the build (cli/packed.ts). An agent that runs would need more than a build has: root, and a node. */

/** Loads the modules, those that are loaded late too. */
export async function rehearseAgent(): Promise<void> {
  await import("./agent-store.ts");
  await import("./agent.ts");
  await import("../adapter/certificates/certificate.ts");
}
