/** The embedded store on a disk, as the agent opens it. */
import { openLibc } from "../../controller/adapter/libc/libc.ts";
import { openLmdbRecords } from "../../controller/adapter/lmdb/records.ts";
import { EmbeddedStore } from "../../controller/store/embedded-store.ts";

export async function openDiskStore(directory: string): Promise<EmbeddedStore> {
  const records = await openLmdbRecords(directory, openLibc());
  try {
    return new EmbeddedStore(records);
  } catch (error) {
    await records[Symbol.asyncDispose]();
    throw error;
  }
}
