/**
 * A program that puts frames on a wire as they are, sound or not: `inject-frames INTERFACE PER_SECOND COUNT HEX...`. The frames
 * are sent in turn.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { openLibc } from "../../controller/adapter/libc/libc.ts";
import { LinuxNetwork } from "../../controller/adapter/packet/network.ts";

/** One turn of the timer. */
const TURN_MS = 5;

const [, , interfaceName = "", perSecond = "", count = "", ...hex] = process.argv;
const frames = hex.map((each) => Buffer.from(each, "hex"));
const announcer = new LinuxNetwork(openLibc()).openAnnouncer(interfaceName);
const start = performance.now();
let sent = 0;
while (sent < Number(count)) {
  const due = Math.min(Number(count), Math.ceil(((performance.now() - start) / 1000) * Number(perSecond)));
  const batch = Array.from({ length: due - sent }, (_, index) => frames[(sent + index) % frames.length]);
  announcer.send(batch.filter((each) => each !== undefined));
  sent = Math.max(due, sent);
  if (sent < Number(count)) await sleep(TURN_MS);
}
process.stdout.write(`sent ${sent} frames in ${(performance.now() - start).toFixed(0)} ms\n`);
announcer[Symbol.dispose]();
