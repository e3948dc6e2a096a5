/** Packets as they were on a machine's wire, told by an independent dissector that checks every checksum. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Lab } from "../../controller/lab/lab.ts";
import { machineDirectory } from "../../controller/lab/machine.ts";
import { signal, spawnIn } from "./lab-world.ts";

export interface Packet {
  /** Wall time in ms. */
  readonly at: number;
  readonly source: string;
  /** Named as tshark names them: `vrrp.prio`, `arp.src.proto_ipv4`, ... */
  readonly fields: Readonly<Record<string, string>>;
}

export interface Capture {
  readonly file: string;
  /** Resolves when all that was on the wire so far is in the file. */
  stop(): Promise<void>;
}

const FIELDS = [
  "frame.time_epoch",
  "ip.src",
  "ip.ttl",
  "ip.checksum.status",
  "vrrp.version",
  "vrrp.virt_rtr_id",
  "vrrp.prio",
  "vrrp.auth_string",
  "vrrp.checksum.status",
  "arp.opcode",
  "arp.src.proto_ipv4",
  "arp.dst.proto_ipv4",
  "_ws.malformed",
  "_ws.expert.message",
] as const;
/** Expert severities from "warning" up. */
export const SUSPICIOUS = "_ws.malformed || _ws.expert.severity >= 6291456";
const CHECKING = ["-o", "ip.check_checksum:TRUE"];

let count = 0;

/** What tcpdump is told. -Z root: as another user it could not write into the directory of root. */
export const capturing = (name: string, file: string): readonly string[] => [
  ...["-Z", "root", "-U", "--immediate-mode"],
  ...["-i", name, "-w", file],
];

export async function capture(lab: Lab, machine: string, filter: string): Promise<Capture> {
  const { interface: name } = lab.machine(machine);
  const file = join(machineDirectory(lab.at(machine)), `capture-${++count}.pcap`);
  const options = capturing(name, file);
  const child = spawnIn(lab, machine, ["tcpdump", ...options, filter]);
  if (child.stderr === null) throw new Error("tcpdump was started without a pipe");
  child.stdout?.resume();
  // It says "listening on ens33, ..." once it does.
  await once(child.stderr, "data");
  child.stderr.resume();
  return { file, stop: () => signal(child, "SIGINT") };
}

export function decode(file: string, displayFilter = ""): readonly Packet[] {
  const columns = FIELDS.flatMap((field) => ["-e", field]);
  const filter = displayFilter === "" ? [] : ["-Y", displayFilter];
  const output = tshark([
    "-r",
    file,
    ...CHECKING,
    ...filter,
    "-T",
    "fields",
    "-E",
    "separator=|",
    ...columns,
  ]);
  return output.map((line) => {
    const values = line.split("|");
    const fields = Object.fromEntries(FIELDS.map((field, index) => [field, values[index] ?? ""]));
    const source = fields["ip.src"] || fields["arp.src.proto_ipv4"] || "";
    return { at: Number(fields["frame.time_epoch"]) * 1000, source, fields };
  });
}

/** Lines about packets that the dissector does not like; none is what one hopes for. */
export function complaints(file: string): readonly string[] {
  const unsound = "vrrp && (vrrp.checksum.status != 1 || ip.checksum.status != 1 || ip.ttl != 255)";
  return tshark(["-r", file, ...CHECKING, "-Y", `(${SUSPICIOUS}) || (${unsound})`]);
}

export function tshark(options: readonly string[]): string[] {
  const output = execFileSync("tshark", options, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  return output.split("\n").filter(Boolean);
}
