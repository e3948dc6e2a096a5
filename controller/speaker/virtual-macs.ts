/**
 * The interfaces under whose virtual hardware addresses the lines of this node answer. Each is there for as long as this node
 * takes part, and up only while it is to hold the addresses: one that is down hears nothing, and nothing can leave from it, also
 * nothing that the kernel says of its own accord when an address comes or goes. So it goes up before its addresses are added, and
 * down before they are removed. What carries our mark and is for no line goes, leftovers of a killed speaker too.
 */
import type { Link } from "../port/address-table.ts";
import { OperationFailure } from "../port/failure.ts";
import type { Log } from "../port/log.ts";
import type { SettingChange, VirtualLink, VirtualLinks } from "../port/virtual-links.ts";
import { carrierOf, isVirtualLinkName, virtualMacOf } from "../vrrp/virtual-mac.ts";
import type { RouterProblem } from "../vrrp/virtual-router.ts";
import type { Carrier } from "./address-lists.ts";
import type { Line } from "./line.ts";
import { NOT_LOOKED_YET } from "./reach.ts";

export class VirtualMacs {
  readonly #links: VirtualLinks;
  readonly #log: Log;
  /** By name, as they were left by the last look. */
  readonly #isUp = new Map<string, boolean>();
  readonly #failures = new Map<string, string>();

  constructor(links: VirtualLinks, log: Log) {
    this.#links = links;
    this.#log = log;
  }

  /** The first thing that the kernel refused at the last look. */
  get failure(): string | null {
    return [...this.#failures.values()][0] ?? null;
  }

  problemOf({ router }: Line): RouterProblem | null {
    const message = router.virtualMAC ? this.#failures.get(carrierOf(router)) : undefined;
    return message === undefined ? null : { code: "virtual-link-refused", message };
  }

  /** Whether addresses may be added and removed just now, as the line wants it. */
  standsFor({ router, wish }: Line): Carrier {
    if (!router.virtualMAC) return "ready";
    const isUp = this.#isUp.get(carrierOf(router));
    if (isUp === undefined || this.#failures.has(carrierOf(router))) return "missing";
    return isUp === wish.isWanted ? "ready" : "to-be-switched";
  }

  /** Throws OperationFailure when the kernel does not answer. */
  async follow(lines: readonly Line[], seen: readonly Link[]): Promise<void> {
    const ofLines = lines.filter(({ router }) => router.virtualMAC);
    this.#failures.clear();
    this.#isUp.clear();
    // Most nodes have none, and pay nothing for it.
    if (ofLines.length === 0 && !seen.some(({ name }) => isVirtualLinkName(name))) return;
    const wanted = groupedByCarrier(ofLines);
    const known = new Map((await this.#links.list()).map((link) => [link.name, link]));
    for (const link of known.values()) {
      if (link.isOurs && !wanted.has(link.name))
        await this.#attempt(link.name, () => this.#remove(link.name));
    }
    const parents = new Set(seen.map(({ name }) => name));
    for (const [name, sharing] of wanted) {
      const [{ router }] = sharing;
      if (parents.has(router.interface)) await this.#attempt(name, () => this.#see(sharing, known.get(name)));
    }
  }

  async #see([line, ...others]: Sharing, found: VirtualLink | undefined): Promise<void> {
    const { router } = line;
    const terms = {
      name: carrierOf(router),
      mac: virtualMacOf(router) ?? "",
      parent: router.interface,
      family: router.family,
    };
    const isRight = found?.isOurs === true && found.mac === terms.mac && found.parent === terms.parent;
    if (found?.isOurs === true && !isRight) await this.#remove(terms.name);
    if (!isRight) {
      this.#tell(await this.#links.create(terms));
      this.#log.info("made an interface for a virtual MAC", { interface: terms.name, mac: terms.mac });
    }
    const isUp = isRight && found.isUp;
    // As it is wanted at this moment, and not when the look began.
    const sharing = [line, ...others];
    const isWanted = sharing.some(({ wish }) => wish.isWanted) || (isUp && sharing.some(mayGoOn));
    if (isUp !== isWanted) await this.#links.setUp(terms.name, isWanted);
    this.#isUp.set(terms.name, isWanted);
  }

  async #remove(name: string): Promise<void> {
    this.#tell(await this.#links.remove(name));
    this.#log.info("removed an interface for a virtual MAC", { interface: name });
  }

  /** The operator's settings, so never without a word. */
  #tell(changes: readonly SettingChange[]): void {
    for (const { setting, from, to } of changes) {
      const because = "neighbours must not be given the real hardware address for a virtual one";
      this.#log.warn("changed a setting of the kernel", { setting, from, to, because });
    }
  }

  async #attempt(name: string, act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      if (!(error instanceof OperationFailure)) throw error;
      this.#failures.set(name, error.message);
    }
  }
}

type Sharing = readonly [Line, ...Line[]];

/** It has not begun, and may find that its predecessor was killed as master a moment ago: then nobody is to notice. */
const mayGoOn = ({ reach }: Line): boolean => reach === NOT_LOOKED_YET;

/** More than one share it while a router hands over to its own successor. */
function groupedByCarrier(lines: readonly Line[]): ReadonlyMap<string, Sharing> {
  const groups = new Map<string, Sharing>();
  for (const line of lines) {
    const name = carrierOf(line.router);
    const known = groups.get(name);
    groups.set(name, known === undefined ? [line] : [...known, line]);
  }
  return groups;
}
