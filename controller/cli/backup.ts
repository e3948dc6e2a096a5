/** `holdfast backup` and `holdfast restore`: what the store of a node holds, as a file, and back. */
import { hostname } from "node:os";
import { Command, Option } from "commander";
import { answering, print } from "./answering.ts";
import { stateDirOption } from "./credentials.ts";
import { refusable } from "./refusable.ts";
import { DEFAULT_RUNTIME_DIR } from "./status.ts";

const BACKUP_HELP = `
With a running agent or without: the agent is asked, and where none answers the store is read. FILE is text, one object a
line, with a checksum; it is there whole or not at all, and readable by its owner alone, for objects may hold passwords.
What waits to be told (notifications), the history of roles and the credentials of the API are not in it.

Exit status: 0 done, 1 refused, 2 wrong usage.

Examples:
  holdfast backup /var/backups/holdfast.backup --force
  holdfast backup "/var/backups/holdfast-$(date +%F).backup"`;

const RESTORE_HELP = `
All of FILE is judged before anything changes. The agent must not run: stop it alone, and speaker and nginx serve on. The
objects keep their uid; resourceVersion goes on above all that was ever given, so that every watcher lists again. What was
there before is kept beside the store. Objects that came from a directory of manifests follow it again once the agent runs.

Exit status: 0 done, 1 refused, 2 wrong usage.

Example:
  systemctl stop holdfast-agent && holdfast restore /var/backups/holdfast.backup && systemctl start holdfast-agent`;

const IS_ELSEWHERE = "it does not answer at --runtime-dir; is that right?";
const STOP_FIRST = "stop the agent first, speaker and nginx serve on";

interface Flags {
  readonly stateDir: string;
  readonly runtimeDir: string;
  readonly force: boolean;
  readonly output: "text" | "json";
}

export function backupCommand(version: string): Command {
  return new Command("backup")
    .description("Write all objects that this node has to a file.")
    .argument("<FILE>", "where to")
    .option("--force", "replace the file", false)
    .addOption(stateDirOption())
    .option("--runtime-dir <dir>", "where the agent keeps its socket", DEFAULT_RUNTIME_DIR)
    .addOption(outputOption())
    .addHelpText("after", BACKUP_HELP)
    .action((file: string, flags: Flags) =>
      serve("backup", IS_ELSEWHERE, () => backup(file, flags, version)),
    );
}

export function restoreCommand(version: string): Command {
  return new Command("restore")
    .description("Put the objects of a backup in the place of those that this node has.")
    .argument("<FILE>", "what holdfast backup has written")
    .addOption(stateDirOption())
    .addOption(outputOption())
    .addHelpText("after", RESTORE_HELP)
    .action((file: string, flags: Flags) =>
      serve("restore", STOP_FIRST, () => restore(file, flags, version)),
    );
}

const outputOption = (): Option =>
  new Option("-o, --output <format>", "text or json").choices(["text", "json"]).default("text");

async function backup(file: string, flags: Flags, program: string): Promise<void> {
  // Only now: no other command needs the adapters.
  const { takeBackup } = await import("../wiring/store-backup.ts");
  const { stateDir, runtimeDir, force: isForced } = flags;
  const taken = await takeBackup({ file, stateDir, runtimeDir, isForced, program, node: hostname() });
  const { resources, resourceVersion, takenAt } = taken.header;
  const facts = { file, from: taken.from, resources, resourceVersion, takenAt };
  if (flags.output === "json") return print(JSON.stringify(facts, null, 2));
  const source = taken.from === "agent" ? "the running agent" : `the store in ${stateDir}`;
  print(`${file}: ${counted(resources)} at resourceVersion ${resourceVersion}, from ${source}`);
}

async function restore(file: string, { stateDir, output }: Flags, program: string): Promise<void> {
  const { restoreBackup } = await import("../wiring/store-backup.ts");
  const restored = await restoreBackup({ file, stateDir, program, node: hostname() });
  const { backup, resourceVersion, replaced } = restored;
  const { resources, takenAt, node } = backup;
  const facts = { file, stateDir, resources: resources.length, takenAt, node, resourceVersion, replaced };
  if (output === "json") return print(JSON.stringify(facts, null, 2));
  print(`${stateDir}: ${counted(resources.length)} of ${node} as of ${takenAt}, from ${file}`);
  if (replaced !== null) print(`what was there before is in ${replaced}`);
}

const counted = (count: number): string => `${count} ${count === 1 ? "object" : "objects"}`;

/** `advice`: what to do while an agent has the store. */
const serve = (command: string, advice: string, task: () => Promise<void>): Promise<void> =>
  answering(() => refusable(task, ({ detail }) => (detail.code === "store-in-use" ? advice : "")), {
    as: `holdfast ${command}`,
  });
