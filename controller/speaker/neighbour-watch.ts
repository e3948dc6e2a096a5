/**
 * Notices when somebody else answers, or speaks, for an address that this node holds (RFC 5227 §2.4, RFC 4861 §7.2.6). Hears
 * the ARP or the neighbour advertisements of one interface, and only while there is an address to watch: a backup pays nothing for it.
 */
import type { IpAddress } from "../net/ip.ts";
import type { AdvertListener, Network } from "../port/advert-socket.ts";
import { OperationFailure } from "../port/failure.ts";
import type { Log } from "../port/log.ts";
import { parseArp } from "../vrrp/arp.ts";
import { parseNeighbourAdvertisement } from "../vrrp/neighbour-advertisement.ts";

export interface NeighbourWatcher {
  /** Somebody with the hardware address `mac` says that `address` is theirs; perhaps ourselves. */
  claimed(address: IpAddress, mac: string): void;
}

export interface Claim {
  readonly address: IpAddress;
  readonly mac: string;
}

/** How the hosts of a link tell each other which hardware address answers. */
export interface NeighbourProtocol {
  open(network: Network, interfaceName: string, listener: AdvertListener): Disposable;
  read(packet: Uint8Array): Claim | null;
}

export const ARP: NeighbourProtocol = {
  open: (network, interfaceName, listener) => network.openArpSocket(interfaceName, listener),
  read: (frame) => {
    const arp = parseArp(frame);
    return arp === null ? null : { address: arp.senderAddress, mac: arp.senderMac };
  },
};

export const NEIGHBOUR_DISCOVERY: NeighbourProtocol = {
  open: (network, interfaceName, listener) => network.openNeighbourSocket(interfaceName, listener),
  read: (message) => {
    const heard = parseNeighbourAdvertisement(message);
    return heard === null ? null : { address: heard.target, mac: heard.mac };
  },
};

export class NeighbourWatch implements Disposable {
  readonly #protocol: NeighbourProtocol;
  readonly #interfaceName: string;
  readonly #network: Network;
  readonly #log: Log;
  /** More than one only while a router hands over to its own successor. */
  readonly #watchers = new Map<IpAddress, Set<NeighbourWatcher>>();
  #hasLink = false;
  #socket: Disposable | null = null;

  constructor(protocol: NeighbourProtocol, interfaceName: string, network: Network, log: Log) {
    this.#protocol = protocol;
    this.#interfaceName = interfaceName;
    this.#network = network;
    this.#log = log;
  }

  /** Until the answer is disposed of. */
  watch(addresses: readonly IpAddress[], watcher: NeighbourWatcher): Disposable {
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

  #forget(address: IpAddress, watcher: NeighbourWatcher): void {
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
      this.#socket = this.#protocol.open(this.#network, this.#interfaceName, {
        heard: (packet) => this.#hear(packet),
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

  #hear(packet: Uint8Array): void {
    const claim = this.#protocol.read(packet);
    if (claim === null) return;
    for (const watcher of this.#watchers.get(claim.address) ?? []) watcher.claimed(claim.address, claim.mac);
  }
}
