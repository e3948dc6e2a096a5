/** A watch: what changes in a collection, as it changes, for one client. */
import { after, type Instant, type Millis, millis, since } from "../net/time.ts";
import { type ApiResource, apiVersionOf } from "../object/api-resource.ts";
import { isAnyVersion, selects, type WatchOptions } from "../object/list-options.ts";
import { expired, isRefusal, type Refusal, refusalToStatus, refuse } from "../object/refusal.ts";
import type { Clock } from "../port/clock.ts";
import type { JsonObject } from "../resource/json-schema.ts";
import type { Stream, Tell } from "./answer.ts";
import type { Collection, ObjectChange } from "./collection.ts";
import type { SharedTexts } from "./shared-texts.ts";

/** As often is a client that wants bookmarks told how far it is. */
const BOOKMARK_INTERVAL = millis(60_000);
/** Of a watch for which the client names no end; up to twice as long, so that not all begin anew together. */
const DURATION = millis(1_800_000);
/** A client may name a longer one, and is not served for so long. */
const DURATION_MAX = millis(3_600_000);

export interface WatchParts {
  readonly resource: ApiResource;
  readonly collection: Collection;
  readonly options: WatchOptions;
  /** As the client wants to see an object. */
  readonly render: (object: JsonObject) => JsonObject;
  readonly texts: SharedTexts;
  readonly clock: Clock;
  /** 0 to 1. */
  readonly random: () => number;
}

/** Refused where the client cannot be told all that has changed since the version that it knows. */
export async function beginWatch(parts: WatchParts): Promise<Stream | Refusal> {
  const start = await startOf(parts);
  if (isRefusal(start)) return start;
  return { type: "stream", run: (tell, signal) => new Watch(parts, tell).run(start, signal) };
}

interface Start {
  readonly version: string;
  /** Told before all else. */
  readonly objects: readonly JsonObject[];
}

async function startOf({ collection, options }: WatchParts): Promise<Start | Refusal> {
  const { resourceVersion, sendsInitialEvents } = options;
  const isFromAny = isAnyVersion(resourceVersion);
  if (!isFromAny) {
    const { state } = await collection.changesSince(resourceVersion);
    // A list that is to be no older than a version does not need what came before it.
    if (state === "ahead") return versionTooLarge(resourceVersion, await collection.version());
    if (state === "expired" && !sendsInitialEvents) return tooOld(resourceVersion);
  }
  if (!isFromAny && !sendsInitialEvents) return { version: resourceVersion, objects: [] };
  const { objects, version } = await collection.list();
  return { version, objects: objects.filter((object) => selects(options, object)) };
}

const tooOld = (version: string): Refusal => expired(`too old resource version: ${version}`);

export const versionTooLarge = (version: string, current: string): Refusal =>
  refuse(504, "Timeout", `Timeout: Too large resource version: ${version}, current: ${current}`, {
    retryAfterSeconds: 1,
  });

type FrameType = ObjectChange["type"] | "BOOKMARK" | "ERROR";

class Watch {
  readonly #parts: WatchParts;
  readonly #tell: Tell;
  readonly #end: Instant;
  #bookmarkAt: Instant;
  #isWoken = false;
  #interrupt: (() => void) | null = null;

  constructor(parts: WatchParts, tell: Tell) {
    const now = parts.clock.now();
    this.#parts = parts;
    this.#tell = tell;
    this.#end = after(now, durationOf(parts.options, parts.random));
    this.#bookmarkAt = after(now, BOOKMARK_INTERVAL);
  }

  async run({ version, objects }: Start, signal: AbortSignal): Promise<void> {
    const { collection, options } = this.#parts;
    using _versions = collection.onVersion(() => this.#wake());
    for (const object of objects) if (!(await this.#send("ADDED", this.#parts.render(object)))) return;
    if (options.sendsInitialEvents && !(await this.#send("BOOKMARK", this.#bookmark(version, true)))) return;
    for (let known: string | null = version; known !== null && !signal.aborted; ) {
      this.#isWoken = false;
      known = await this.#tellSince(known);
      if (known !== null && !this.#isWoken) await this.#rest(signal);
    }
  }

  /** Answers up to which version all is told; null: that is all. */
  async #tellSince(version: string): Promise<string | null> {
    const { collection, clock, options } = this.#parts;
    const told = await collection.changesSince(version);
    if (told.state !== "known") {
      await this.#send("ERROR", refusalToStatus(tooOld(version)));
      return null;
    }
    for (const change of told.changes) if (!(await this.#tellChange(change))) return null;
    const now = clock.now();
    if (now >= this.#end) return null;
    if (options.wantsBookmarks && now >= this.#bookmarkAt) {
      this.#bookmarkAt = after(now, BOOKMARK_INTERVAL);
      if (!(await this.#send("BOOKMARK", this.#bookmark(told.version, false)))) return null;
    }
    return told.version;
  }

  /** What enters or leaves the selection comes or goes for the client. Answers whether there may be more. */
  async #tellChange({ type, object, previous }: ObjectChange): Promise<boolean> {
    const { options, render, texts } = this.#parts;
    const was = previous !== null && selects(options, previous);
    const is = type !== "DELETED" && selects(options, object);
    if (!was && !is) return true;
    const seen = was && is ? "MODIFIED" : is ? "ADDED" : "DELETED";
    // Whoever sees objects as they are stored sees the same object as the others do.
    return await this.#tell(`{"type":"${seen}","object":${texts.of(render(object))}}\n`);
  }

  async #send(type: FrameType, object: JsonObject): Promise<boolean> {
    return await this.#tell(`${JSON.stringify({ type, object })}\n`);
  }

  #bookmark(resourceVersion: string, endsInitialEvents: boolean): JsonObject {
    const { resource } = this.#parts;
    const metadata = {
      resourceVersion,
      ...(endsInitialEvents ? { annotations: initialEventsEnd(resource) } : {}),
    };
    return { kind: resource.kind, apiVersion: apiVersionOf(resource), metadata };
  }

  #wake(): void {
    this.#isWoken = true;
    this.#interrupt?.();
  }

  async #rest(signal: AbortSignal): Promise<void> {
    const { clock, options } = this.#parts;
    const interrupted = new AbortController();
    const stop = (): void => interrupted.abort();
    signal.addEventListener("abort", stop, { once: true });
    this.#interrupt = stop;
    const until = options.wantsBookmarks ? Math.min(this.#end, this.#bookmarkAt) : this.#end;
    await clock.sleep(millis(Math.max(0, since(clock.now(), until as Instant))), interrupted.signal);
    signal.removeEventListener("abort", stop);
    this.#interrupt = null;
  }
}

/** Clients of 1.32 and 1.33 that list by watching make their list of the empty one that comes with it. */
function initialEventsEnd(resource: ApiResource): JsonObject {
  const empty = { kind: `${resource.kind}List`, apiVersion: apiVersionOf(resource), metadata: {}, items: [] };
  return {
    "k8s.io/initial-events-end": "true",
    "kubernetes.io/initial-events-list-blueprint": Buffer.from(JSON.stringify(empty)).toString("base64"),
  };
}

function durationOf({ timeoutSeconds }: WatchOptions, random: () => number): Millis {
  if (timeoutSeconds === null) return millis(DURATION * (1 + random()));
  return millis(Math.min(timeoutSeconds * 1000, DURATION_MAX));
}
