/** What a speaker records is what it did: replayed, every decision is the same, and the promotion is in it. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { parseRecording } from "../../../controller/vrrp/recording.ts";
import { replay } from "../../../controller/vrrp/replay.ts";
import { aRouter, aVerdict } from "../../support/speaker-host.ts";
import { LOWER, speakerPair } from "../../support/speaker-pair.ts";

it("is recorded from its first step to its last, and replays to the same decisions", async () => {
  const { clock, a, b } = speakerPair();
  for (const host of [a, b]) await host.start();
  await a.member(aRouter({ tracks: [{ check: "default/nginx", weight: -20 }] }));
  await b.member(aRouter(LOWER));
  await clock.advance(5_000);
  await a.verdicts(aVerdict("default/nginx", "unhealthy"));
  await clock.advance(5_000);
  await a.stop();
  const result = parseRecording(a.recording.text);
  assert.ok(result.ok);
  const steps = [...replay(result.recording)];
  assert.ok(steps.every(({ isSame }) => isSame));
  const roles = steps.map(({ after }) => after.role).filter((role, i, all) => role !== all[i - 1]);
  assert.deepEqual(roles, ["backup", "master", "backup", "initialize"]);
  assert.ok(steps.some(({ config }) => config.priority === 80));
});
