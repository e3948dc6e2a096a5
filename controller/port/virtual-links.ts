/**
 * Interfaces of ours that answer under a virtual hardware address, each on top of a real one. One adapter makes them by rtnetlink
 * (macvlan); one fake keeps them in an array. Every call may throw OperationFailure.
 */
import type { Family } from "../net/ip.ts";

export interface VirtualLink {
  readonly name: string;
  readonly mac: string;
  /** The interface below it. */
  readonly parent: string;
  /** Whether it carries our mark in the kernel. */
  readonly isOurs: boolean;
  /** Administratively: only then does it hear anything, and can anything leave from it. */
  readonly isUp: boolean;
}

export interface VirtualLinkTerms extends Pick<VirtualLink, "name" | "mac" | "parent"> {
  /** Of the addresses that it is for. */
  readonly family: Family;
}

/** A setting of the real interface that had to become another one, e.g. `net.ipv4.conf.eth0.arp_ignore`. */
export interface SettingChange {
  readonly setting: string;
  readonly from: number;
  readonly to: number;
}

export interface VirtualLinks {
  /** All of this namespace that have a name or a mark of ours. */
  list(): Promise<readonly VirtualLink[]>;
  /**
   * Makes one that is down and says nothing of its own accord. Answers with what had to be changed on the interface below it. Throws
   * `virtual-link-refused` where the kernel has no such interfaces, or something else has the name.
   */
  create(terms: VirtualLinkTerms): Promise<readonly SettingChange[]>;
  /** Down, it falls silent at once, with all its addresses. Throws `virtual-link-refused`. */
  setUp(name: string, isUp: boolean): Promise<void>;
  /** With its addresses; one that is gone already is no failure. What was changed below the last one is put back. */
  remove(name: string): Promise<readonly SettingChange[]>;
}
