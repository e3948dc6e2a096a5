/**
 * The few calls of the C library that Node.js does not offer, with types and with errors that name the call and the
 * errno. Everything crosses as numbers and bytes; whoever calls knows the layout of the structures.
 */
import koffi, { type LibraryHandle } from "koffi";
import type { DatagramBatch } from "./datagrams.ts";
import { viewOf } from "./host-order.ts";
import type { MessageArea } from "./message-area.ts";
import { TIMESTAMP_BYTES, timestamp } from "./timestamps.ts";

/** A system call was refused. Adapters turn it into an OperationFailure in their own words. */
export class SystemCallFailure extends Error {
  override readonly name = "SystemCallFailure";
  readonly call: string;
  /** Symbolic, e.g. `EPERM`. */
  readonly errno: string;

  constructor(call: string, errno: string) {
    super(`${call}: ${errno}`);
    this.call = call;
    this.errno = errno;
  }
}

/** Every call throws SystemCallFailure when the kernel refuses. */
export interface Libc {
  /** The descriptor is closed on exec. */
  socket(family: number, type: number, protocol: number): number;
  /** A number is passed as a C `int`. */
  setOption(socket: number, level: number, option: number, value: number | Uint8Array): void;
  bind(socket: number, address: Uint8Array): void;
  /** The address that the socket is bound to, as a structure of `bytes` bytes. */
  socketName(socket: number, bytes: number): Uint8Array;
  /** Has the kernel drop what a program of classic BPF refuses: `instructions` are struct sock_filter, eight bytes each. */
  attachFilter(socket: number, instructions: Uint8Array): void;
  sendTo(socket: number, bytes: Uint8Array, address: Uint8Array): void;
  /** Of a socket that does not block: whether it is connected by now. Call it again to learn whether it has become so. */
  connect(socket: number, address: Uint8Array): boolean;
  /** How many bytes a connected socket has taken; `null`: none for now. */
  send(socket: number, bytes: Uint8Array): number | null;
  /** The bytes of one datagram, or `null` when none is waiting. What does not fit into `buffer` is lost. */
  receive(socket: number, buffer: Uint8Array): Uint8Array | null;
  /** The same with where it came from and what the kernel tells of it. The payload is a view into the area. */
  receiveMessage(socket: number, area: MessageArea): Uint8Array | null;
  /** How many datagrams were waiting and are in the batch now; fewer than it holds: there are no more. */
  receiveMany(socket: number, batch: DatagramBatch): number;
  close(descriptor: number): void;
  /** No program that this process starts from now on inherits the descriptor. */
  closeOnExec(descriptor: number): void;
  /** CLOCK_BOOTTIME in milliseconds: it counts on while the machine is suspended, which CLOCK_MONOTONIC does not. */
  bootTime(): number;
  /** CLOCK_REALTIME in milliseconds, with the fractions that Date has not. */
  realTime(): number;
  /** A timer of CLOCK_BOOTTIME that is not armed: its descriptor is readable when it has expired (timerfd_create(2)). */
  createTimer(): number;
  /** `terms`: struct itimerspec, counted from now. */
  setTimer(timer: number, terms: Uint8Array): void;
  /** How many bytes were read; `null` when nothing is there. */
  read(descriptor: number, buffer: Uint8Array): number | null;
  /** Whether anything is at a path, links followed, as far as the kernel knows without waiting for a disk; `null`: it does not. */
  isThere(path: string): boolean | null;
  /** `null` when no interface has that name. */
  interfaceIndex(name: string): number | null;
  /** A descriptor that becomes readable when the process ends (Linux 5.3). */
  pidfdOpen(pid: number): number;
  /** A duplicate of a descriptor of another process (Linux 5.6); needs the right to trace it. Closed on exec. */
  pidfdGetFd(pidfd: number, descriptor: number): number;
  /** Gives what was allocated and freed back to the system (malloc_trim(3)); only glibc has it, with others nothing happens. */
  trimMemory(): void;
  /** Takes the exclusive lock on an open file; false when another process holds it. The kernel drops it on any death. */
  tryLock(descriptor: number): boolean;
  /** Calls back while the descriptor is readable. Dispose of it before the descriptor is closed. */
  onReadable(descriptor: number, readable: () => void): Disposable;
}

/** The same number on every architecture since Linux 5.1; glibc has a wrapper only since 2.36. */
const SYS_PIDFD_OPEN = 434;
const SYS_PIDFD_GETFD = 438;
/** Linux 5.6; RESOLVE_CACHED since 5.12. */
const SYS_OPENAT2 = 437;
const AT_FDCWD = -100;
/** struct open_how: flags (O_PATH | O_CLOEXEC), mode, resolve (RESOLVE_CACHED). */
const LOOK_WITHOUT_WAITING = new Uint8Array(new BigUint64Array([0o12000000n, 0n, 0x20n]).buffer);
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_ATTACH_FILTER = 26;
const FILTER_INSTRUCTION_BYTES = 8;
/** A broken connection is told by errno alone, and not by SIGPIPE as well. */
const MSG_NOSIGNAL = 0x4000;
const CLOCK_REALTIME = 0;
const CLOCK_BOOTTIME = 7;
const TFD_NONBLOCK_CLOEXEC = 0o4000 | SOCK_CLOEXEC;
const LOCK_EX_NB = 2 | 4;
const F_SETFD = 2;
const FD_CLOEXEC = 1;

export function openLibc(): Libc {
  // null: the symbols that the node executable itself is linked with, whichever C library that is.
  const library = koffi.load(null);
  const bindCall = (prototype: string): Call => named(library.func(prototype));
  /** Of these the answer goes through `unless`. */
  const bindRaw = (prototype: string): Call => library.func(prototype) as Call;
  // struct sock_fprog.
  const filterProgram = koffi.struct({ len: "uint16_t", filter: "void *" });
  const socket = bindCall("int socket(int, int, int)");
  const setsockopt = bindCall("int setsockopt(int, int, int, void *, uint32_t)");
  const setFilter = named(
    library.func("setsockopt", "int", ["int", "int", "int", koffi.pointer(filterProgram), "uint32_t"]),
  );
  const bind = bindCall("int bind(int, void *, uint32_t)");
  const getsockname = bindCall("int getsockname(int, void *, void *)");
  const sendto = bindCall("int64_t sendto(int, void *, size_t, int, void *, uint32_t)");
  const connect = bindRaw("int connect(int, void *, uint32_t)");
  const send = bindRaw("int64_t send(int, void *, size_t, int)");
  const recv = bindRaw("int64_t recv(int, void *, size_t, int)");
  const recvmsg = bindRaw("int64_t recvmsg(int, void *, int)");
  const recvmmsg = library.func("int recvmmsg(int, void *, uint32_t, int, void *)") as ReceiveMany;
  const close = bindCall("int close(int)");
  const clockGettime = bindCall("int clock_gettime(int, void *)");
  const timerCreate = bindCall("int timerfd_create(int, int)");
  const timerSet = bindCall("int timerfd_settime(int, int, void *, void *)");
  const read = bindRaw("int64_t read(int, void *, size_t)");
  const fcntl = bindCall("int fcntl(int, int, int)");
  const flock = bindRaw("int flock(int, int)");
  const syscall = bindCall("long syscall(long, int, int, uint32_t)");
  const openat2 = library.func("long syscall(long, int, const char *, void *, size_t)") as Call;
  const mallocTrim = optional(library, "int malloc_trim(size_t)");
  const ifNameToIndex = library.func("uint32_t if_nametoindex(const char *)") as (name: string) => number;

  const time = new Uint8Array(TIMESTAMP_BYTES);
  const timeView = viewOf(time);
  const timeBy = (clock: number): number => {
    clockGettime(clock, time);
    return timestamp(timeView, 0);
  };

  return {
    socket: (family, type, protocol) => socket(family, type | SOCK_CLOEXEC, protocol),
    setOption: (descriptor, level, option, value) => {
      const bytes = typeof value === "number" ? new Uint8Array(new Int32Array([value]).buffer) : value;
      setsockopt(descriptor, level, option, bytes, bytes.length);
    },
    bind: (descriptor, address) => {
      bind(descriptor, address, address.length);
    },
    socketName: (descriptor, bytes) => {
      const name = new Uint8Array(bytes);
      getsockname(descriptor, name, new Uint8Array(new Uint32Array([bytes]).buffer));
      return name;
    },
    attachFilter: (descriptor, instructions) => {
      const program = { len: instructions.length / FILTER_INSTRUCTION_BYTES, filter: instructions };
      setFilter(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, program, koffi.sizeof(filterProgram));
    },
    sendTo: (descriptor, bytes, address) => {
      sendto(descriptor, bytes, bytes.length, 0, address, address.length);
    },
    connect: (descriptor, address) =>
      unless(UNDER_WAY, "connect", connect(descriptor, address, address.length)) !== null,
    send: (descriptor, bytes) => unless(AGAIN, "send", send(descriptor, bytes, bytes.length, MSG_NOSIGNAL)),
    receive: (descriptor, buffer) => {
      const length = unless(AGAIN, "recv", recv(descriptor, buffer, buffer.length, 0));
      return length === null ? null : buffer.subarray(0, length);
    },
    receiveMessage: (descriptor, area) => {
      area.reset();
      const length = unless(AGAIN, "recvmsg", recvmsg(descriptor, area.bytes, 0));
      return length === null ? null : area.payload.subarray(0, length);
    },
    receiveMany: (descriptor, batch) => {
      batch.reset();
      const count = unless(AGAIN, "recvmmsg", recvmmsg(descriptor, batch.headers, batch.size, 0, null)) ?? 0;
      batch.filled(count);
      return count;
    },
    closeOnExec: (descriptor) => {
      fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    },
    close: (descriptor) => {
      close(descriptor);
    },
    bootTime: () => timeBy(CLOCK_BOOTTIME),
    realTime: () => timeBy(CLOCK_REALTIME),
    createTimer: () => timerCreate(CLOCK_BOOTTIME, TFD_NONBLOCK_CLOEXEC),
    setTimer: (timer, terms) => {
      timerSet(timer, 0, terms, null);
    },
    read: (descriptor, buffer) => unless(AGAIN, "read", read(descriptor, buffer, buffer.length)),
    isThere: (path) => {
      const how = LOOK_WITHOUT_WAITING;
      const descriptor = openat2(SYS_OPENAT2, AT_FDCWD, path, how, how.length);
      if (descriptor === -1) return ABSENT.has(koffi.errno()) ? false : null;
      close(descriptor);
      return true;
    },
    interfaceIndex: (name) => ifNameToIndex(name) || null,
    pidfdOpen: (pid) => syscall(SYS_PIDFD_OPEN, pid, 0, 0),
    pidfdGetFd: (pidfd, descriptor) => syscall(SYS_PIDFD_GETFD, pidfd, descriptor, 0),
    trimMemory: () => {
      mallocTrim?.(0);
    },
    tryLock: (descriptor) => unless(AGAIN, "flock", flock(descriptor, LOCK_EX_NB)) !== null,
    onReadable: watchReadable,
  };
}

type ReceiveMany = (socket: number, headers: unknown, count: number, flags: number, timeout: null) => number;
type Argument = number | string | null | Uint8Array | Readonly<Record<string, number | Uint8Array>>;
type Call = (...values: readonly Argument[]) => number;

/** Every bound call answers -1 when it fails, with the reason in errno. */
function named(call: ReturnType<LibraryHandle["func"]>): Call {
  const run = call as Call;
  const { name } = call.info;
  return (...values) => {
    const result = run(...values);
    if (result === -1) throw new SystemCallFailure(name, errnoName(koffi.errno()));
    return result;
  };
}

/** `null`: the C library does not have it. */
function optional(library: LibraryHandle, prototype: string): Call | null {
  try {
    return library.func(prototype) as Call;
  } catch {
    return null;
  }
}

function errnoName(errno: number): string {
  const found = Object.entries(koffi.os.errno).find(([, value]) => value === errno);
  return found?.[0] ?? `errno ${errno}`;
}

const errnos = (...names: readonly string[]): ReadonlySet<number> =>
  new Set(names.map((name) => koffi.os.errno[name] ?? Number.NaN));
const AGAIN = errnos("EAGAIN");
const UNDER_WAY = errnos("EINPROGRESS", "EALREADY");
/** ENOTDIR would have to wait: it is told after the walk without locks, which ends in EAGAIN here. */
const ABSENT = errnos("ENOENT");

/**
 * What a call has answered; `null`: nothing yet, for one of those `reasons`. On the way of every packet: nothing is allocated,
 * and an empty socket is no exception that would have to be caught.
 */
function unless(reasons: ReadonlySet<number>, call: string, result: number): number | null {
  if (result !== -1) return result;
  const errno = koffi.errno();
  if (reasons.has(errno)) return null;
  throw new SystemCallFailure(call, errnoName(errno));
}

function watchReadable(descriptor: number, readable: () => void): Disposable {
  let isWatching = true;
  const options = { readable: true };
  // koffi calls back outside of Node.js's callback scope, where an exception would vanish and promises would wait for the
  // next event; an immediate is inside. What it passes first is libuv's status, whatever its types say.
  const event = (status: unknown): void => {
    setImmediate(() => {
      if (!isWatching) return;
      readable();
      // libuv gives up on a descriptor with an error, which the owner's read has shown and cleared. Without one it goes on by
      // itself: to start again each time would be two calls of epoll_ctl(2) for every wake.
      if (isWatching && status !== 0) handle.start(options, event);
    });
  };
  const handle = koffi.node.poll(descriptor, options, event);
  return {
    [Symbol.dispose]: () => {
      isWatching = false;
      handle.close();
    },
  };
}
