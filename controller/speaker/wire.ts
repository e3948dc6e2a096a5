/**
 * One interface and one address at which is heard, a group or for unicast an own one: the sockets there, and which virtual
 * router hears what.
 *
 * The sockets belong to the interface's index. They are closed when the interface goes, opened again when it returns, and
 * replaced when the kernel breaks them; what is heard is decoded once for all routers on the wire.
 */
import { type IpAddress, isIpv6, isMulticast } from "../net/ip.ts";
import { type Millis, millis } from "../net/time.ts";
import type { Link } from "../port/address-table.ts";
import type { AdvertListener, AdvertSocket, Announcer, Network } from "../port/advert-socket.ts";
import { OperationFailure } from "../port/failure.ts";
import type { Log } from "../port/log.ts";
import { TIME_TO_LIVE_MAX } from "../vrrp/ip-header.ts";
import { claimedRouterID, type DropReason, type HeardMessage } from "../vrrp/packet.ts";
import type { AnnouncementPace } from "./announcement-pace.ts";
import { Decoder } from "./decoder.ts";
import { ARP, NEIGHBOUR_DISCOVERY, NeighbourWatch } from "./neighbour-watch.ts";

/**
 * A peer may be behind routers, and keepalived's unicast over IPv6 leaves with hop limit 64 in any case. From whom unicast is
 * taken is told by its sender.
 */
const UNICAST_TIME_TO_LIVE_MIN = 1;
/** Packets, held for some milliseconds while another speaker takes over. */
const KEPT_MAX = 4096;

export interface WireListener {
  readonly virtualRouterID: number;
  /** `age`: how long ago it arrived. */
  heard(message: HeardMessage, age: Millis): void;
  /** A packet that seems to be meant for this router but is no sound advertisement. */
  dropped(reason: DropReason, source: IpAddress | null): void;
}

export interface WireSurface {
  readonly network: Network;
  readonly log: Log;
  /** Of all announcements on the interface. */
  readonly pace: AnnouncementPace;
}

const NOBODY: readonly WireListener[] = [];

export class Wire implements Disposable {
  readonly interfaceName: string;
  readonly hearing: IpAddress;
  readonly pace: AnnouncementPace;
  readonly #network: Network;
  readonly #log: Log;
  /** By ARP for an interface of IPv4 routers, by neighbour discovery for one of IPv6. */
  readonly neighbours: NeighbourWatch;
  readonly #decoder: Decoder;
  /** What is heard while nobody may act on it; `null`: it is delivered at once. */
  #kept: Uint8Array[] | null = null;
  /** By virtual router id. The lists are replaced and never changed, since a listener may leave while it hears. */
  readonly #listeners = new Map<number, readonly WireListener[]>();
  #linkIndex: number | null = null;
  #advertSocket: AdvertSocket | null = null;
  #announcer: Announcer | null = null;
  #failure: string | null = null;

  constructor(interfaceName: string, hearing: IpAddress, { network, log, pace }: WireSurface) {
    this.interfaceName = interfaceName;
    this.pace = pace;
    this.hearing = hearing;
    this.#decoder = new Decoder(isMulticast(hearing) ? TIME_TO_LIVE_MAX : UNICAST_TIME_TO_LIVE_MIN);
    this.#network = network;
    this.#log = log;
    const protocol = isIpv6(hearing) ? NEIGHBOUR_DISCOVERY : ARP;
    this.neighbours = new NeighbourWatch(protocol, interfaceName, network, log);
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
  advertise(packet: Uint8Array, destination: IpAddress): void {
    if (this.#advertSocket === null) throw this.#notOpen();
    this.#advertSocket.send(packet, destination);
  }

  /** Throws OperationFailure. */
  announce(frames: readonly Uint8Array[]): void {
    if (this.#announcer === null) throw this.#notOpen();
    this.#announcer.send(frames);
  }

  /** Keeps what is heard from now on, and nothing of before. */
  hold(): void {
    this.drain();
    this.#kept = [];
  }

  /** Delivers what was kept. */
  release(): void {
    const kept = this.#kept ?? [];
    this.#kept = null;
    for (const packet of kept) this.#hear(packet, millis(0));
  }

  /** Everything that comes in on the interface. Throws OperationFailure. */
  hearFrames(listener: AdvertListener): Disposable {
    return this.#network.openFrameSocket(this.interfaceName, listener);
  }

  drain(): void {
    this.#advertSocket?.drain();
  }

  [Symbol.dispose](): void {
    this.#close();
  }

  #open(linkIndex: number): void {
    try {
      this.#advertSocket = this.#network.openAdvertSocket(this.interfaceName, this.hearing, {
        heard: (packet, age) => this.#hear(packet, age),
        broken: (reason) => this.#reopen(reason),
      });
      this.#announcer = this.#network.openAnnouncer(this.interfaceName);
      this.#linkIndex = linkIndex;
      this.neighbours.follow(true);
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
    this.neighbours.follow(false);
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

  #hear(packet: Uint8Array, age: Millis): void {
    if (this.#kept !== null) {
      if (this.#kept.length < KEPT_MAX) this.#kept.push(Uint8Array.from(packet));
      return;
    }
    // What is for none of our routers costs no more than this look.
    const listeners = this.#listenersOf(claimedRouterID(packet));
    if (listeners.length === 0) return;
    const decoded = this.#decoder.decode(packet);
    for (const listener of listeners) {
      if (decoded.ok) listener.heard(decoded.value, age);
      else listener.dropped(decoded.reason, decoded.source);
    }
  }
}
