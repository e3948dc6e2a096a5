/** `holdfast kubeconfig`: a file with which kubectl reaches this node's API. */
import {
  closeSync,
  existsSync,
  fchownSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { hostname, userInfo } from "node:os";
import { Command, InvalidArgumentError } from "commander";
import { kubeconfigText, wrongWithServer } from "../api/kubeconfig.ts";
import { createToken } from "../api/tokens.ts";
import { groupOfRole, type Role, wrongWithUserName } from "../object/identity.ts";
import { DEFAULT_NAMESPACE } from "../resource/meta.ts";
import { Refused } from "./answering.ts";
import {
  daysOption,
  inDays,
  parseUserName,
  roleOption,
  stateDirOption,
  type Workshop,
  withCredentials,
} from "./credentials.ts";

const DEFAULT_SERVER = "https://127.0.0.1:7443";
const DEFAULT_DAYS = 365;
const MODE = 0o600;

const HELP = `
The file holds a key: whoever can read it can do what its role can. With --output it is readable by its owner alone. It
needs no running agent, but root. A certificate cannot be taken back before it runs out; a token can (--token, and then
"holdfast token revoke").

viewer reads; editor also writes VirtualIPs, ProxyPools and HealthChecks; admin also takes nodes out of service.

Examples:
  holdfast kubeconfig --output ~/.kube/lb-1
  holdfast kubeconfig --user alice --role editor --server https://lb-1.example.com:7443 --output alice.kubeconfig
  KUBECONFIG=~/.kube/lb-1:~/.kube/lb-2 kubectl --context lb-2 get vip`;

interface Flags {
  readonly stateDir: string;
  readonly node: string;
  readonly namespace: string;
  readonly user: string;
  readonly role: Role;
  readonly server: string;
  readonly context?: string;
  readonly output?: string;
  readonly days: number;
  readonly token: boolean;
  readonly force: boolean;
}

export function kubeconfigCommand(): Command {
  return new Command("kubeconfig")
    .description("Print a file with which kubectl reaches the API of this node.")
    .option("--user <name>", "whom the log of changes will name", parseUserName, defaultUser())
    .addOption(roleOption().default("admin"))
    .option("--server <url>", "where the API is reached", parseServer, DEFAULT_SERVER)
    .option("--output <file>", "write it there instead of to standard output")
    .option("--force", "replace the file", false)
    .option("--context <name>", "how kubectl calls it (default: the node)")
    .option("--token", "with a bearer token instead of a certificate", false)
    .addOption(daysOption().default(DEFAULT_DAYS))
    .option("--node <name>", "name of this node in the manifests", hostname())
    .option("--namespace <name>", "the namespace that the agent serves", DEFAULT_NAMESPACE)
    .addOption(stateDirOption())
    .addHelpText("after", HELP)
    .action((flags: Flags) =>
      withCredentials("kubeconfig", flags.stateDir, (workshop) => kubeconfig(flags, workshop)),
    );
}

/** Whoever became root to do this, as far as sudo tells. */
function defaultUser(): string {
  const names = [process.env["SUDO_USER"] ?? "", userInfo().username];
  return names.find((name) => wrongWithUserName(name) === null) ?? "admin";
}

function parseServer(text: string): string {
  const wrong = wrongWithServer(text);
  if (wrong !== null) throw new InvalidArgumentError(`It ${wrong}.`);
  return text;
}

async function kubeconfig(flags: Flags, workshop: Workshop): Promise<void> {
  const { node, namespace, server, user, output, force, context = node } = flags;
  // Before there is a token that nobody gets to see.
  if (output !== undefined && !force && existsSync(output)) throw alreadyThere(output);
  const authority = await workshop.authority();
  const credentials = await makeCredentials(flags, workshop);
  const { certificate } = authority;
  const text = kubeconfigText({
    node,
    namespace,
    server,
    user,
    context,
    authority: certificate,
    credentials,
  });
  if (output !== undefined) return writePrivate(output, text, force);
  if (process.stdout.isTTY)
    process.stderr.write("holdfast kubeconfig: what follows holds a key; --output keeps it off the screen\n");
  process.stdout.write(text);
}

async function makeCredentials({ user, role, days, token }: Flags, workshop: Workshop) {
  const { authority, tokenFile, now } = workshop;
  if (!token) return await (await authority()).issueClient({ name: user, groups: [groupOfRole(role)] }, days);
  const wanted = { name: user, role, created: now, expires: inDays(now, days) };
  const made = await createToken(tokenFile, wanted);
  if (!made.ok) throw new Refused(`${made.because}; another --user, or: holdfast token revoke ${user}`);
  return { token: made.token };
}

/** Whole or not at all, under its own mode and not that of a file that was there. */
function writePrivate(path: string, text: string, mayReplace: boolean): void {
  const beside = `${path}.${process.pid}.new`;
  try {
    writeOwned(beside, text);
    if (mayReplace) renameSync(beside, path);
    // rename(2) would replace what has come up meanwhile; link(2) refuses.
    else linkSync(beside, path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw code === "EEXIST" ? alreadyThere(path) : new Refused(`cannot write ${path}: ${message}`);
  } finally {
    rmSync(beside, { force: true });
  }
}

/** By its descriptor: the directory is the user's, who could put a link in place of a path. */
function writeOwned(path: string, text: string): void {
  const file = openSync(path, "wx", MODE);
  try {
    writeFileSync(file, text, { flush: true });
    const owner = sudoUser(process.env);
    if (owner !== null) fchownSync(file, owner.uid, owner.gid);
  } finally {
    closeSync(file);
  }
}

/** Whoever called sudo: a file that only root can read is of no use to kubectl. null: nobody did. */
function sudoUser(environment: NodeJS.ProcessEnv): { readonly uid: number; readonly gid: number } | null {
  const [uid, gid] = [environment["SUDO_UID"], environment["SUDO_GID"]].map((text) =>
    /^\d{1,10}$/.test(text ?? "") ? Number(text) : null,
  );
  return uid === null || uid === undefined || gid === null || gid === undefined ? null : { uid, gid };
}

const alreadyThere = (path: string): Refused => new Refused(`${path} is there already; --force replaces it`);
