/** The standings of the checks outlive the agent in a small file, so that a restarted one does not begin by changing its mind. */
import * as z from "zod";
import type { WallTime } from "../net/time.ts";
import type { CheckStanding } from "../plan/seen.ts";
import type { StateFile } from "../port/state-file.ts";
import { jsonIn } from "./state-json.ts";

const form = z.array(
  z.object({
    check: z.string(),
    verdict: z.enum(["healthy", "unhealthy", "pending"]),
    because: z.string(),
    since: z.number().transform((value) => value as WallTime),
  }),
);

/** A file that is missing or damaged is no failure: the checks then begin anew. */
export async function loadStandings(file: StateFile): Promise<ReadonlyMap<string, CheckStanding>> {
  const parsed = form.safeParse(jsonIn((await file.read()) ?? "[]"));
  return new Map((parsed.success ? parsed.data : []).map((standing) => [standing.check, standing]));
}

export async function saveStandings(
  file: StateFile,
  standings: ReadonlyMap<string, CheckStanding>,
): Promise<void> {
  const plain = [...standings.values()].map(({ check, verdict, because, since }) => ({
    check,
    verdict,
    because,
    since,
  }));
  const text = JSON.stringify(plain);
  // A write costs a flush of the disk.
  if ((await file.read()) !== text) await file.write(text);
}
