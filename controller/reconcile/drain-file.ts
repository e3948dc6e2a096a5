/** That the node is drained outlives agent, speaker and machine in a small file. */
import * as z from "zod";
import type { WallTime } from "../net/time.ts";
import type { Drain } from "../plan/drain.ts";
import type { Log } from "../port/log.ts";
import type { StateFile } from "../port/state-file.ts";
import { jsonIn } from "./state-json.ts";

const form = z.object({
  format: z.literal(1),
  drain: z.nullable(
    z.object({
      by: z.string(),
      reason: z.string(),
      since: z.number().transform((value) => value as WallTime),
      isForced: z.boolean(),
    }),
  ),
});

/** No crash damages the file, so whoever did wanted something: the node serves, and says so. */
export async function loadDrain(file: StateFile, log: Log): Promise<Drain | null> {
  const text = await file.read();
  if (text === null) return null;
  const parsed = form.safeParse(jsonIn(text));
  if (parsed.success) return parsed.data.drain;
  log.error("the file that says whether the node is drained is damaged; the node is in service", { text });
  return null;
}

export async function saveDrain(file: StateFile, drain: Drain | null): Promise<void> {
  await file.write(`${JSON.stringify({ format: 1, drain })}\n`);
}
