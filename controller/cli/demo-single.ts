/** The first experiment: one address, held by keepalive-a while it is well. */
import { isSorryPage, isWebPage } from "../lab/demo-client.ts";
import {
  askTenTimes,
  createDownFile,
  freePort,
  removeDownFile,
  stopNginx,
  takePort,
} from "../lab/demo-deeds.ts";
import type { Stage } from "./demo-stage.ts";

export const A = "keepalive-a";
export const B = "keepalive-b";
const VIP = "172.16.253.150";
const TARGET = `${VIP}:80`;

export async function tellSingleMaster(stage: Stage): Promise<void> {
  await tenRequests(stage);
  await stage.watch.startAsking();
  await nginxStopped(stage);
  await portTaken(stage);
  await downFile(stage);
  await webServersDie(stage);
  await powerFails(stage);
  await allTold(stage);
}

const holds = (stage: Stage, node: string, address: string) => (): boolean =>
  stage.watch.mastersOf(address).join() === node;

async function tenRequests(stage: Stage): Promise<void> {
  stage.begin(
    "1. Ten requests",
    "keepalive-a has priority 100, keepalive-b has 95: the higher one holds the address. nginx runs on both, and passes requests on to the two web servers in turn. Where it does not run, as at first, a check lowers the priority by 10.",
  );
  await stage.until(
    `${A} holds ${VIP}`,
    holds(stage, A, VIP),
    () => runsNginx(stage, A) && runsNginx(stage, B),
  );
  await expectTurns(stage, VIP);
}

/** Before the client asks without pause, for its requests would come in between. */
export async function expectTurns(stage: Stage, address: string): Promise<void> {
  const pages = await askTenTimes(stage.watch.lab, address);
  const isInTurn = pages.length === 10 && pages.every((page, index) => page !== pages[index - 1]);
  const said = pages.map((page) => page.replace("Web ", "")).join(" ");
  stage.expect(`ten times curl http://${address}/: ${said}`, isInTurn);
}

const runsNginx = (stage: Stage, node: string): boolean =>
  stage.watch.report(node)?.nginx?.programmed === true;

async function nginxStopped(stage: Stage): Promise<void> {
  stage.begin("2. Somebody stops nginx", "");
  const pid = stage.watch.report(A)?.nginx?.masterPid;
  await stage.deed(`stops nginx on ${A}`, () => stopNginx(stage.watch.lab, A));
  await stage.until(
    `nginx is back by itself, and ${VIP} did not move`,
    () => runsNginx(stage, A) && stage.watch.report(A)?.nginx?.masterPid !== pid,
    holds(stage, A, VIP),
    () => stage.isServed(TARGET),
  );
  stage.measure(`nginx stopped on ${A}`, TARGET);
}

async function portTaken(stage: Stage): Promise<void> {
  stage.begin(
    "3. Another server takes nginx's port",
    "The check asks every two seconds whether nginx runs, and must fail twice to count. Each change of role is told by mail, and by a call of notify.sh with the arguments that keepalived would use.",
    { messages: true },
  );
  await stage.deed(`kills nginx on ${A} and starts another web server, httpd, on port 80`, () =>
    takePort(stage.watch.lab, A),
  );
  await stage.until(
    `${B} has taken over, and the client gets its pages again`,
    holds(stage, B, VIP),
    () => stage.isServed(TARGET),
    () => stage.watch.untold().length === 0,
  );
  stage.measure(`nginx killed on ${A}, its port taken by httpd`, TARGET);
  const message = stage.watch.report(A)?.nginx?.message ?? "";
  stage.expect(`the status of ${A} names the culprit: "${message}"`, /port 80 .*httpd/.test(message));

  await stage.deed(`stops httpd on ${A}: the port is free again`, () => freePort(stage.watch.lab, A));
  await stage.until(
    `nginx has come back by itself, and ${A} holds ${VIP} again`,
    () => runsNginx(stage, A),
    holds(stage, A, VIP),
    () => stage.isServed(TARGET),
    () => stage.watch.untold().length === 0,
  );
  stage.measure(`the port is free, ${VIP} returns to ${A}`, TARGET);
}

async function downFile(stage: Stage): Promise<void> {
  stage.begin(
    "4. Maintenance",
    "A file on the machine is enough to send the address to the other one, and its removal to bring it back.",
  );
  await stage.deed(`creates /etc/holdfast/down on ${A}`, () => createDownFile(stage.watch.lab, A));
  await stage.until(`${B} has taken over`, holds(stage, B, VIP), () => stage.isServed(TARGET));
  stage.measure(`maintenance of ${A} begins`, TARGET);
  await stage.deed(`removes /etc/holdfast/down on ${A}`, () => removeDownFile(stage.watch.lab, A));
  await stage.until(`${A} holds ${VIP} again`, holds(stage, A, VIP), () => stage.isServed(TARGET));
  stage.measure(`maintenance of ${A} ends`, TARGET);
}

async function webServersDie(stage: Stage): Promise<void> {
  const { lab } = stage.watch;
  stage.begin(
    "5. Both web servers die",
    "The load balancers ask each web server every second whether it is well.",
  );
  await stage.deed("cuts the power of rs1 and rs2", () =>
    Promise.all([lab.fail("rs1", "power"), lab.fail("rs2", "power")]),
  );
  await stage.until("the client gets the sorry page, which names the node that serves it", () =>
    stage.isServed(TARGET, isSorryPage),
  );
  stage.measure("both web servers die, until the sorry page", TARGET, isEither);
  await stage.deed("switches rs2 on again", () => lab.heal("rs2"));
  await stage.until("the client gets the page of the survivor", () => stage.isServed(TARGET));
  await stage.deed("switches rs1 on again", () => lab.heal("rs1"));
  await stage.until(
    "both web servers are in turn again",
    () => allBackendsWell(stage, A),
    () => allBackendsWell(stage, B),
  );
}

const isEither: typeof isWebPage = (answer) => isWebPage(answer) || isSorryPage(answer);

const allBackendsWell = (stage: Stage, node: string): boolean =>
  (stage.watch.report(node)?.checks ?? []).every(({ verdict }) => verdict === "healthy");

async function powerFails(stage: Stage): Promise<void> {
  stage.begin(
    "6. The power fails",
    `${B} hears ${A} once a second. When it has heard nothing for 3.6 seconds, it takes over: 2.6 to 3.6 seconds after the failure.`,
  );
  await powerCycle(stage, A, [{ target: TARGET, home: A }], "");
}

export interface Place {
  readonly target: string;
  readonly home: string;
}

/** Off, the other takes all; on, each address is at home again. */
export async function powerCycle(
  stage: Stage,
  node: string,
  places: readonly Place[],
  experiment: string,
): Promise<void> {
  const { lab } = stage.watch;
  const other = node === A ? B : A;
  const moved = places.filter(({ home }) => home === node);
  await stage.deed(`cuts the power of ${node}`, () => lab.fail(node, "power"));
  const what = places.length === 1 ? addressIn(TARGET) : "both addresses";
  await stage.until(
    `${other} holds ${what}`,
    ...places.map(({ target }) => holds(stage, other, addressIn(target))),
    ...places.map(
      ({ target }) =>
        () =>
          stage.isServed(target),
    ),
  );
  for (const { target } of moved) stage.measure(`${experiment}power of ${node} fails`, target);
  await stage.deed(`switches ${node} on again`, () => lab.heal(node));
  const home = places.length === 1 ? `${node} holds ${what} again` : "each address is at home again";
  await stage.until(
    home,
    ...places.map(({ target, home }) => holds(stage, home, addressIn(target))),
    ...places.map(
      ({ target }) =>
        () =>
          stage.isServed(target),
    ),
  );
  for (const { target } of moved) stage.measure(`${experiment}power of ${node} returns`, target);
}

const addressIn = (target: string): string => target.split(":")[0] ?? target;

export async function allTold(stage: Stage): Promise<void> {
  const messages = (): number => stage.watch.messages().filter(({ way }) => way === "mail").length;
  await stage.until(
    `each of the ${messages()} changes of role was told by one mail and one call of notify.sh, in order`,
    () => stage.watch.untold().length === 0,
  );
}
