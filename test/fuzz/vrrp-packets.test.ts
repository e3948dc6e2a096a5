/**
 * A million packets that are broken in one way or several, through the codec, the judgement of the receiver and the machine:
 * nothing is thrown, nothing grows, and what is refused changes nothing.
 */
import assert from "node:assert/strict";
import { it } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { internetChecksum } from "../../controller/net/checksum.ts";
import { type Ipv4, parseIpv4 } from "../../controller/net/ipv4.ts";
import { type Instant, millis } from "../../controller/net/time.ts";
import { step } from "../../controller/vrrp/machine.ts";
import { type Decoded, decodeAdvertisement, encodePacket } from "../../controller/vrrp/packet.ts";
import { simplePassword } from "../../controller/vrrp/password.ts";
import { type Expectation, receive } from "../../controller/vrrp/reception.ts";
import { INITIAL_STATE, type RouterConfig, type RouterState } from "../../controller/vrrp/state.ts";
import { between, pick, type Random, seededRandom } from "../simulation/random.ts";

const PACKETS = 1_000_000;
const HEADER_BYTES = 20;
/** What a garbage collection leaves behind of a test that keeps nothing. */
const HEAP_GROWTH_MAX = 4_000_000;
const SEED = Number(process.env["HOLDFAST_SEED"] ?? 1);

const ip = (text: string): Ipv4 => {
  const address = parseIpv4(text);
  assert.ok(address !== null);
  return address;
};
const OWN = ip("10.0.0.1");
const PEER = ip("10.0.0.2");
const GROUP = ip("224.0.0.18");

const config = (version: 2 | 3): RouterConfig => ({
  version,
  adverInterval: millis(1000),
  preempt: true,
  priority: 100,
  rivalPriority: 90,
  fitness: "fit",
  preemptDelay: millis(0),
  heldUntil: null,
  strictRFC: false,
});

const expectation = (version: 2 | 3): Expectation => ({
  version,
  virtualRouterID: 51,
  adverInterval: millis(1000),
  addresses: [ip("10.0.0.100")],
  password: version === 2 ? simplePassword("secret") : null,
  ownAddress: OWN,
  peers: null,
});

/** A backup and a master of each version: what they hear of the same packets. */
class Receiver {
  readonly #config: RouterConfig;
  readonly #expected: Expectation;
  state: RouterState;
  accepted = 0;

  constructor(version: 2 | 3, role: "backup" | "master") {
    this.#config = config(version);
    this.#expected = expectation(version);
    const started = step(this.#config, INITIAL_STATE, { type: "startup" }, 0 as Instant).state;
    this.state =
      role === "backup"
        ? started
        : step(this.#config, started, { type: "deadline" }, (started.deadline ?? 0) as Instant).state;
    assert.equal(this.state.role, role);
  }

  hear(decoded: Decoded, now: Instant): string {
    if (!decoded.ok) return decoded.reason;
    const reception = receive(this.#expected, decoded.value);
    if (!reception.ok) return reception.reason;
    this.accepted++;
    const { state, effects } = step(this.#config, this.state, reception.event, now);
    assert.ok(state.deadline !== null && Number.isFinite(state.deadline), "the machine waits for something");
    assert.ok(effects.length <= 8);
    this.state = state;
    return "accepted";
  }
}

/** A sound packet of version 2 or 3, then broken. */
function brokenPacket(random: Random): Uint8Array {
  const version = pick(random, [2, 3]);
  const packet = encodePacket(
    {
      version,
      virtualRouterID: 51,
      priority: between(random, 0, 255),
      adverInterval: millis(1000),
      addresses: [ip("10.0.0.100")],
      password: version === 2 ? simplePassword("secret") : null,
    },
    PEER,
    GROUP,
  );
  let broken = packet;
  for (let count = between(random, 1, 3); count > 0; count--) broken = breakOnce(broken, random);
  // Half of them reach what lies behind the checksum.
  if (random() < 0.5 && broken.length >= HEADER_BYTES + 8) mendChecksum(broken);
  return broken;
}

function breakOnce(packet: Uint8Array, random: Random): Uint8Array {
  const kind = between(random, 0, 5);
  if (kind === 5) return withoutAddresses(packet);
  if (kind === 0) return packet.slice(0, between(random, 0, packet.length));
  if (kind === 1) {
    const longer = new Uint8Array(packet.length + between(random, 1, 64));
    longer.set(packet);
    return longer;
  }
  const changed = packet.slice();
  const place = between(random, kind === 2 ? 0 : HEADER_BYTES, Math.max(changed.length - 1, HEADER_BYTES));
  if (place < changed.length)
    changed[place] = pick(random, [0, 1, 0x7f, 0x80, 0xff, between(random, 0, 255)]);
  if (kind === 4)
    for (let i = 0; i < changed.length; i++) if (random() < 0.2) changed[i] = between(random, 0, 255);
  return changed;
}

/** Sound but for that: RFC 9568 erratum 8299. */
function withoutAddresses(packet: Uint8Array): Uint8Array {
  const addressBytes = 4;
  const list = HEADER_BYTES + 8;
  if (packet.length < list + addressBytes) return packet;
  const shorter = new Uint8Array(packet.length - addressBytes);
  shorter.set(packet.subarray(0, list));
  shorter.set(packet.subarray(list + addressBytes), list);
  shorter[2] = shorter.length >> 8;
  shorter[3] = shorter.length & 0xff;
  shorter[HEADER_BYTES + 3] = 0;
  return shorter;
}

/** As a sender of the message-only form would: every version takes that. */
function mendChecksum(packet: Uint8Array): void {
  const message = packet.subarray(HEADER_BYTES);
  message[6] = 0;
  message[7] = 0;
  const checksum = internetChecksum(message, 0);
  message[6] = checksum >> 8;
  message[7] = checksum & 0xff;
}

function heapUsed(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return process.memoryUsage().heapUsed;
}

it(`${PACKETS.toLocaleString("en")} broken packets do no harm (seed ${SEED})`, (t) => {
  const random = seededRandom(SEED);
  const receivers = ([2, 3] as const).flatMap((version) =>
    (["backup", "master"] as const).map((role) => new Receiver(version, role)),
  );
  const outcomes = new Map<string, number>();
  let before = 0;
  for (let count = 0; count < PACKETS; count++) {
    // After the first thousand everything is compiled, and every reason has been seen.
    if (count === 1000) before = heapUsed();
    const packet = brokenPacket(random);
    const copy = packet.slice();
    const decoded = decodeAdvertisement(packet);
    for (const receiver of receivers) {
      const stateBefore = receiver.state;
      const outcome = receiver.hear(decoded, count as Instant);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      if (outcome !== "accepted") assert.equal(receiver.state, stateBefore);
    }
    assert.equal(Buffer.compare(packet, copy), 0);
  }
  const grown = heapUsed() - before;
  assert.ok(grown < HEAP_GROWTH_MAX, `the heap has grown by ${grown} bytes`);
  t.diagnostic([...outcomes].map(([outcome, count]) => `${outcome} ${count}`).join(", "));
  for (const reason of ["checksum-wrong", "no-addresses", "interval-zero", "version-unknown", "type-unknown"])
    assert.ok(outcomes.has(reason), `${reason} was reached`);
});
