/** What tcpdump has captured on an Ethernet, frame by frame. Read here, since a dissector takes a minute for a million. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { formatMac } from "../../controller/net/mac.ts";
import type { LabNode } from "../support/speaker-lab.ts";
import { fileIn } from "./wire-contestants.ts";

export interface Frame {
  /** Wall time in ms. */
  readonly at: number;
  readonly bytes: Buffer;
}

export interface Capturing {
  /** Resolves with all that was captured. */
  stop(): Promise<readonly Frame[]>;
}

const FILE_HEADER_BYTES = 24;
const FRAME_HEADER_BYTES = 16;
const ETHERNET_HEADER_BYTES = 14;
const ETHERTYPE = { ipv4: 0x0800, arp: 0x0806 } as const;
/** libpcap hands frames over in blocks of at most a second; what is in a block when tcpdump ends is lost. */
const BLOCK_MS = 1100;
/** In KiB: bursts of a thousand frames are what is looked for. */
const KERNEL_BUFFER = "16384";

export async function capture(node: LabNode, filter: string): Promise<Capturing> {
  const file = fileIn(node, "bench.pcap");
  const options = ["-Z", "root", "-U", "-B", KERNEL_BUFFER, "-s", "128", "-i", "eth0", "-w", file];
  const child = node.spawn(["tcpdump", ...options, filter]);
  if (child.stderr === null) throw new Error("tcpdump was started without a pipe");
  // It says "listening on eth0, ..." once it does.
  await once(child.stderr, "data");
  return {
    stop: async () => {
      await sleep(BLOCK_MS);
      const gone = once(child, "exit");
      child.kill("SIGINT");
      await gone;
      return framesIn(file);
    },
  };
}

export const framesIn = (file: string): readonly Frame[] => [...framesOf(readFileSync(file))];

function* framesOf(file: Buffer): Generator<Frame> {
  for (let at = FILE_HEADER_BYTES; at + FRAME_HEADER_BYTES <= file.length; ) {
    const length = file.readUInt32LE(at + 8);
    const start = at + FRAME_HEADER_BYTES;
    yield {
      at: file.readUInt32LE(at) * 1000 + file.readUInt32LE(at + 4) / 1000,
      bytes: file.subarray(start, start + length),
    };
    at = start + length;
  }
}

/**
 * When each address was first announced for that hardware address by a gratuitous ARP, at or after `from`. Others may announce it as
 * well: a master repeats its announcements for some seconds, and so perhaps just before its cable is cut.
 */
export function firstAnnouncements(
  frames: readonly Frame[],
  { mac, from }: { readonly mac: string; readonly from: number },
): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const { at, bytes } of frames) {
    if (at < from || bytes.readUInt16BE(12) !== ETHERTYPE.arp) continue;
    const arp = bytes.subarray(ETHERNET_HEADER_BYTES);
    const [sender, target] = [arp.subarray(14, 18).join("."), arp.subarray(24, 28).join(".")];
    if (formatMac(arp.subarray(8, 14)) !== mac) continue;
    if (sender === target && !found.has(sender)) found.set(sender, at);
  }
  return found;
}

export interface HeardAdvert {
  readonly at: number;
  readonly source: string;
  readonly virtualRouterID: number;
  readonly priority: number;
}

export function advertsIn(frames: readonly Frame[]): readonly HeardAdvert[] {
  return frames.flatMap(({ at, bytes }) => {
    if (bytes.readUInt16BE(12) !== ETHERTYPE.ipv4) return [];
    const packet = bytes.subarray(ETHERNET_HEADER_BYTES);
    const message = packet.subarray(((packet[0] ?? 0) & 0x0f) * 4);
    const source = packet.subarray(12, 16).join(".");
    return [{ at, source, virtualRouterID: message[1] ?? 0, priority: message[2] ?? 0 }];
  });
}

/** By how much each advertisement came later after the one before than the interval, in ms; sorted. */
export function latenesses(adverts: readonly HeardAdvert[], intervalMs: number): readonly number[] {
  const last = new Map<string, number>();
  const late: number[] = [];
  for (const { at, source, virtualRouterID } of adverts) {
    const key = `${source} ${virtualRouterID}`;
    const before = last.get(key);
    if (before !== undefined) late.push(Math.max(0, at - before - intervalMs));
    last.set(key, at);
  }
  return late.sort((one, other) => one - other);
}

/** Of sorted values. */
export const quantile = (sorted: readonly number[], part: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
