/** The second experiment: two addresses, each at home on a node of its own, so that both nodes work. */
import { A, allTold, B, expectTurns, type Place, powerCycle } from "./demo-single.ts";
import type { Stage } from "./demo-stage.ts";

const VIP_A = "172.16.253.150";
const VIP_B = "172.16.253.140";
const PLACES: readonly Place[] = [
  { target: `${VIP_A}:80`, home: A },
  { target: `${VIP_B}:80`, home: B },
];

export async function tellDualMaster(stage: Stage): Promise<void> {
  const { watch } = stage;
  stage.begin(
    "7. Two addresses, two homes",
    `The same machines with other manifests: ${A} prefers ${VIP_A}, ${B} prefers ${VIP_B}.`,
  );
  await stage.until(
    `${A} holds ${VIP_A}, ${B} holds ${VIP_B}`,
    () => watch.mastersOf(VIP_A).join() === A && watch.mastersOf(VIP_B).join() === B,
    () => [A, B].every((node) => watch.report(node)?.nginx?.programmed === true),
  );
  await expectTurns(stage, VIP_A);
  await expectTurns(stage, VIP_B);
  await watch.startAsking();
  stage.begin(`8. The power of ${A} fails`, "");
  await powerCycle(stage, A, PLACES, "two addresses: ");
  stage.begin(`9. The power of ${B} fails`, "");
  await powerCycle(stage, B, PLACES, "two addresses: ");
  await allTold(stage);
}
