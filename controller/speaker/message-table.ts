/** Whether a parsed line is one of the messages: their shapes, checked by hand so that the speaker needs no library. */
import type { Parsed } from "./line-stream.ts";
import type { FromSpeaker, ToSpeaker } from "./messages.ts";

type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === "string";
const number: Check = (value) => typeof value === "number" && Number.isFinite(value);
const flag: Check = (value) => typeof value === "boolean";
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
/** What an earlier version does not know of. */
const orAbsent =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const oneOf =
  (...values: readonly unknown[]): Check =>
  (value) =>
    values.includes(value);
const either =
  (...checks: readonly Check[]): Check =>
  (value) =>
    checks.some((check) => check(value));
const list =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const shape =
  (checks: Readonly<Record<string, Check>>): Check =>
  (value) =>
    isRecord(value) && Object.entries(checks).every(([field, check]) => check(value[field]));

const prefix = shape({ address: text, length: number });
const role = oneOf("initialize", "fault", "backup", "master");

const multicast = shape({ type: oneOf("multicast"), group: text });
const unicast = shape({ type: oneOf("unicast"), peers: list(text), ttl: number });
const transport: Check = (value) => multicast(value) || unicast(value);

const weight = orNull(number);
const track = either(shape({ check: text, weight }), shape({ interface: text, weight }));

const virtualRouter = shape({
  name: text,
  fate: text,
  interface: text,
  version: oneOf(2, 3),
  virtualRouterID: number,
  adverInterval: number,
  family: oneOf("ipv4", "ipv6"),
  transport,
  checksumForm: oneOf("pseudo-header", "message-only"),
  password: orNull(text),
  sourceAddress: orNull(text),
  basePriority: number,
  rivalPriority: orNull(number),
  preempt: flag,
  preemptDelay: number,
  startupDelay: number,
  strictRFC: flag,
  deadMan: flag,
  virtualMAC: orAbsent(flag),
  addresses: list(prefix),
  tracks: list(track),
  drain: orAbsent(shape({ because: text, isForced: flag })),
});

const verdict = shape({ check: text, verdict: oneOf("healthy", "unhealthy", "pending"), because: text });

const routerStatus = shape({
  name: text,
  role,
  since: number,
  because: text,
  basePriority: number,
  effectivePriority: number,
  adjustments: list(shape({ check: text, weight: number, because: text })),
  master: orNull(shape({ address: text, priority: number })),
  heldAddresses: list(text),
  problems: list(shape({ code: text, message: text })),
  conflicts: list(shape({ code: text, message: text })),
  drain: orAbsent(oneOf("handing-over", "serving", "away")),
  counters: shape({ advertisementsDropped: shape({}), conflicts: shape({}) }),
});

const transition = shape({
  sequence: number,
  speaker: text,
  router: text,
  from: role,
  to: role,
  effectivePriority: number,
  at: number,
  because: text,
  lostBefore: orAbsent(number),
});

const TO_SPEAKER: Readonly<Record<ToSpeaker["type"], Check>> = {
  hello: shape({ protocol: number }),
  membership: shape({
    revision: text,
    routers: list(virtualRouter),
    retained: list(text),
    departed: list(text),
  }),
  verdicts: shape({ verdicts: list(verdict) }),
  acknowledge: shape({ sequence: number }),
  succeed: shape({ format: number }),
  taken: shape({}),
  stop: shape({}),
};

/** As deep as an accident can reach: both sides are ours, and say by a number whether they mean the same. */
const legacy = shape({
  speaker: text,
  orders: shape({ revision: orNull(text), routers: list(virtualRouter), verdicts: list(verdict) }),
  journal: shape({ lastSequence: number, unacknowledged: list(transition) }),
  fates: list(
    shape({
      name: text,
      standing: shape({ state: shape({ role }), since: number, changedAt: number }),
      lines: list(shape({ router: text, identity: text, held: list(text), isWanting: flag })),
    }),
  ),
  upSince: list(list(number)),
});

const FROM_SPEAKER: Readonly<Record<FromSpeaker["type"], Check>> = {
  hello: shape({ protocol: number, pid: number, speaker: text, version: text }),
  state: shape({ membershipRevision: orNull(text), routers: list(routerStatus), latenessMs: number }),
  legacy: shape({ legacy }),
  refused: shape({ because: text, mayRetry: flag }),
  transition: shape({ transition }),
};

export const parseToSpeaker = (value: unknown): Parsed<ToSpeaker> => parseWith(TO_SPEAKER, value);
export const parseFromSpeaker = (value: unknown): Parsed<FromSpeaker> => parseWith(FROM_SPEAKER, value);

/** What is said about the node: the membership and how the checks stand. Also the content of the speaker's file. */
export const isMembership = TO_SPEAKER.membership;
export const isVerdicts = TO_SPEAKER.verdicts;

function parseWith<Message>(table: Readonly<Record<string, Check>>, value: unknown): Parsed<Message> {
  if (!isRecord(value)) return { ok: false, reason: "not a JSON object" };
  const { type } = value;
  if (typeof type !== "string" || !Object.hasOwn(table, type)) return { ok: false, reason: "unknown type" };
  // The table has a check for every type, and the check has just said that all fields are there.
  return table[type]?.(value) === true
    ? { ok: true, message: value as Message }
    : { ok: false, reason: `a malformed ${type}` };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
