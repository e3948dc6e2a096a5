/** Frames as they pass a switch, with the kernel's time stamps, while the test goes on. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import type { SpeakerLab } from "./speaker-lab.ts";

export interface Frame {
  /** Wall time in ms, with the microseconds as fraction. */
  readonly at: number;
  /** From the Ethernet header on. */
  readonly bytes: Buffer;
}

export interface SeenPacket extends Frame {
  /** What follows the Ethernet header. */
  readonly packet: Buffer;
}

/** What matters of an advertisement, read without our own decoder. */
export interface SeenAdvert {
  readonly at: number;
  readonly source: string;
  readonly timeToLive: number;
  readonly priority: number;
  /** The VRRP message, without the IPv4 header. */
  readonly message: Buffer;
}

/** Gratuitous: sender and target are the same. */
export interface SeenAnnouncement {
  readonly at: number;
  readonly address: string;
  readonly mac: string;
}

const ETHERNET = 14;
const IPV4 = 0x0800;
const ARP = 0x0806;
/** What the kernel has seen is told by tcpdump a moment later. */
const TOLD_MS = 100;

export class WireWatch {
  readonly frames: Frame[] = [];
  readonly #child: ChildProcess;
  #stamp = 0;
  #hex = "";

  constructor(child: ChildProcess) {
    this.#child = child;
    if (child.stdout === null) throw new Error("tcpdump was started without a pipe");
    const lines = createInterface({ input: child.stdout });
    lines.on("line", (line) => this.#read(line));
  }

  adverts(since = 0, virtualRouterID = 51): readonly SeenAdvert[] {
    return this.packets(IPV4, since)
      .filter(({ packet }) => packet[9] === 112)
      .map(({ at, packet }) => {
        const message = packet.subarray(((packet[0] ?? 0) & 0x0f) * 4, packet.readUInt16BE(2));
        const source = packet.subarray(12, 16).join(".");
        return { at, source, timeToLive: packet[8] ?? 0, priority: message[2] ?? 0, message };
      })
      .filter(({ message }) => message[1] === virtualRouterID);
  }

  announcements(since = 0): readonly SeenAnnouncement[] {
    return this.packets(ARP, since)
      .filter(({ packet }) => packet.subarray(14, 18).equals(packet.subarray(24, 28)))
      .map(({ at, packet }) => ({
        at,
        address: packet.subarray(14, 18).join("."),
        mac: packet.toString("hex", 8, 14),
      }));
  }

  packets(etherType: number, since: number): readonly SeenPacket[] {
    return this.frames
      .filter(({ at, bytes }) => at >= since && bytes.readUInt16BE(12) === etherType)
      .map((frame) => ({ ...frame, packet: frame.bytes.subarray(ETHERNET) }));
  }

  /** Resolves when everything that was on the wire by now is in `frames`. */
  async told(): Promise<void> {
    await sleep(TOLD_MS);
    this.#keep();
  }

  async stop(): Promise<void> {
    const gone = once(this.#child, "close");
    this.#child.kill("SIGINT");
    await gone;
    this.#keep();
  }

  /** `1795514495.246923 IP 10.9.0.1 > ...`, and below it the bytes: `\t0x0000:  4500 0028 ...`. */
  #read(line: string): void {
    const [, hex] = /^\s+0x[\da-f]+: +([\da-f ]+?)\s*$/.exec(line) ?? [];
    if (hex !== undefined) {
      this.#hex += hex.replaceAll(" ", "");
      return;
    }
    this.#keep();
    this.#stamp = Number.parseFloat(line) * 1000;
  }

  #keep(): void {
    if (this.#hex !== "") this.frames.push({ at: this.#stamp, bytes: Buffer.from(this.#hex, "hex") });
    this.#hex = "";
  }
}

/** Virtual routers that storms are made of, and that no test looks for. */
export const STORM_ROUTER_IDS = { first: 100, last: 149 } as const;
const FILTER = `arp or (ip proto 112 and (ip[21] < ${STORM_ROUTER_IDS.first} or ip[21] > ${STORM_ROUTER_IDS.last}))`;
/** Each waiting frame takes so much of the buffer, however short it is. */
const FRAME_BYTES = "2048";
const BUFFER_KILOBYTES = "16384";

/** On the switch, which hears what is for all; or on one port of it, `in`: only what the node there has sent. */
export async function watchWire(
  lab: SpeakerLab,
  filter = FILTER,
  where = "br0",
  direction: "in" | "inout" = "inout",
): Promise<WireWatch> {
  const buffers = ["-s", FRAME_BYTES, "-B", BUFFER_KILOBYTES];
  const options = ["-l", "--immediate-mode", "-n", "-tt", "-xx", "-Q", direction, ...buffers, "-i", where];
  const child = lab.spawn(["tcpdump", ...options, filter]);
  const watch = new WireWatch(child);
  // It says "listening on br0, ..." once it does.
  if (child.stderr !== null) await once(child.stderr, "data");
  return watch;
}
