/** What passes the switch of a speaker lab over IPv6, kept in a file and told by an independent dissector that checks every checksum. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { join } from "node:path";
import { capturing, SUSPICIOUS, tshark } from "./lab-capture.ts";
import type { SpeakerLab } from "./speaker-lab.ts";

/** As tshark tells it, whose words are its own. */
export interface DissectedAdvert {
  /** Wall time in ms. */
  readonly at: number;
  readonly source: string;
  readonly destination: string;
  readonly hopLimit: number;
  readonly version: number;
  readonly virtualRouterID: number;
  readonly priority: number;
  /** In hundredths of a second. */
  readonly interval: number;
  readonly addresses: readonly string[];
}

export interface Dissection {
  readonly adverts: readonly DissectedAdvert[];
  /** Advertisements with a wrong checksum, and whatever is malformed or suspicious. */
  readonly complaints: readonly string[];
}

const FIELDS = [
  "frame.time_epoch",
  "ipv6.src",
  "ipv6.dst",
  "ipv6.hlim",
  "vrrp.version",
  "vrrp.virt_rtr_id",
  "vrrp.prio",
  "vrrp.short_adver_int",
  "vrrp.ipv6_addr",
];
const UNSOUND = `${SUSPICIOUS} || (vrrp && vrrp.checksum.status != 1)`;

/** Resolves when it captures. The function that it resolves to ends it and tells what there was. */
export async function dissectSwitch(lab: SpeakerLab): Promise<() => Promise<Dissection>> {
  const file = join(lab.directory, "ipv6.pcap");
  const child = lab.spawn(["tcpdump", ...capturing("br0", file), "ip6 proto 112 or icmp6"]);
  assert.ok(child.stderr !== null);
  // It says "listening on br0, ..." once it does.
  await once(child.stderr, "data");
  return async () => {
    const gone = once(child, "close");
    child.kill("SIGINT");
    await gone;
    const columns = FIELDS.flatMap((field) => ["-e", field]);
    const adverts = tshark(["-r", file, "-Y", "vrrp", "-T", "fields", "-E", "separator=|", ...columns]);
    return { adverts: adverts.map(advertOf), complaints: tshark(["-r", file, "-Y", UNSOUND]) };
  };
}

function advertOf(line: string): DissectedAdvert {
  const [at, source = "", destination = "", hopLimit, version, id, priority, interval, addresses = ""] =
    line.split("|");
  return {
    at: Number(at) * 1000,
    source,
    destination,
    hopLimit: Number(hopLimit),
    version: Number(version),
    virtualRouterID: Number(id),
    priority: Number(priority),
    interval: Number(interval),
    addresses: addresses.split(","),
  };
}
