/** One HTTP/1.1 request of which a text in the page is wanted, on a connection of its own. */
import { type IncomingMessage, request } from "node:http";
import type { ProbeAnswer } from "../../health/probe.ts";
import { authority } from "../../net/authority.ts";
import type { Millis } from "../../net/time.ts";
import { formatDuration } from "../../resource/duration.ts";
import { connectionFailure, type HttpProbe, isExpectedStatus, statusFrom } from "./words.ts";

/** Text that a check looks for stands near the beginning. */
const BODY_BYTES_MAX = 64 * 1024;

export function probeHttpBody(
  probe: HttpProbe,
  text: string,
  timeout: Millis,
  signal: AbortSignal,
): Promise<ProbeAnswer> {
  const { host, port, path, method, hostHeader } = probe;
  const target = authority(host, port);
  return new Promise((resolve) => {
    const headers = { Host: hostHeader ?? target, "User-Agent": "holdfast", Connection: "close" };
    // No agent: a kept connection would tell of the past, and an unwell server may accept no new ones.
    const outgoing = request({ host, port, path, method, headers, agent: false });
    const end = (answer: ProbeAnswer): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      outgoing.destroy();
      resolve(answer);
    };
    const fail = (because: string): void => end({ healthy: false, because });
    const abort = (): void => fail("called off");
    // Over all of it: a server that sends a byte now and then is not well.
    const timer = setTimeout(
      () => fail(`no answer from ${target} within ${formatDuration(timeout)}`),
      timeout,
    );
    signal.addEventListener("abort", abort, { once: true });
    // It stays: a destroyed request may still tell of an error, which nobody asks for any more.
    outgoing.on("error", (error: NodeJS.ErrnoException) => fail(connectionFailure(target, error)));
    outgoing.on("response", (response) => judge(probe, text, response, end));
    outgoing.end();
  });
}

function judge(
  probe: HttpProbe,
  text: string,
  response: IncomingMessage,
  end: (answer: ProbeAnswer) => void,
): void {
  const target = authority(probe.host, probe.port);
  const status = response.statusCode ?? 0;
  const because = statusFrom(target, status);
  if (!isExpectedStatus(probe, status)) {
    end({ healthy: false, because });
    return;
  }
  let body = Buffer.alloc(0);
  const look = (isAll: boolean): void => {
    if (body.includes(text)) end({ healthy: true, because });
    else if (isAll) end({ healthy: false, because: `${because}, without the expected text` });
  };
  response.on("data", (chunk: Buffer) => {
    body = Buffer.concat([body, chunk.subarray(0, BODY_BYTES_MAX - body.length)]);
    look(body.length >= BODY_BYTES_MAX);
  });
  response.on("end", () => look(true));
  response.on("error", (error) => end({ healthy: false, because: connectionFailure(target, error) }));
}
