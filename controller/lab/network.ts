/**
 * The lab's cables: one bridge in a namespace of its own, and a veth pair from it to each machine. The pairs are made
 * between the namespaces directly, so that not for a moment does an interface appear on the host.
 */
import { attempt, run } from "./command.ts";
import { BRIDGE, macOf, namespaceOf, SWITCH, switchPort } from "./names.ts";
import type { LabMachine } from "./topology.ts";

/** A machine with the place of its cable in the switch. */
export interface Attachment {
  readonly lab: string;
  readonly machine: LabMachine;
  readonly index: number;
  readonly prefixLength: number;
}

export async function createSwitch(lab: string): Promise<void> {
  const namespace = namespaceOf(lab, SWITCH);
  await run("ip", ["netns", "add", namespace]);
  await batch(namespace, [
    "link set lo up",
    // Without snooping every port hears every group, as on a switch out of the box; no forward delay, as with RSTP edge ports.
    `link add ${BRIDGE} type bridge mcast_snooping 0 stp_state 0 forward_delay 0`,
    `link set ${BRIDGE} up`,
  ]);
}

/** Creates the machine's namespace with its interface, address and cable. */
export async function plugIn({ lab, machine, index, prefixLength }: Attachment): Promise<void> {
  const namespace = namespaceOf(lab, machine.name);
  const port = switchPort(index);
  await run("ip", ["netns", "add", namespace]);
  await batch(namespaceOf(lab, SWITCH), [
    `link add ${port} type veth peer name ${machine.interface} address ${macOf(machine.address)} netns ${namespace}`,
    `link set ${port} master ${BRIDGE} up`,
  ]);
  await batch(namespace, [
    "link set lo up",
    `addr add ${machine.address}/${prefixLength} broadcast + dev ${machine.interface}`,
    ...ipv6Lines(machine),
    `link set ${machine.interface} up`,
  ]);
}

/** Without duplicate address detection: its second or two of silence would be measured with every boot. */
function ipv6Lines({ interface: name, ipv6 }: LabMachine): string[] {
  if (ipv6.length === 0) return [];
  const added = ipv6.map((prefix) => `addr add ${prefix} dev ${name} nodad`);
  return [`link set ${name} addrgenmode none`, ...added];
}

/** Pulls the plug: cable first, so that no dying socket gets a last word in. Nothing of the namespace remains. */
export async function unplug({ lab, index }: Attachment): Promise<void> {
  await attempt("ip", ["-n", namespaceOf(lab, SWITCH), "link", "del", switchPort(index)]);
}

export async function removeNamespace(lab: string, machine: string): Promise<void> {
  await attempt("ip", ["netns", "del", namespaceOf(lab, machine)]);
}

/** The machine sees its carrier go. */
export async function setLink(attachment: Attachment, state: "up" | "down"): Promise<void> {
  await onSwitch(attachment, ["link", "set", switchPort(attachment.index), state]);
}

/** The machine keeps its carrier and hears nobody, nobody hears it: a broken switch rather than a broken cable. */
export async function setConnected(attachment: Attachment, connected: boolean): Promise<void> {
  const where = connected ? ["master", BRIDGE] : ["nomaster"];
  await onSwitch(attachment, ["link", "set", switchPort(attachment.index), ...where]);
}

async function onSwitch({ lab }: Attachment, args: readonly string[]): Promise<void> {
  await run("ip", ["-n", namespaceOf(lab, SWITCH), ...args]);
}

async function batch(namespace: string, lines: readonly string[]): Promise<void> {
  await run("ip", ["-n", namespace, "-batch", "-"], `${lines.join("\n")}\n`);
}
