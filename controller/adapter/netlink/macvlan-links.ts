/** Interfaces with a virtual hardware address, as macvlan on top of the real one, by rtnetlink. */

import { OperationFailure } from "../../port/failure.ts";
import type { SettingChange, VirtualLink, VirtualLinks, VirtualLinkTerms } from "../../port/virtual-links.ts";
import { isVirtualLinkName } from "../../vrrp/virtual-mac.ts";
import { type Libc, SystemCallFailure } from "../libc/libc.ts";
import { ChangeSocket } from "./change-socket.ts";
import { NLM_F } from "./framing.ts";
import {
  decodeVirtualLink,
  encodeAlias,
  encodeMacvlan,
  encodeRemoval,
  encodeUp,
  type KernelVirtualLink,
} from "./macvlan-messages.ts";
import { hush } from "./macvlan-settings.ts";
import { encodeLinkDump, RTM } from "./messages.ts";
import { makeWay, type ParentRecord, recordIn, recordText, restore } from "./parent-settings.ts";
import { RouteSocket } from "./route-socket.ts";

const GONE = "ENODEV";

export class MacvlanLinks implements VirtualLinks, Disposable {
  readonly #libc: Libc;
  readonly #route = new RouteSocket();
  readonly #changes: ChangeSocket;

  constructor(libc: Libc) {
    this.#libc = libc;
    this.#changes = new ChangeSocket(libc);
  }

  async list(): Promise<readonly VirtualLink[]> {
    const all = await this.#all();
    const names = new Map(all.map(({ index, name }) => [index, name]));
    return all
      .filter(({ name, isOurs }) => isOurs || isVirtualLinkName(name))
      .map(({ name, mac, parentIndex, isOurs, isUp }) => {
        return { name, mac, parent: names.get(parentIndex) ?? "", isOurs, isUp };
      });
  }

  async create({ name, mac, parent, family }: VirtualLinkTerms): Promise<readonly SettingChange[]> {
    const parentIndex = this.#libc.interfaceIndex(parent);
    if (parentIndex === null) throw new OperationFailure({ code: "interface-missing", interface: parent });
    try {
      const payload = encodeMacvlan(name, mac, parentIndex);
      await this.#changes.request(RTM.newLink, payload, NLM_F.create | NLM_F.exclusive);
    } catch (error) {
      throw refusal(name, error);
    }
    try {
      hush(name, family);
      if (family === "ipv6") return [];
      return await this.#makeWay(name, parent, parentIndex);
    } catch (error) {
      // One that is not as it must be would answer from the wrong place, or speak by itself.
      await this.remove(name);
      throw refusal(name, error);
    }
  }

  async setUp(name: string, isUp: boolean): Promise<void> {
    const index = this.#libc.interfaceIndex(name);
    if (index === null) throw new OperationFailure({ code: "interface-missing", interface: name });
    try {
      await this.#changes.request(RTM.newLink, encodeUp(index, isUp), 0);
    } catch (error) {
      throw refusal(name, error);
    }
  }

  async remove(name: string): Promise<readonly SettingChange[]> {
    const all = await this.#all();
    const link = all.find((each) => each.name === name);
    if (link === undefined) return [];
    try {
      await this.#changes.request(RTM.deleteLink, encodeRemoval(link.index), 0);
    } catch (error) {
      if (!(error instanceof SystemCallFailure && error.errno === GONE)) throw refusal(name, error);
    }
    const parent = all.find(({ index }) => index === link.parentIndex);
    const isLast = !all.some((each) => each !== link && sharesRecord(each, link.parentIndex));
    if (parent === undefined || !isLast) return [];
    try {
      return restore(parent.name, recordIn(link.alias));
    } catch (error) {
      throw refusal(name, error);
    }
  }

  [Symbol.dispose](): void {
    this.#route[Symbol.dispose]();
    this.#changes[Symbol.dispose]();
  }

  async #all(): Promise<readonly KernelVirtualLink[]> {
    try {
      const payloads = await this.#route.dump(RTM.getLink, encodeLinkDump());
      return payloads.map(decodeVirtualLink).filter((link) => link !== null);
    } catch (error) {
      if (!(error instanceof SystemCallFailure)) throw error;
      throw new OperationFailure(
        { code: "kernel-refused", operation: "list links", errno: error.errno },
        error,
      );
    }
  }

  /** What was there before is kept with every link on the same parent, so that whichever goes last can put it back. */
  async #makeWay(name: string, parent: string, parentIndex: number): Promise<readonly SettingChange[]> {
    const others = (await this.#all()).filter(
      (each) => each.name !== name && sharesRecord(each, parentIndex),
    );
    const known: ParentRecord = Object.assign({}, ...others.map(({ alias }) => recordIn(alias)));
    const changes = makeWay(parent);
    const record: ParentRecord = {
      ...Object.fromEntries(changes.map(({ name: each, from }) => [each, from])),
      ...known,
    };
    const index = this.#libc.interfaceIndex(name);
    if (index !== null)
      await this.#changes.request(RTM.newLink, encodeAlias(index, recordText(parent, record)), 0);
    return changes;
  }
}

/** Those of IPv6 need nothing of their parent. */
const sharesRecord = ({ isOurs, parentIndex, mac }: KernelVirtualLink, parent: number): boolean =>
  isOurs && parentIndex === parent && mac.startsWith("00:00:5e:00:01:");

function refusal(name: string, error: unknown): unknown {
  if (!(error instanceof SystemCallFailure)) return error;
  const { errno, call } = error;
  if (errno === "EPERM")
    return new OperationFailure(
      { code: "not-permitted", operation: `make ${name}`, needs: "CAP_NET_ADMIN" },
      error,
    );
  const reason = call === "sysctl" ? errno : (REASONS[errno] ?? errno);
  return new OperationFailure({ code: "virtual-link-refused", interface: name, reason }, error);
}

const REASONS: Readonly<{ [errno: string]: string | undefined }> = {
  ENOTSUP: "this kernel has no macvlan interfaces: load or build the module macvlan",
  EEXIST: "an interface of that name is there and is not ours",
  EADDRINUSE: "another interface on the one below has the same virtual MAC",
  EBUSY: "the interface below belongs to a bridge or a bond",
  EINVAL: "the interface below can carry no macvlan",
};
