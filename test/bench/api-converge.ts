/** From a write to the API of each node until the effect is there in the world. Played in the lab. */

import { parse, parseAllDocuments } from "yaml";
import { tellWell } from "../../controller/api/object-client.ts";
import type { Lab } from "../../controller/lab/lab.ts";
import { initPid, runIn } from "../../controller/lab/machine.ts";
import { holdersOf, reportOf } from "../../controller/lab/observe.ts";
import { RESOURCES } from "../../controller/object/api-resources.ts";
import { isObject, type JsonObject } from "../../controller/resource/json-schema.ts";
import { API_VERSION, type Kind } from "../../controller/resource/meta.ts";
import { A, B, BACKENDS, CHECKS, proxyPool, VIP_A, virtualIP } from "../support/lab-manifests.ts";
import { clear, EXTRA, until, untilOn } from "./arena.ts";
import { HOLDFAST } from "./contestants.ts";
import type { Sample } from "./statistics.ts";

const WEB = virtualIP({ name: "web", address: VIP_A, virtualRouterID: 51, priorities: [100, 95] });

export async function converge(
  lab: Lab,
  runs: number,
  progress: (step: string) => void,
): Promise<readonly Sample[]> {
  await clear(lab);
  for (const node of [A, B]) await runIn(lab.at(node), ["sh", "-c", "rm -f /etc/holdfast/manifests/*"]);
  for (const node of [A, B]) await HOLDFAST.startNode(lab, node);
  await until(
    "both answer",
    async () => (await reportOf(lab, A)) !== null && (await reportOf(lab, B)) !== null,
  );
  const first = parseAllDocuments(`${CHECKS}---\n${WEB}---\n${proxyPool("[web]")}`).map(
    (document) => document.toJS() as JsonObject,
  );
  for (const object of first) await applied(lab, object);
  await untilOn(lab, A);
  await until(
    "nginx serves on both",
    async () => (await isProgrammed(lab, A)) && (await isProgrammed(lab, B)),
  );
  const samples: Sample[] = [];
  const sample = (what: string, value: number): void =>
    void samples.push({ contestant: HOLDFAST.name, what: `apply on both nodes, ${what}`, unit: "ms", value });
  for (let run = 0; run < runs; run++) {
    progress(`converged over the API, run ${run + 1} of ${runs}`);
    sample("address added: until it is held", await addressAdded(lab));
    await applied(lab, parse(WEB) as JsonObject);
    await until(`${EXTRA} is gone`, () => holdersOf(lab, EXTRA).length === 0);
    sample("backend changed: until every nginx worker serves it", await poolChanged(lab, run + 2));
  }
  await clear(lab);
  return samples;
}

async function addressAdded(lab: Lab): Promise<number> {
  const start = performance.now();
  await applied(lab, parse(WEB.replace(`[${VIP_A}/32]`, `[${VIP_A}/32, ${EXTRA}/32]`)) as JsonObject);
  await until(`${EXTRA} on ${A}`, () => holdersOf(lab, EXTRA).includes(A));
  return performance.now() - start;
}

async function poolChanged(lab: Lab, weight: number): Promise<number> {
  const before = (await reportOf(lab, A))?.nginx?.release;
  const start = performance.now();
  await applied(
    lab,
    parse(proxyPool("[web]", BACKENDS.replace("127}", `127, weight: ${weight}}`))) as JsonObject,
  );
  await until("every worker serves the new pool", async () => {
    const nginx = (await reportOf(lab, A))?.nginx;
    return nginx?.programmed === true && nginx.release !== before;
  });
  return performance.now() - start;
}

const isProgrammed = async (lab: Lab, node: string): Promise<boolean> =>
  (await reportOf(lab, node))?.nginx?.programmed === true;

/** On both nodes at once, over their local sockets. */
async function applied(lab: Lab, object: JsonObject): Promise<void> {
  const kind = object["kind"] as Kind;
  const metadata = object["metadata"];
  const name = isObject(metadata) ? String(metadata["name"]) : "";
  const path = `/apis/${API_VERSION}/namespaces/default/${RESOURCES[kind].plural}/${name}?fieldManager=bench&force=true`;
  const question = {
    method: "PATCH",
    path,
    contentType: "application/apply-patch+yaml",
    body: object,
  } as const;
  await Promise.all(
    [A, B].map((node) => tellWell(`/proc/${initPid(lab.at(node))}/root/run/holdfast`, question)),
  );
}
