/** Follows a watch of the API, frame by frame. */
import { at } from "../../controller/object/tree.ts";
import type { JsonObject } from "../../controller/resource/json-schema.ts";

export interface Following extends AsyncDisposable {
  /** The next ones as `TYPE NAME`. */
  take(count: number): Promise<readonly string[]>;
}

export async function followWatch(url: string, path: string): Promise<Following> {
  const stopping = new AbortController();
  const response = await fetch(url + path, { signal: stopping.signal });
  const reader = (response.body ?? new ReadableStream<Uint8Array>()).getReader();
  const decoder = new TextDecoder();
  const frames: string[] = [];
  let rest = "";
  const more = async (): Promise<void> => {
    const { value, done } = await reader.read();
    if (done) throw new Error(`the watch has ended after ${frames.length} frames more: ${rest}`);
    const lines = (rest + decoder.decode(value, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    frames.push(...lines.map(inShort));
  };
  return {
    take: async (count) => {
      while (frames.length < count) await more();
      return frames.splice(0, count);
    },
    [Symbol.asyncDispose]: async () => {
      stopping.abort();
      await reader.cancel().catch(() => undefined);
    },
  };
}

function inShort(line: string): string {
  const frame: JsonObject = JSON.parse(line);
  const isEnd = at(frame, "object", "metadata", "annotations", "k8s.io/initial-events-end") === "true";
  const name = isEnd ? "initial-events-end" : String(at(frame, "object", "metadata", "name") ?? "");
  return `${String(frame["type"])} ${name}`;
}
