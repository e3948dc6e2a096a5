/** Virtual links as entries of a fake address table. They pass the same contract as macvlan ones (test/contract). */
import { OperationFailure } from "../../controller/port/failure.ts";
import type {
  SettingChange,
  VirtualLink,
  VirtualLinks,
  VirtualLinkTerms,
} from "../../controller/port/virtual-links.ts";
import type { FakeAddressTable } from "./fake-address-table.ts";
import { Gate } from "./gate.ts";

export class FakeVirtualLinks implements VirtualLinks {
  readonly #table: FakeAddressTable;
  readonly #links = new Map<string, VirtualLink>();
  /** What the kernel says to whoever wants one. */
  refusal: string | null = null;
  readonly #lists = new Gate();

  constructor(table: FakeAddressTable) {
    this.#table = table;
  }

  async list(): Promise<readonly VirtualLink[]> {
    await this.#lists.opened;
    return [...this.#links.values()];
  }

  /** They are listed only after what is returned has been called. */
  stallLists(): () => void {
    return this.#lists.close();
  }

  async create({ name, mac, parent }: VirtualLinkTerms): Promise<readonly SettingChange[]> {
    const isThere = (await this.#table.links()).some((link) => link.name === parent);
    if (!isThere) throw new OperationFailure({ code: "interface-missing", interface: parent });
    const reason =
      this.refusal ?? (this.#links.has(name) ? "an interface of that name is there and is not ours" : null);
    if (reason !== null)
      throw new OperationFailure({ code: "virtual-link-refused", interface: name, reason });
    this.#put({ name, mac, parent, isOurs: true, isUp: false });
    return [];
  }

  async setUp(name: string, isUp: boolean): Promise<void> {
    const link = this.#links.get(name);
    if (link === undefined) throw new OperationFailure({ code: "interface-missing", interface: name });
    this.#put({ ...link, isUp });
    // As the kernel does with those of IPv6, and with no others.
    if (isUp) return;
    for (const { interface: carrier, prefix } of await this.#table.addresses())
      if (carrier === name && prefix.address.includes(":")) this.#table.removeByHand(name, prefix);
  }

  async remove(name: string): Promise<readonly SettingChange[]> {
    if (this.#links.delete(name)) this.#table.removeLink(name);
    return [];
  }

  /** Somebody else's. */
  addByHand(name: string, mac: string, parent: string): void {
    this.#put({ name, mac, parent, isOurs: false, isUp: false });
  }

  /** `hf51.4.eth0 00:00:5e:00:01:33 up` each. */
  get listing(): readonly string[] {
    return [...this.#links.values()].map(({ name, mac, isUp }) => `${name} ${mac} ${isUp ? "up" : "down"}`);
  }

  #put(link: VirtualLink): void {
    this.#links.set(link.name, link);
    this.#table.setLink(link.name, link.isUp);
    this.#table.setMac(link.name, link.mac);
  }
}
