/** A program that writes pairs of resources to a store and tells its parent of each acknowledgement, until it is killed. */
import { randomUUID } from "node:crypto";
import { SystemClock } from "../../controller/adapter/clock/system-clock.ts";
import { openLibc } from "../../controller/adapter/libc/libc.ts";
import { openLmdbRecords } from "../../controller/adapter/lmdb/records.ts";
import { EmbeddedStore } from "../../controller/store/embedded-store.ts";
import { checkManifest, from } from "./stored-manifests.ts";

const [directory = "", first = "0"] = process.argv.slice(2);
const records = await openLmdbRecords(directory, openLibc());
const store = new EmbeddedStore(records, { clock: new SystemClock(), newUid: randomUUID });
for (let index = Number(first); process.connected; index++) {
  const pair = ["left", "right"].map((side) => checkManifest(`${side}-${index}`, { path: `/${index}` }));
  await store.write(pair.map((manifest) => ({ type: "apply", manifest, provenance: from("a.yaml") })));
  process.send?.(index);
}
