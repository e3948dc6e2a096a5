/**
 * Loaded with `node --import` by a program that opens a store, and so by the examiner that it starts: the examiner stops itself
 * as soon as it has the database open, and stays so until somebody lets it go on.
 */
import module, { syncBuiltinESMExports } from "node:module";

if (process.argv[1]?.endsWith("/examine.js") === true) {
  const { createRequire } = module;
  module.createRequire = (from) => {
    const require = createRequire(from);
    const stopping = (name: string): unknown => {
      const lmdb = require(name) as typeof import("lmdb");
      const open = (...given: readonly unknown[]): unknown => {
        const database: unknown = Reflect.apply(lmdb.open, undefined, given);
        process.kill(process.pid, "SIGSTOP");
        return database;
      };
      return { ...lmdb, open };
    };
    return Object.assign(stopping, require);
  };
  syncBuiltinESMExports();
}
