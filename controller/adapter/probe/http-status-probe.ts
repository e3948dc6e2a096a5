/**
 * One HTTP/1.1 request of which only the status is wanted, on a connection of its own. Node.js's client makes an agent, a request, a
 * parser and two streams for each, which costs twice as much as all the rest of a probe: from one second to the
 * next nothing of it stays in the processor's caches. Where a text is looked for, it does the work (see http-body-probe.ts).
 */
import { connect } from "node:net";
import { httpStatusOf } from "../../health/http-status.ts";
import type { ProbeAnswer } from "../../health/probe.ts";
import { authority } from "../../net/authority.ts";
import type { Millis } from "../../net/time.ts";
import { formatDuration } from "../../resource/duration.ts";
import { connectionFailure, type HttpProbe, hungUp, isExpectedStatus, statusFrom } from "./words.ts";

/** A usual head fits; a longer one comes in parts. */
const READ_BYTES = 1024;

export function probeHttpStatus(
  probe: HttpProbe,
  timeout: Millis,
  signal: AbortSignal,
): Promise<ProbeAnswer> {
  const { host, port } = probe;
  const target = authority(host, port);
  return new Promise((resolve) => {
    const end = (healthy: boolean, because: string): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      socket.destroy();
      resolve({ healthy, because });
    };
    const abort = (): void => end(false, "called off");
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    let head = "";
    /** Whether to read on. */
    const received = (length: number): boolean => {
      head += buffer.toString("latin1", 0, length);
      const status = httpStatusOf(head);
      if (status === "unfinished") return true;
      if (status === "no-http") end(false, `${target} does not speak HTTP`);
      else end(isExpectedStatus(probe, status), statusFrom(target, status));
      return false;
    };
    // Past the stream's own buffers and events, which nobody needs.
    const socket = connect({ host, port, onread: { buffer, callback: received } });
    // Over all of it: a server that sends a byte now and then is not well.
    const timer = setTimeout(
      () => end(false, `no answer from ${target} within ${formatDuration(timeout)}`),
      timeout,
    );
    signal.addEventListener("abort", abort, { once: true });
    // Both stay: what happens to the socket after the answer is of no interest, and a promise takes only the first.
    socket.on("error", (error: NodeJS.ErrnoException) => end(false, connectionFailure(target, error)));
    socket.on("end", () => end(false, hungUp(target)));
    socket.write(requestOf(probe, target), "latin1");
  });
}

/** The schema lets neither blanks nor line breaks into what is written here. */
function requestOf({ method, path, hostHeader }: HttpProbe, target: string): string {
  const lines = [`${method} ${path} HTTP/1.1`, `Host: ${hostHeader ?? target}`, "User-Agent: holdfast"];
  return `${lines.join("\r\n")}\r\nConnection: close\r\n\r\n`;
}
