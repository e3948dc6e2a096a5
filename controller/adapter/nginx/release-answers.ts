/** Asks the workers which release they serve. Which worker answers is up to the kernel, so several are asked at once. */
import { connect } from "node:net";

export interface ReleaseAnswer {
  readonly pid: number;
  readonly release: string;
}

/** Longer than a worker needs that is merely busy. */
const ANSWER_TIMEOUT_MS = 1000;
/** A burst reaches a second worker only while the first is busy with it: the more at once, the surer. */
const ASKED_PER_WORKER = 4;
const ASKED_AT_ONCE_MAX = 64;
const ROUNDS_MAX = 3;
const ANSWER_CHARACTERS_MAX = 4096;

/** The answers of as many of `pids` as could be reached, where `others` may answer in their place. */
export async function askWorkers(
  socket: string,
  pids: readonly number[],
  others = 0,
): Promise<ReleaseAnswer[]> {
  const answers = new Map<number, ReleaseAnswer>();
  const isUnknown = (pid: number): boolean => !answers.has(pid);
  for (let round = 0; round < ROUNDS_MAX && pids.some(isUnknown); round++) {
    for (const answer of await burst(socket, pids.length + others)) answers.set(answer.pid, answer);
  }
  // Orphans may answer on the same socket.
  return [...answers.values()].filter(({ pid }) => pids.includes(pid));
}

async function burst(socket: string, workers: number): Promise<ReleaseAnswer[]> {
  const length = Math.min(workers * ASKED_PER_WORKER, ASKED_AT_ONCE_MAX);
  const answers = await Promise.all(Array.from({ length }, () => ask(socket)));
  return answers.filter((answer) => answer !== null);
}

/** null for whatever is no answer: nobody listens, or too slowly. */
function ask(socketPath: string): Promise<ReleaseAnswer | null> {
  return new Promise((resolve) => {
    const socket = connect({ path: socketPath });
    let text = "";
    socket.setTimeout(ANSWER_TIMEOUT_MS, () => socket.destroy());
    socket.setEncoding("utf8");
    socket.on("data", (chunk: string) => {
      text += chunk;
      if (text.length > ANSWER_CHARACTERS_MAX) socket.destroy();
    });
    // The end of the connection says that there is no answer; why does not matter.
    socket.on("error", () => socket.destroy());
    socket.on("close", () => resolve(parseAnswer(text)));
    socket.write("GET /release HTTP/1.0\r\n\r\n");
  });
}

function parseAnswer(text: string): ReleaseAnswer | null {
  const [, release, pid] = /\r\n\r\n([0-9a-f]{12}) (\d+)\n$/.exec(text) ?? [];
  return release === undefined || pid === undefined ? null : { release, pid: Number(pid) };
}
