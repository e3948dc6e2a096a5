/** Whether a TCP connection is accepted. */
import { connect } from "node:net";
import type { Probe, ProbeAnswer } from "../../health/probe.ts";
import { authority } from "../../net/authority.ts";
import type { Millis } from "../../net/time.ts";
import { formatDuration } from "../../resource/duration.ts";
import { connectionFailure } from "./words.ts";

type TcpProbe = Extract<Probe, { type: "tcp" }>;

export function probeTcp(
  { host, port }: TcpProbe,
  timeout: Millis,
  signal: AbortSignal,
): Promise<ProbeAnswer> {
  const target = authority(host, port);
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (healthy: boolean, because: string): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      // A reset instead of a FIN handshake: no TIME_WAIT for a connection that only asked. While still connecting,
      // resetAndDestroy would wait for the connection, which may take minutes to fail.
      if (socket.connecting) socket.destroy();
      else socket.resetAndDestroy();
      resolve({ healthy, because });
    };
    const abort = (): void => end(false, "called off");
    const timer = setTimeout(
      () => end(false, `no answer from ${target} within ${formatDuration(timeout)}`),
      timeout,
    );
    signal.addEventListener("abort", abort, { once: true });
    socket.once("connect", () => end(true, `${target} accepts connections`));
    socket.once("error", (error: NodeJS.ErrnoException) => {
      // Nothing that happens to the socket after the answer is of interest.
      socket.on("error", () => undefined);
      end(false, connectionFailure(target, error));
    });
  });
}
