/**
 * What the real interface below a virtual hardware address of IPv4 has to leave to it. To Linux an address belongs to the host: each
 * interface answers ARP for all of them, and asks in the name of any. Both would give neighbours the real hardware
 * address. keepalived sees to the first only.
 */
import type { SettingChange } from "../../port/virtual-links.ts";
import { SystemCallFailure } from "../libc/libc.ts";
import { readSetting, type Setting, settingName, writeSetting } from "./interface-settings.ts";

interface Need {
  readonly setting: Setting;
  readonly value: number;
  readonly suffices: readonly number[];
}

const NEEDS: Readonly<{ [name: string]: Need }> = {
  // Answers only for addresses of its own.
  arp_ignore: { setting: "ipv4/arp_ignore", value: 1, suffices: [1, 2] },
  // Asks in the name of an address of its own, when a reply from the virtual address is to leave by it.
  arp_announce: { setting: "ipv4/arp_announce", value: 2, suffices: [2] },
};

/** By name, what each setting was. */
export type ParentRecord = Readonly<{ [name: string]: number }>;

export interface Change extends SettingChange {
  readonly name: string;
}

/** Changes what does not suffice, and nothing else. Throws SystemCallFailure. */
export function makeWay(parent: string): readonly Change[] {
  return Object.entries(NEEDS).flatMap(([name, { setting, value, suffices }]) => {
    if (suffices.includes(inForce(parent, setting))) return [];
    const from = writeSetting(parent, setting, value);
    const now = inForce(parent, setting);
    // The larger of the interface's and the one for all counts.
    if (!suffices.includes(now))
      throw new SystemCallFailure(
        "sysctl",
        `${settingName("all", setting)} is ${now} and must be ${value} or less`,
      );
    return from === null ? [] : [{ name, setting: settingName(parent, setting), from, to: value }];
  });
}

/** What somebody has changed since then stays. Throws SystemCallFailure. */
export function restore(parent: string, record: ParentRecord): readonly SettingChange[] {
  return Object.entries(record).flatMap(([name, to]) => {
    const need = NEEDS[name];
    if (need === undefined || readSetting(parent, need.setting) !== need.value) return [];
    const from = writeSetting(parent, need.setting, to);
    return from === null ? [] : [{ setting: settingName(parent, need.setting), from, to }];
  });
}

export function recordText(parent: string, record: ParentRecord): string {
  const before = Object.entries(record).map(([name, value]) => `${name}=${value}`);
  return before.length === 0 ? "holdfast" : `holdfast; before on ${parent}: ${before.join(" ")}`;
}

export function recordIn(text: string): ParentRecord {
  const [, said = ""] = /^holdfast; before on \S+: (.*)$/.exec(text) ?? [];
  return Object.fromEntries(
    [...said.matchAll(/(\w+)=(\d+)/g)].map(([, name = "", value]) => [name, Number(value)]),
  );
}

const inForce = (parent: string, setting: Setting): number =>
  Math.max(readSetting(parent, setting) ?? 0, readSetting("all", setting) ?? 0);
