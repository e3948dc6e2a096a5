/** Whether two checks ask the same in the same rhythm. Pure. */
import type { Check } from "./probe.ts";

/** Both come from the same resolver, which writes the fields in one order. */
export const isSameCheck = (a: Check, b: Check): boolean => JSON.stringify(a) === JSON.stringify(b);
