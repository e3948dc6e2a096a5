/**
 * Notices when somebody else answers, or speaks, for an address that this node holds (RFC 5227 §2.4). Hears the ARP of one
 * interface, and only while there is an address to watch: a backup pays nothing for it.
 */
import type { Ipv4 } from "../net/ipv4.ts";
import type { Network } from "../port/advert-socket.ts";
import { OperationFailure } from "../port/failure.ts";
import type { Log } from "../port/log.ts";
import { parseArp } from "../vrrp/arp.ts";

export interface ArpWatcher {
  /** Somebody with the hardware address `mac` says that `address` is theirs; perhaps ourselves. */
  claimed(address: Ipv4, mac: string): void;
}

export class ArpWatch implements Disposable {
  readonly #interfaceName: string;
  readonly #network: Network;
  readonly #log: Log;
  /** More than one only while a router hands over to its own successor. */
  readonly #watchers = new Map<Ipv4, Set<ArpWatcher>>();
  #hasLink = false;
  #socket: Disposable | null = null;

  constructor(interfaceName: string, network: Network, log: Log) {
    this.#interfaceName = interfaceName;
    this.#network = network;
    this.#log = log;
  }

  /** Until the answer is disposed of. */
  watch(addresses: readonly Ipv4[], watcher: ArpWatcher): Disposable {
    for (const address of addresses) {
      const watchers = this.#watchers.get(address) ?? new Set();
      this.#watchers.set(address, watchers.add(watcher));
    }
    this.#adapt();
    return {
      [Symbol.dispose]: () => {
        for (const address of addresses) this.#forget(address, watcher);
        this.#adapt();
      },
    };
  }

  /** The interface is there, or is another one, or is gone. */
  follow(hasLink: boolean): void {
    this.#close();
    this.#hasLink = hasLink;
    this.#adapt();
  }

  [Symbol.dispose](): void {
    this.#close();
  }

  #forget(address: Ipv4, watcher: ArpWatcher): void {
    const watchers = this.#watchers.get(address);
    watchers?.delete(watcher);
    if (watchers?.size === 0) this.#watchers.delete(address);
  }

  #adapt(): void {
    const isWanted = this.#hasLink && this.#watchers.size > 0;
    if (!isWanted) this.#close();
    else if (this.#socket === null) this.#open();
  }

  #open(): void {
    try {
      this.#socket = this.#network.openArpSocket(this.#interfaceName, {
        heard: (frame) => this.#hear(frame),
        broken: () => {
          // The interface is going, and the address table tells of it.
          this.#close();
        },
      });
    } catch (error) {
      if (!(error instanceof OperationFailure)) throw error;
      const fields = { interface: this.#interfaceName, because: error.message };
      this.#log.warn("cannot hear whether somebody else answers for our addresses", fields);
    }
  }

  #close(): void {
    this.#socket?.[Symbol.dispose]();
    this.#socket = null;
  }

  #hear(frame: Uint8Array): void {
    const arp = parseArp(frame);
    if (arp === null) return;
    for (const watcher of this.#watchers.get(arp.senderAddress) ?? [])
      watcher.claimed(arp.senderAddress, arp.senderMac);
  }
}
