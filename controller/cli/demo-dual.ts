/** The second experiment: two addresses, each at home on another load balancer, each load balancer the reserve of the other. */
import { holdersOf } from "../lab/observe.ts";
import { A, B, type Stage, shortened } from "./demo-stage.ts";

/** Addresses with their homes. */
const HOMES = [
  ["172.16.253.150", A],
  ["172.16.253.140", B],
] as const;

export async function tellDualMaster(stage: Stage): Promise<void> {
  await eachAtHome(stage);
  await stage.startAsking();
  for (const [dies, survives] of [
    [A, B],
    [B, A],
  ] as const) {
    await powerFails(stage, dies, survives);
  }
  await stage.stopAsking();
}

async function eachAtHome(stage: Stage): Promise<void> {
  const { voice } = stage;
  voice.scene("Both load balancers come up");
  for (const [address, home] of HOMES) {
    voice.tell(`${address} is on ${home}`, await stage.untilHolder(address, home, 20_000));
  }
  const settled = async (): Promise<boolean> => {
    const pages = await Promise.all(HOMES.map(([address]) => stage.curl(address, 2)));
    return pages.every((two) => new Set(two).size === 2 && two.every((page) => page.startsWith("<h1>")));
  };
  await stage.until("the web servers are known to be well", settled, 10_000);
  for (const [address] of HOMES) {
    const pages = await stage.curl(address, 10);
    voice.tell(`Ten times http://${address}:`);
    voice.quote([pages.map((page) => shortened(page)).join(" · ")]);
  }
}

async function powerFails(stage: Stage, dies: string, survives: string): Promise<void> {
  const { voice, lab } = stage;
  const start = voice.scene(`${dies} loses power`);
  await lab.fail(dies, "power");
  const both = (): boolean => HOMES.every(([address]) => holdersOf(lab, address).join() === survives);
  voice.tell(
    `Both addresses are on ${survives}`,
    await stage.until(`both addresses are on ${survives}`, both, 10_000),
  );
  for (const [address, home] of HOMES) {
    const what =
      home === dies ? `power failure of ${dies}, to ${survives}` : `power failure of ${dies}, not concerned`;
    await stage.tellOutage(what, start, address);
  }
  const end = voice.scene(`${dies} has power again`);
  await lab.heal(dies);
  const isHome = (): boolean => HOMES.every(([address, home]) => holdersOf(lab, address).join() === home);
  voice.tell("Each address is at home again", await stage.until("each address is at home", isHome, 20_000));
  for (const [address, home] of HOMES) {
    if (home === dies) await stage.tellOutage(`${dies} returns, back to ${dies}`, end, address);
  }
}
