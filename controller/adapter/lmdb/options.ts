/** How the database is opened, by the agent and by whoever examines it first. */

/** Address space, not memory: pages come in as they are touched. LMDB grows the map when the file outgrows it. */
const MAP_BYTES = 64 * 2 ** 20;

export const databaseOptions = {
  mapSize: MAP_BYTES,
  encoding: "string",
  /** A commit returns when it is on disk, not before: with overlapping flushes, "committed" is not yet "durable". */
  overlappingSync: false,
  /** The store keeps its own objects. */
  cache: false,
  /** One process, one thread. */
  maxReaders: 4,
  maxDbs: 1,
  noReadAhead: true,
} as const;
