/** Whether the speaker's advertisements stay punctual while the agent beside it has more to do than it ever should. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Lab } from "../../controller/lab/lab.ts";
import { runIn } from "../../controller/lab/machine.ts";
import { capture } from "../support/lab-capture.ts";
import { A, ADDRESS_OF, B, BACKENDS, proxyPool, VIP_A, virtualIP } from "../support/lab-manifests.ts";
import { write } from "../support/lab-world.ts";
import { clear, until, untilOn } from "./arena.ts";
import { HOLDFAST } from "./contestants.ts";
import { advertsIn, framesIn, latenesses, quantile } from "./pcap.ts";
import type { Sample } from "./statistics.ts";

const INTERVAL_MS = 100;
const QUIET_MS = 10_000;
const FILES = 100;
const MANIFESTS_PER_FILE = 100;
const RELOADS = 10;
const RELOAD_PAUSE_MS = 1_500;
const DIRECTORY = "/etc/holdfast/manifests";

type PlayWithAgent = (lab: Lab, progress: (step: string) => void) => Promise<readonly Sample[]>;

export const AGENT_SCENARIOS: Readonly<Record<string, PlayWithAgent>> = { lateness };

export async function playWithAgent(
  name: string,
  lab: Lab,
  found: Sample[],
  progress: (step: string) => void,
): Promise<void> {
  const play = AGENT_SCENARIOS[name];
  if (play === undefined) throw new Error(`there is no scenario ${name}`);
  found.push(...(await play(lab, progress)));
}

async function lateness(lab: Lab, progress: (step: string) => void): Promise<readonly Sample[]> {
  await clear(lab);
  for (const node of [A, B]) {
    await HOLDFAST.configure(lab, node, [VIP_A]);
    write(lab, node, `${DIRECTORY}/web.yaml`, quickly(VIP_A));
    await HOLDFAST.startNode(lab, node);
  }
  await untilOn(lab, A);
  await until("the reserve is ready", () => HOLDFAST.isReserveReady(lab, B));
  progress("lateness: the agent has nothing to do");
  const quiet = await measured(lab, "nothing to do", () => sleep(QUIET_MS));
  progress(`lateness: the agent parses ${FILES * MANIFESTS_PER_FILE} manifests, nginx reloads`);
  const busy = await measured(lab, `${FILES * MANIFESTS_PER_FILE} manifests, nginx reloads`, () =>
    burden(lab),
  );
  await clear(lab);
  return [...quiet, ...busy];
}

/** As the seed's VirtualIP, in version 3 at 100 ms. */
function quickly(address: string): string {
  const terms = {
    name: "web",
    address,
    virtualRouterID: 51,
    priorities: [100, 95],
    version: 3,
    password: null,
  } as const;
  return virtualIP(terms).replace("advertisementInterval: 1s", `advertisementInterval: ${INTERVAL_MS}ms`);
}

async function burden(lab: Lab): Promise<void> {
  await runIn(lab.at(A), ["mkdir", "-p", `${DIRECTORY}/many`]);
  for (let file = 0; file < FILES; file++) {
    const names = Array.from({ length: MANIFESTS_PER_FILE }, (_, index) => `many-${file}-${index}`);
    write(lab, A, `${DIRECTORY}/many/${file}.yaml`, names.map(aCheck).join("---\n"));
  }
  for (let reload = 0; reload < RELOADS; reload++) {
    const weighted = BACKENDS.replace("127}", `127, weight: ${reload + 2}}`);
    write(lab, A, `${DIRECTORY}/pool.yaml`, proxyPool("[web]", weighted));
    await sleep(RELOAD_PAUSE_MS);
  }
}

const aCheck = (name: string): string => `apiVersion: holdfast.dev/v1alpha1
kind: HealthCheck
metadata: {name: ${name}}
spec: {tcp: {port: 80}, interval: 1s, timeout: 500ms, fall: 2, rise: 2}
`;

async function measured(lab: Lab, when: string, act: () => Promise<unknown>): Promise<readonly Sample[]> {
  const capturing = await capture(lab, B, `ip proto 112 and src ${ADDRESS_OF[A]}`);
  await act();
  await capturing.stop();
  const late = latenesses(advertsIn(framesIn(capturing.file)), INTERVAL_MS);
  const sample = (what: string, value: number): Sample => ({
    contestant: HOLDFAST.name,
    what: `lateness of advertisements, ${when}: ${what}`,
    unit: "ms",
    value,
  });
  return [
    sample("p99", quantile(late, 0.99)),
    sample("worst", late.at(-1) ?? Number.NaN),
    { ...sample("advertisements", late.length), unit: "" },
  ];
}
