/**
 * A LAN in memory. What one host sends to an address, all other hosts that hear there hear at once, or when they drain.
 * It passes the same contract as the Linux adapter (test/contract).
 */
import { type IpAddress, ipFromBytes } from "../../controller/net/ip.ts";
import { millis } from "../../controller/net/time.ts";
import type {
  AdvertListener,
  AdvertSocket,
  Announcer,
  Network,
} from "../../controller/port/advert-socket.ts";
import { OperationFailure } from "../../controller/port/failure.ts";

interface Member {
  readonly host: FakeNetwork;
  readonly hearing: IpAddress;
  readonly listener: AdvertListener;
  waiting: Uint8Array[];
}

export interface Sent {
  readonly host: string;
  readonly packet: Uint8Array;
}

export class FakeLan {
  readonly members = new Set<Member>();
  /** Every packet that any host has sent. */
  readonly sent: Sent[] = [];
  /** Every Ethernet frame that any host has sent. */
  readonly frames: Sent[] = [];
  readonly arpListeners = new Map<AdvertListener, FakeNetwork>();
  readonly neighbourListeners = new Map<AdvertListener, FakeNetwork>();
  readonly frameListeners = new Map<AdvertListener, FakeNetwork>();

  /** A frame of a host that nobody here runs. */
  arp(frame: Uint8Array, sender: FakeNetwork | null = null): void {
    for (const [listener, host] of this.arpListeners) if (!host.isCutOff) listener.heard(frame, millis(0));
    this.frame(frame, sender);
  }

  /** A neighbour advertisement, in a frame; who sends it does not hear it. */
  neighbour(frame: Uint8Array, sender: FakeNetwork | null = null): void {
    const message = frame.subarray(54);
    for (const [listener, host] of this.neighbourListeners)
      if (!host.isCutOff && host !== sender) listener.heard(message, millis(0));
    this.frame(frame, sender);
  }

  /** Somebody's, of whatever kind. */
  frame(frame: Uint8Array, sender: FakeNetwork | null): void {
    for (const [listener, host] of [...this.frameListeners])
      if (!host.isCutOff && host !== sender) listener.heard(frame, millis(0));
  }

  host(name: string, ...interfaceNames: readonly string[]): FakeNetwork {
    return new FakeNetwork(this, name, interfaceNames);
  }
}

export class FakeNetwork implements Network {
  readonly #lan: FakeLan;
  readonly name: string;
  readonly interfaces: Set<string>;
  /** errno's name: the kernel refuses every send. */
  refusal: string | null = null;
  /** Neither sends nor hears, as with a pulled cable that nobody notices. */
  /** What the kernel says of every advertisement: how long ago it came in. */
  age = millis(0);
  isCutOff = false;
  /** The process is held up: what arrives waits in the sockets until they are drained. */
  isHeldUp = false;
  openSockets = 0;

  constructor(lan: FakeLan, name: string, interfaceNames: readonly string[]) {
    this.#lan = lan;
    this.name = name;
    this.interfaces = new Set(interfaceNames);
  }

  openAdvertSocket(interfaceName: string, hearing: IpAddress, listener: AdvertListener): AdvertSocket {
    this.#need(interfaceName);
    const member: Member = { host: this, hearing, listener, waiting: [] };
    this.#lan.members.add(member);
    this.openSockets++;
    return {
      send: (packet, destination) => this.#send(interfaceName, packet, destination),
      drain: () => deliver(this.#lan, member),
      [Symbol.dispose]: () => {
        if (this.#lan.members.delete(member)) this.openSockets--;
      },
    };
  }

  openAnnouncer(interfaceName: string): Announcer {
    this.#need(interfaceName);
    this.openSockets++;
    let isOpen = true;
    return {
      send: (frames) => {
        this.#mayRefuse(interfaceName);
        if (this.isCutOff) return;
        for (const frame of frames) {
          this.#lan.frames.push({ host: this.name, packet: frame });
          if (frame[12] === 0x86) this.#lan.neighbour(frame, this);
          else this.#lan.arp(frame, this);
          this.#hearFrame(frame);
        }
      },
      [Symbol.dispose]: () => {
        if (isOpen) this.openSockets--;
        isOpen = false;
      },
    };
  }

  openArpSocket(interfaceName: string, listener: AdvertListener): Disposable {
    this.#need(interfaceName);
    this.openSockets++;
    this.#lan.arpListeners.set(listener, this);
    return {
      [Symbol.dispose]: () => {
        if (this.#lan.arpListeners.delete(listener)) this.openSockets--;
      },
    };
  }

  openNeighbourSocket(interfaceName: string, listener: AdvertListener): Disposable {
    this.#need(interfaceName);
    this.openSockets++;
    this.#lan.neighbourListeners.set(listener, this);
    return {
      [Symbol.dispose]: () => {
        if (this.#lan.neighbourListeners.delete(listener)) this.openSockets--;
      },
    };
  }

  openFrameSocket(interfaceName: string, listener: AdvertListener): Disposable {
    this.#need(interfaceName);
    this.openSockets++;
    this.#lan.frameListeners.set(listener, this);
    return {
      [Symbol.dispose]: () => {
        if (this.#lan.frameListeners.delete(listener)) this.openSockets--;
      },
    };
  }

  /** As the kernel does when the process dies. */
  closeAll(): void {
    for (const [listener, host] of this.#lan.arpListeners)
      if (host === this) this.#lan.arpListeners.delete(listener);
    for (const listeners of [this.#lan.frameListeners, this.#lan.neighbourListeners])
      for (const [listener, host] of listeners) if (host === this) listeners.delete(listener);
    for (const member of [...this.#lan.members]) if (member.host === this) this.#lan.members.delete(member);
    this.openSockets = 0;
  }

  /** As if the kernel had broken every socket of this host. */
  breakSockets(reason: string): void {
    for (const member of [...this.#lan.members]) if (member.host === this) member.listener.broken(reason);
  }

  #send(interfaceName: string, packet: Uint8Array, destination: IpAddress): void {
    this.#mayRefuse(interfaceName);
    if (this.isCutOff) return;
    this.#deliver(packet, destination);
  }

  #deliver(packet: Uint8Array, destination: IpAddress): void {
    this.#lan.sent.push({ host: this.name, packet: Uint8Array.from(packet) });
    this.#lan.frame(inEthernet(packet), this);
    for (const member of this.#lan.members) {
      if (member.host === this || member.hearing !== destination || member.host.isCutOff) continue;
      member.waiting.push(Uint8Array.from(packet));
      if (!member.host.isHeldUp) setImmediate(() => deliver(this.#lan, member));
    }
  }

  /** An advertisement in a frame of its own. */
  #hearFrame(frame: Uint8Array): void {
    const isIpv4 = frame[12] === 0x08 && frame[13] === 0x00;
    const isIpv6 = frame[12] === 0x86 && frame[13] === 0xdd;
    const packet = frame.subarray(14);
    if (isIpv4 && packet[9] === 112) this.#deliver(packet, ipFromBytes("ipv4", packet.subarray(16, 20)));
    if (isIpv6 && packet[6] === 112) this.#deliver(packet, ipFromBytes("ipv6", packet.subarray(24, 40)));
  }

  #need(interfaceName: string): void {
    if (!this.interfaces.has(interfaceName))
      throw new OperationFailure({ code: "interface-missing", interface: interfaceName });
  }

  #mayRefuse(interfaceName: string): void {
    if (this.refusal === null) return;
    throw new OperationFailure({
      code: "send-refused",
      interface: interfaceName,
      operation: "send",
      errno: this.refusal,
    });
  }
}

/** Broadcast, from a hardware address that is nobody's. */
const inEthernet = (packet: Uint8Array): Uint8Array =>
  Uint8Array.of(...new Array<number>(6).fill(0xff), 2, 0, 0, 0, 0, 0x55, 0x08, 0x00, ...packet);

function deliver(lan: FakeLan, member: Member): void {
  const packets = member.waiting;
  member.waiting = [];
  for (const packet of packets) if (lan.members.has(member)) member.listener.heard(packet, member.host.age);
}
