/** What tests do to the agent of a node. */
import type { Lab } from "../../controller/lab/lab.ts";
import { attemptIn, runIn } from "../../controller/lab/machine.ts";
import { startAgent } from "../../controller/lab/services.ts";
import { report, waitFor } from "./lab.ts";

/** As it stands in the process table. */
const AGENT = "holdfast.cjs agent";

export async function killAgent(lab: Lab, node: string, signal: "KILL" | "TERM"): Promise<void> {
  await runIn(lab.at(node), ["pkill", `-${signal}`, "-f", AGENT]);
  await waitFor(lab, "the agent is gone", async () => !(await hasAgent(lab, node)), 15_000);
}

/** Resolves when it answers, and the speaker runs what it asks for. */
export async function startAgentAgain(lab: Lab, node: string): Promise<void> {
  startAgent(lab.at(node), "info");
  await waitFor(
    lab,
    "the agent is at work",
    async () => {
      const answer = await report(lab, node);
      return answer?.speaker.membershipInForce === true && answer.nginx?.programmed === true;
    },
    15_000,
  );
}

async function hasAgent(lab: Lab, node: string): Promise<boolean> {
  const { stdout } = await attemptIn(lab.at(node), ["pgrep", "-f", AGENT]);
  return stdout !== "";
}
