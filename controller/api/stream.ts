/** Sends an answer that goes on, as fast as its client takes it: what it has not taken yet is not kept for it. */
import type { ServerResponse } from "node:http";
import type { Millis } from "../net/time.ts";
import type { Clock } from "../port/clock.ts";
import type { Stream } from "./answer.ts";

export interface StreamParts {
  readonly clock: Pick<Clock, "sleep">;
  /** For how long the client may take nothing. */
  readonly stall: Millis;
  /** Ends the stream when it aborts. */
  readonly signal: AbortSignal;
}

/** Its headers go at once: a client waits for them before it believes that it watches. */
export async function sendStream(
  response: ServerResponse,
  { run }: Stream,
  parts: StreamParts,
): Promise<void> {
  response.writeHead(200, { "Content-Type": "application/json", "Cache-Control": "no-cache, private" });
  response.flushHeaders();
  const gone = new AbortController();
  const end = (): void => gone.abort();
  // Of the answer: the request closes as soon as its body, which is empty, has been read.
  response.once("close", end);
  parts.signal.addEventListener("abort", end, { once: true });
  try {
    await run(async (text) => await tell(response, text, gone.signal, parts), gone.signal);
  } finally {
    parts.signal.removeEventListener("abort", end);
    // To end it would wait for whoever does not read.
    if (response.writableNeedDrain) response.destroy();
    else response.end();
  }
}

async function tell(
  response: ServerResponse,
  text: string,
  gone: AbortSignal,
  { clock, stall }: StreamParts,
): Promise<boolean> {
  if (response.destroyed || gone.aborted) return false;
  if (response.write(text)) return true;
  const waiting = new AbortController();
  const wake = (): void => waiting.abort();
  response.once("drain", wake);
  gone.addEventListener("abort", wake, { once: true });
  await clock.sleep(stall, waiting.signal);
  response.off("drain", wake);
  gone.removeEventListener("abort", wake);
  return !gone.aborted && !response.writableNeedDrain;
}
