/** Word of a process's death from the kernel itself, whoever started the process. */
import { type Libc, SystemCallFailure } from "../libc/libc.ts";

/** Calls back once, when the process has ended, or soon if there is none. Disposing ends the watch. */
export function watchExit(libc: Libc, pid: number, exited: () => void): Disposable {
  const descriptor = openUnlessGone(libc, pid);
  if (descriptor === null) {
    const immediate = setImmediate(exited);
    return { [Symbol.dispose]: () => clearImmediate(immediate) };
  }
  const end = once(() => {
    readable[Symbol.dispose]();
    libc.close(descriptor);
  });
  const readable = libc.onReadable(descriptor, () => {
    end();
    exited();
  });
  return { [Symbol.dispose]: end };
}

function openUnlessGone(libc: Libc, pid: number): number | null {
  try {
    return libc.pidfdOpen(pid);
  } catch (error) {
    if (error instanceof SystemCallFailure && error.errno === "ESRCH") return null;
    throw error;
  }
}

function once(act: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    act();
  };
}
