import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ServerCertificate, serverNames } from "../../../controller/api/server-certificate.ts";
import type { WallTime } from "../../../controller/net/time.ts";
import type { Authority } from "../../../controller/port/authority.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const DAY_MS = 86_400_000;
const LIFETIME_MS = 90 * DAY_MS;

describe("the API's own certificate", () => {
  it("names what the API is reached by", () => {
    const always = ["localhost", "127.0.0.1", "::1", "lb-1"];
    assert.deepEqual(serverNames("lb-1", "127.0.0.1:7443"), always);
    assert.deepEqual(serverNames("lb-1", "192.0.2.7:7443"), [...always, "192.0.2.7"]);
    assert.deepEqual(serverNames("lb-1", "[2001:db8::7]:7443"), [...always, "2001:db8::7"]);
    assert.deepEqual(serverNames("lb-1", "0.0.0.0:7443"), always);
    assert.deepEqual(serverNames("localhost", "[::]:7443"), ["localhost", "127.0.0.1", "::1"]);
  });

  it("is made anew a month before it runs out, and not before", async () => {
    const { clock, issued, used, stop } = await running();
    await clock.advance(59 * DAY_MS);
    assert.deepEqual([issued.length, used.length], [1, 0]);
    await clock.advance(2 * DAY_MS);
    assert.deepEqual([issued.length, used], [2, ["certificate 2"]]);
    await clock.advance(61 * DAY_MS);
    assert.deepEqual(used, ["certificate 2", "certificate 3"]);
    await stop();
  });

  it("is made anew when the clock was set back before it was made", async () => {
    const { clock, used, set, stop } = await running();
    set(-365 * DAY_MS);
    await clock.advance(3_600_000);
    assert.deepEqual(used, ["certificate 2"]);
    await clock.advance(3_600_000);
    assert.deepEqual(used, ["certificate 2"]);
    await stop();
  });
});

async function running() {
  const clock = new FakeClock();
  let offset = 0;
  const wallTime = (): WallTime => (clock.wallTime() + offset) as WallTime;
  const issued: string[] = [];
  const issue: Authority["issueServer"] = async () => {
    issued.push(`certificate ${issued.length + 1}`);
    return {
      certificate: issued.at(-1) ?? "",
      privateKey: "key",
      expires: (wallTime() + LIFETIME_MS) as WallTime,
    };
  };
  const certificate = await ServerCertificate.issue({
    authority: { certificate: "ca", issueServer: issue, issueClient: () => assert.fail() },
    names: ["localhost"],
    clock: { now: () => clock.now(), sleep: (span, signal) => clock.sleep(span, signal), wallTime },
  });
  const used: string[] = [];
  const stopping = new AbortController();
  const done = certificate.run(({ cert }) => used.push(cert), stopping.signal);
  return {
    clock,
    issued,
    used,
    set: (to: number) => {
      offset = to;
    },
    stop: async () => {
      stopping.abort();
      await done;
    },
  };
}
