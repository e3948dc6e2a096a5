/** What a lab's things are called, so that every command finds them again and a clean-up needs no memory. */
import { tmpdir } from "node:os";
import { join } from "node:path";

export const NAMESPACE_PREFIX = "hf-";
export const DIRECTORY_PREFIX = "holdfast-lab-";
export const SWITCH = "switch";
export const CLIENT = "client";
export const BRIDGE = "br0";

/** `hf-demo-keepalive-a`. */
export const namespaceOf = (lab: string, machine: string): string => `${NAMESPACE_PREFIX}${lab}-${machine}`;

/** The switch's end of a machine's cable. Numbered, since the kernel allows 15 bytes and nodes have longer names. */
export const switchPort = (index: number): string => `port${index + 1}`;

export const directoryOf = (lab: string): string => join(tmpdir(), `${DIRECTORY_PREFIX}${lab}`);

/** A MAC address that a machine keeps over its reboots: locally administered, the IPv4 address in its last four bytes. */
export function macOf(address: string): string {
  const octets = address.split(".").map((octet) => Number(octet).toString(16).padStart(2, "0"));
  return ["02", "1a", ...octets].join(":");
}
