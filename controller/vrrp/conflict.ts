/** What of a peer's advertisement does not fit with ours, as facts on which an operator can act. Pure. */
import type { IpAddress } from "../net/ip.ts";
import { unreachable } from "../net/unreachable.ts";
import type { HeardMessage } from "./packet.ts";
import type { Difference, Expectation } from "./reception.ts";
import type { ConflictCode, RouterConflict } from "./virtual-router.ts";

/** Drop reasons that mean a misconfigured or foreign speaker; the others mean broken packets. */
const CONFLICTING_DROPS: Readonly<Record<string, { readonly code: ConflictCode; readonly what: string }>> = {
  "version-mismatch": { code: "version", what: "another VRRP version than ours" },
  "password-mismatch": { code: "authentication", what: "another password than ours" },
  "interval-mismatch": {
    code: "interval",
    what: "another interval than ours, which version 2 does not take",
  },
  "foreign-sender": { code: "foreign-sender", what: "our virtual router id, though it is no member" },
};

/** `null`: the reason tells of no conflict. */
export function conflictOfDrop(reason: string, source: IpAddress | null): RouterConflict | null {
  const found = CONFLICTING_DROPS[reason];
  if (found === undefined) return null;
  const message = `${source ?? "somebody"} advertises with ${found.what}: not taken`;
  return { code: found.code, message };
}

export function conflictOfDifference(
  difference: Difference,
  { advertisement, source }: HeardMessage,
  expected: Expectation,
): RouterConflict {
  switch (difference) {
    case "addresses":
      return {
        code: "address-list",
        message: `${source} advertises other addresses than we do (${advertisement.addresses.join(", ")}): keepalived up to 2.3.2 does not take ours then`,
      };
    case "interval":
      return {
        code: "interval",
        message: `${source} advertises every ${advertisement.adverInterval} ms, this node every ${expected.adverInterval} ms`,
      };
    case "checksum-form":
      return {
        code: "checksum-form",
        message: `${source} sends another form of checksum (${expected.checksumForm} is ours): a peer that takes only one form does not take ours`,
      };
    default:
      return unreachable(difference);
  }
}

export const rivalMaster = (source: IpAddress, priority: number, ours: number): RouterConflict => ({
  code: "rival-master",
  message: `${source} advertises priority ${priority} as master, and this node does with ${ours}: both hold the addresses`,
});

export const samePriority = (source: IpAddress, priority: number): RouterConflict => ({
  code: "same-priority",
  message: `${source} advertises priority ${priority}, which is ours: between equals the higher address wins`,
});

export const falseResignation = (source: IpAddress): RouterConflict => ({
  code: "false-resignation",
  message: `priority 0 is sent in the name of ${source}, which is not the master that this node follows, or has gone on after the last one: not believed`,
});

export const sameAddress = (address: IpAddress, mac: string): RouterConflict => ({
  code: "duplicate-address",
  message: `${mac} answers for ${address}, which this node holds`,
});
