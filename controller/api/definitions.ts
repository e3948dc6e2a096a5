/** The CustomResourceDefinitions of our kinds, which never change. To make them takes a while, and needs no store. */

import type { WallTime } from "../net/time.ts";
import { definitionObject } from "../object/definition-object.ts";
import { KINDS } from "../resource/meta.ts";
import { LiveCollection } from "./live-collection.ts";

export function definitionsSince(time: WallTime): LiveCollection {
  const definitions = new LiveCollection(time);
  definitions.show(KINDS.map((kind) => definitionObject(kind, time)));
  return definitions;
}
