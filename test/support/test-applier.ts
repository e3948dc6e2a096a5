/** What chance, the clock and the schemas add to a plan, the same in every run. */
import { mergeTypes } from "../../controller/object/merge-types.ts";
import type { Applier } from "../../controller/plan/source-declare.ts";

const TYPES = mergeTypes();

export const testApplier = (newUid: () => string = () => "uid"): Applier => ({
  mergeTypes: TYPES,
  now: "2026-01-01T00:00:00Z",
  newUid,
});

/** Each uid is another. */
export function uidCounter(): () => string {
  let births = 0;
  return () => `uid-${++births}`;
}
