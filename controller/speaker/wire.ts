/**
 * One interface and multicast group: the sockets there, and which virtual router hears what.
 *
 * The sockets belong to the interface's index. They are closed when the interface goes, opened again when it returns, and
 * replaced when the kernel breaks them; what is heard is decoded once for all routers on the wire.
 */
import type { IpAddress } from "../net/ip.ts";
import type { Ipv4 } from "../net/ipv4.ts";
import type { Link } from "../port/address-table.ts";
import type { AdvertSocket, Announcer, Network } from "../port/advert-socket.ts";
import { OperationFailure } from "../port/failure.ts";
import type { Log } from "../port/log.ts";
import { claimedRouterID, type DropReason, type HeardMessage } from "../vrrp/packet.ts";
import { Decoder } from "./decoder.ts";

export interface WireListener {
  readonly virtualRouterID: number;
  heard(message: HeardMessage): void;
  /** A packet that seems to be meant for this router but is no sound advertisement. */
  dropped(reason: DropReason, source: IpAddress | null): void;
}

export class Wire implements Disposable {
  readonly interfaceName: string;
  readonly group: Ipv4;
  readonly #network: Network;
  readonly #log: Log;
  readonly #decoder = new Decoder();
  /** By virtual router id. The lists are replaced and never changed, since a listener may leave while it hears. */
  readonly #listeners = new Map<number, readonly WireListener[]>();
  #linkIndex: number | null = null;
  #advertSocket: AdvertSocket | null = null;
  #announcer: Announcer | null = null;
  #failure: string | null = null;

  constructor(interfaceName: string, group: Ipv4, network: Network, log: Log) {
    this.interfaceName = interfaceName;
    this.group = group;
    this.#network = network;
    this.#log = log;
  }

  listen(listener: WireListener): Disposable {
    const { virtualRouterID } = listener;
    this.#listeners.set(virtualRouterID, [...this.#listenersOf(virtualRouterID), listener]);
    return { [Symbol.dispose]: () => this.#forget(virtualRouterID, listener) };
  }

  get isUnused(): boolean {
    return this.#listeners.size === 0;
  }

  /** Why there are no sockets; `null` while there are, or while there is no interface to open them on. */
  get failure(): string | null {
    return this.#failure;
  }

  /** Opens, replaces or closes the sockets, as the link is now. */
  follow(link: Link | null): void {
    if (link === null) {
      this.#close();
      return;
    }
    if (link.index !== this.#linkIndex) this.#close();
    if (this.#advertSocket === null) this.#open(link.index);
  }

  /** Throws OperationFailure. */
  advertise(packet: Uint8Array): void {
    if (this.#advertSocket === null) throw this.#notOpen();
    this.#advertSocket.send(packet, this.group);
  }

  /** Throws OperationFailure. */
  announce(frames: readonly Uint8Array[]): void {
    if (this.#announcer === null) throw this.#notOpen();
    this.#announcer.send(frames);
  }

  drain(): void {
    this.#advertSocket?.drain();
  }

  [Symbol.dispose](): void {
    this.#close();
  }

  #open(linkIndex: number): void {
    try {
      this.#advertSocket = this.#network.openAdvertSocket(this.interfaceName, this.group, {
        heard: (packet) => this.#hear(packet),
        broken: (reason) => this.#reopen(reason),
      });
      this.#announcer = this.#network.openAnnouncer(this.interfaceName);
      this.#linkIndex = linkIndex;
      this.#failure = null;
    } catch (error) {
      if (!(error instanceof OperationFailure)) throw error;
      this.#close();
      if (this.#failure !== error.message) {
        this.#log.error("cannot open the sockets", { interface: this.interfaceName, because: error.message });
      }
      this.#failure = error.message;
    }
  }

  #reopen(reason: string): void {
    this.#log.warn("the kernel has broken a socket", { interface: this.interfaceName, because: reason });
    const linkIndex = this.#linkIndex;
    this.#close();
    if (linkIndex !== null) this.#open(linkIndex);
  }

  #close(): void {
    this.#advertSocket?.[Symbol.dispose]();
    this.#announcer?.[Symbol.dispose]();
    this.#advertSocket = null;
    this.#announcer = null;
    this.#linkIndex = null;
    this.#failure = null;
  }

  #notOpen(): OperationFailure {
    return new OperationFailure({ code: "interface-missing", interface: this.interfaceName });
  }

  #forget(virtualRouterID: number, listener: WireListener): void {
    const rest = this.#listenersOf(virtualRouterID).filter((each) => each !== listener);
    if (rest.length > 0) this.#listeners.set(virtualRouterID, rest);
    else this.#listeners.delete(virtualRouterID);
  }

  #listenersOf(virtualRouterID: number | null): readonly WireListener[] {
    return (virtualRouterID === null ? undefined : this.#listeners.get(virtualRouterID)) ?? NOBODY;
  }

  #hear(packet: Uint8Array): void {
    // What is for none of our routers costs no more than this look.
    const listeners = this.#listenersOf(claimedRouterID(packet));
    if (listeners.length === 0) return;
    const decoded = this.#decoder.decode(packet);
    for (const listener of listeners) {
      if (decoded.ok) listener.heard(decoded.value);
      else listener.dropped(decoded.reason, decoded.source);
    }
  }
}

const NOBODY: readonly WireListener[] = [];
