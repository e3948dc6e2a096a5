/** From the path of a field to its line and column. */
import { type FieldPath, formatPath } from "./complaint.ts";
import type { Position } from "./yaml-text.ts";
import type { FieldPlace } from "./yaml-value.ts";

export type PositionOf = (path: FieldPath) => Position;

/**
 * Where the value of a field is written. For a field that is left empty that is its key; for one that is missing it is the key
 * of what it should stand in, or the item of the list.
 */
export function positionsIn(places: ReadonlyMap<string, FieldPlace>, start: Position): PositionOf {
  return (path) => {
    const place = places.get(formatPath(path));
    const exact = place?.value ?? place?.key;
    if (exact != null) return exact;
    for (let length = path.length - 1; length > 0; length--) {
      const outer = places.get(formatPath(path.slice(0, length)));
      const found = outer?.key ?? outer?.value;
      if (found != null) return found;
    }
    return start;
  };
}

/** Where the name of a field is written: what is wrong with an unknown field is its name. */
export function keyPositionsIn(places: ReadonlyMap<string, FieldPlace>, otherwise: PositionOf): PositionOf {
  return (path) => places.get(formatPath(path))?.key ?? otherwise(path);
}
