/** A recording leads the machine from line to line, and tells when it decides otherwise today. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Instant, millis, type WallTime } from "../../../controller/net/time.ts";
import { Recorder } from "../../../controller/speaker/recorder.ts";
import { step } from "../../../controller/vrrp/machine.ts";
import { parseRecording, type Recording } from "../../../controller/vrrp/recording.ts";
import { replay } from "../../../controller/vrrp/replay.ts";
import { formatReplayed, isNews } from "../../../controller/vrrp/replay-text.ts";
import { INITIAL_STATE, type RouterEvent, type RouterState } from "../../../controller/vrrp/state.ts";
import { MemoryRecording } from "../../support/memory-recording.ts";
import { config, PEER } from "./machine-cases.ts";

const WEB = {};
const RIVAL = {
  type: "advertisement",
  sender: PEER,
  adverInterval: millis(1000),
  senderWinsTie: false,
} as const;

/** A router that starts, becomes master, and is outranked; as a speaker would record it. */
function record(sink: MemoryRecording, events: readonly (readonly [number, RouterEvent])[]): void {
  const recorder = new Recorder(sink, "1.2.3");

  let state: RouterState = INITIAL_STATE;
  for (const [at, event] of events) {
    const before = state;
    const taken = step(config, before, event, at as Instant);
    recorder.record(WEB, "default/web", {
      config,
      before,
      event,
      step: taken,
      at: at as Instant,
      wall: (1_000_000 + at) as WallTime,
    });
    state = taken.state;
  }
}

const LIFE: readonly (readonly [number, RouterEvent])[] = [
  [0, { type: "startup" }],
  [4000, { type: "deadline" }],
  [5000, { type: "deadline" }],
  [5500, { ...RIVAL, priority: 200 }],
];

function recordingIn(text: string): Recording {
  const result = parseRecording(text);
  assert.ok(result.ok, result.ok ? "" : `${result.line}: ${result.message}`);
  return result.recording;
}

describe("a recording", () => {
  it("is replayed to the same decisions", () => {
    const sink = new MemoryRecording();
    record(sink, LIFE);
    const steps = [...replay(recordingIn(sink.text))];
    assert.deepEqual(
      steps.map(({ after, isSame }) => [after.role, isSame]),
      [
        ["backup", true],
        ["master", true],
        ["master", true],
        ["backup", true],
      ],
    );
  });

  it("shows news and leaves the daily round out", () => {
    const sink = new MemoryRecording();
    record(sink, LIFE);
    const news = [...replay(recordingIn(sink.text))].filter(isNews);
    assert.deepEqual(
      news.map(({ recorded }) => recorded.at),
      [0, 4000, 5500],
    );
    const [, promotion] = news;
    assert.ok(promotion !== undefined);
    assert.match(
      formatReplayed(promotion),
      /^1970-01-01T00:16:44\.000Z {2}default\/web {2}priority 100, backup \(master-down\) -> master: deadline: advertise 100, claim-addresses/,
    );
  });

  it("tells where the machine decides otherwise than was recorded", () => {
    const sink = new MemoryRecording();
    record(sink, LIFE);
    const text = sink.text.replace('"advertise 100","claim-addresses"', '"advertise 99","claim-addresses"');
    const different = [...replay(recordingIn(text))].filter(({ isSame }) => !isSame);
    assert.deepEqual(
      different.map(({ line }) => line),
      [3],
    );
    const [first] = different;
    assert.ok(first !== undefined);
    assert.match(formatReplayed(first), /DIFFERS in line 3: recorded were master, \[advertise 99/);
  });

  it("begins anew in another part, with configuration and state of every router", () => {
    const sink = new MemoryRecording();
    const recorder = new Recorder(sink, "1.2.3");

    const taken = step(config, INITIAL_STATE, { type: "startup" }, 0 as Instant);
    const told = { config, before: INITIAL_STATE, event: { type: "startup" } as const, step: taken };
    recorder.record(WEB, "default/web", { ...told, at: 0 as Instant, wall: 0 as WallTime });
    sink.part = 1;
    sink.text = "";
    recorder.record(WEB, "default/web", { ...told, at: 0 as Instant, wall: 0 as WallTime });
    assert.equal(recordingIn(sink.text).steps.length, 1);
  });

  it("that was cut off by a power failure is read up to there; anything else unreadable is told with its line", () => {
    const sink = new MemoryRecording();
    record(sink, LIFE);
    assert.equal(recordingIn(sink.text.slice(0, -20)).steps.length, 3);
    const broken = sink.text.split("\n").with(2, "{").join("\n");
    assert.deepEqual(parseRecording(broken), { ok: false, line: 3, message: "is not a recorded step" });
    assert.deepEqual(parseRecording("apiVersion: v1\n"), {
      ok: false,
      line: 1,
      message: "is not the head of a recording in format 2",
    });
  });
});
