/**
 * A program of its own: `node examine.js DIRECTORY` reads every record and ends with status 0. LMDB trusts what it reads,
 * so that a damaged file can end the process that opens it. It had better be this one than the agent.
 */
import { createRequire } from "node:module";
import { databaseOptions } from "./options.ts";

// The agent waits for this program: lmdb is one file when it is required, and several when it is imported.
const { open } = createRequire(import.meta.url)("lmdb") as typeof import("lmdb");

const [path = ""] = process.argv.slice(2);
const database = open<string, string>({ path, ...databaseOptions });
let bytes = 0;
for (const { key, value } of database.getRange({})) bytes += key.length + value.length;
await database.close();
process.stdout.write(`${bytes} bytes\n`);
