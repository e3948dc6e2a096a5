/** The reach of a gateway, against a real neighbour, in network namespaces of its own. Needs root. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, describe, it } from "node:test";
import type { ProbeAnswer } from "../../controller/health/probe.ts";
import { type IpAddress, parseIpAddress } from "../../controller/net/ip.ts";
import { millis } from "../../controller/net/time.ts";
import { deadline } from "../support/deadline.ts";
import { enterOwnNetworkNamespace, ip, NeighbourNamespace } from "../support/own-network-namespace.ts";
import { systemProber } from "../support/system-prober.ts";

const prober = systemProber();

function ask(text: string, timeoutMs = 300, signal = new AbortController().signal): Promise<ProbeAnswer> {
  const address: IpAddress | null = parseIpAddress(text);
  assert.ok(address !== null);
  return prober.probe({ type: "neighbour", address }, millis(timeoutMs), signal);
}

describe("a gateway", () => {
  const router = new NeighbourNamespace();
  const atRouter = (command: string): string =>
    execFileSync("nsenter", ["-t", `${router.pid}`, "-n", ...command.split(" ")], { encoding: "utf8" });
  before(async () => {
    await router.ready();
    enterOwnNetworkNamespace();
    ip(`link add wan0 type veth peer name lan0 netns ${router.pid}`);
    ip("link add other0 type bridge");
    ip("addr add 10.98.0.1/24 dev other0");
    ip("link set other0 up");
    ip("addr add 10.99.0.2/24 dev wan0");
    ip("link set wan0 up");
    atRouter("ip addr add 10.99.0.1/24 dev lan0");
    atRouter("ip link set lan0 up");
    ip("addr add 2001:db8:99::2/64 dev wan0 nodad");
    // As a master has it: never a source.
    ip("addr add 2001:db8:99::100/128 dev wan0 nodad preferred_lft 0");
    atRouter("ip addr add 2001:db8:99::1/64 dev lan0 nodad");
    const hasLinkLocal = (shown: string): boolean => /scope link/.test(shown) && !/tentative/.test(shown);
    await deadline("both have a link-local address", () =>
      [ip("-6 addr show dev wan0"), atRouter("ip -6 addr show dev lan0")].every(hasLinkLocal),
    );
  });
  after(() => router[Symbol.dispose]());

  it("that answers is reached, and the answer says where", async () => {
    assert.deepEqual(await ask("10.99.0.1", 2_000), {
      healthy: true,
      because: "10.99.0.1 answers on wan0",
    });
  });

  it("learns nothing of who asks: the question draws no traffic to this node", async () => {
    atRouter("ip neigh flush all");
    await ask("10.99.0.1", 2_000);
    assert.equal(atRouter("ip neigh show 10.99.0.2"), "");
  });

  it("that is not there is silent for as long as one waits", async () => {
    assert.deepEqual(await ask("10.99.0.77"), {
      healthy: false,
      because: "nobody answers ARP for 10.99.0.77 within 300ms",
    });
  });

  it("in no network of this node, or on this node itself, is none", async () => {
    assert.match(
      (await ask("192.0.2.1")).because,
      /no interface that is up is in the network of 192\.0\.2\.1/,
    );
    assert.match((await ask("10.99.0.2")).because, /is an address of this node itself/);
  });

  it("of IPv6 is asked by neighbour discovery, and believed for its own address only", async () => {
    assert.deepEqual(await ask("2001:db8:99::1", 2_000), {
      healthy: true,
      because: "2001:db8:99::1 answers on wan0",
    });
    assert.deepEqual(await ask("2001:db8:99::77"), {
      healthy: false,
      because: "nobody answers neighbour discovery for 2001:db8:99::77 within 300ms",
    });
    assert.match(
      (await ask("2001:db8:1::1")).because,
      /no interface that is up is in the network of 2001:db8:1::1/,
    );
    assert.match((await ask("2001:db8:99::100")).because, /is an address of this node itself/);
  });

  it("of IPv6 learns no virtual address of who asks", async () => {
    atRouter("ip -6 neigh flush all");
    await ask("2001:db8:99::1", 2_000);
    assert.equal(atRouter("ip -6 neigh show 2001:db8:99::100"), "");
  });

  it("of IPv6 that has gone is noticed", async () => {
    atRouter("ip addr del 2001:db8:99::1/64 dev lan0");
    assert.equal((await ask("2001:db8:99::1")).healthy, false);
    atRouter("ip addr add 2001:db8:99::1/64 dev lan0 nodad");
    assert.equal((await ask("2001:db8:99::1", 2_000)).healthy, true);
  });

  it("behind a link that is down is not reached", async () => {
    atRouter("ip link set lan0 down");
    assert.equal((await ask("10.99.0.1")).healthy, false);
    atRouter("ip link set lan0 up");
    const answers: boolean[] = [];
    for (let attempt = 0; attempt < 20 && answers.at(-1) !== true; attempt++)
      answers.push((await ask("10.99.0.1")).healthy);
    assert.equal(answers.at(-1), true);
  });

  it("need not be waited for when the question is called off", async () => {
    const controller = new AbortController();
    const asked = ask("10.99.0.77", 60_000, controller.signal);
    controller.abort();
    assert.deepEqual(await asked, { healthy: false, because: "called off" });
  });
});
