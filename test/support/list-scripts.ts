/**
 * Loaded with `node --import` into a program under test: when it ends, it writes the files that it has compiled to the
 * standard error, as a JSON list. The debugger tells them all, however they were loaded.
 */
import { type Debugger, type InspectorNotification, Session } from "node:inspector";

const self = import.meta.url;
const files = new Set<string>();
const session = new Session();
session.connect();
session.on(
  "Debugger.scriptParsed",
  ({ params: { url } }: InspectorNotification<Debugger.ScriptParsedEventDataType>) => {
    const isOurs = url !== "" && url !== self && !/^node:/.test(url);
    if (isOurs) files.add(url.replace(/^file:\/\//, ""));
  },
);
session.post("Debugger.enable");
process.on("exit", () => process.stderr.write(JSON.stringify([...files])));
