/**
 * The kernel's settings of one interface, in /proc/sys/net, which shows the network namespace of whoever looks. Most of them cannot be
 * set by rtnetlink. Nothing is written that is as it should be already: where /proc/sys is read-only, an operator's sysctl.d does.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { SystemCallFailure } from "../libc/libc.ts";

/** `ipv4/arp_ignore`. */
export type Setting = `${"ipv4" | "ipv6"}/${string}`;

/** As `sysctl` names it. */
export function settingName(interfaceName: string, setting: Setting): string {
  const [family, name] = setting.split("/");
  return `net.${family}.conf.${interfaceName}.${name}`;
}

/** `null`: this kernel has no such setting, as without IPv6, or there is no such interface. */
export function readSetting(interfaceName: string, setting: Setting): number | null {
  try {
    return Number(readFileSync(pathOf(interfaceName, setting), "utf8"));
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return null;
    throw new SystemCallFailure("read", errnoOf(error));
  }
}

/** What it was, when it was another; a setting that there is not is passed over. Throws SystemCallFailure. */
export function writeSetting(interfaceName: string, setting: Setting, value: number): number | null {
  const before = readSetting(interfaceName, setting);
  if (before === null || before === value) return null;
  try {
    writeFileSync(pathOf(interfaceName, setting), `${value}`);
    return before;
  } catch (error) {
    const name = settingName(interfaceName, setting);
    throw new SystemCallFailure(
      "sysctl",
      `${name} is ${before} and cannot be set to ${value} (${errnoOf(error)})`,
    );
  }
}

function pathOf(interfaceName: string, setting: Setting): string {
  const [family, name] = setting.split("/");
  return `/proc/sys/net/${family}/conf/${interfaceName}/${name}`;
}

const errnoOf = (error: unknown): string =>
  error instanceof Error && "code" in error ? String(error.code) : String(error);
