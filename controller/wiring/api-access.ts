/** What stands at the door of the API: the node's authority, its tokens and its audit, all in one directory. */
import { join } from "node:path";
import { openAuthority } from "../adapter/certificates/authority.ts";
import { SystemClock } from "../adapter/clock/system-clock.ts";
import { type Libc, openLibc } from "../adapter/libc/libc.ts";
import { AuditFile } from "../adapter/log/audit-file.ts";
import { makeStateDirectory } from "../adapter/state-files/directories.ts";
import { sharedFile } from "../adapter/state-files/shared-file.ts";
import { Authenticator } from "../api/authenticate.ts";
import { ServerCertificate, serverNames } from "../api/server-certificate.ts";
import { Tokens } from "../api/tokens.ts";
import type { Audit } from "../port/audit.ts";
import type { Authority } from "../port/authority.ts";
import type { Clock } from "../port/clock.ts";
import { OperationFailure } from "../port/failure.ts";
import type { Log } from "../port/log.ts";
import type { SharedFile } from "../port/shared-file.ts";

export const apiDirectory = (stateDir: string): string => join(stateDir, "api");

export interface Credentials {
  /** Made when there is none yet. */
  readonly authority: () => Promise<Authority>;
  readonly tokenFile: SharedFile;
}

/** For the agent, and for the commands that make credentials beside it, or before it. */
export async function openCredentials(stateDir: string, libc: Libc, clock: Clock): Promise<Credentials> {
  const directory = apiDirectory(stateDir);
  await makeDirectory(directory);
  const authorityPath = join(directory, "authority.pem");
  return {
    authority: () => openAuthority(authorityPath, sharedFile(libc, authorityPath), clock),
    tokenFile: sharedFile(libc, join(directory, "tokens.json")),
  };
}

/** For a command, which has neither clock nor libc yet. */
export async function openWorkshop(
  stateDir: string,
): Promise<{ readonly credentials: Credentials; readonly clock: Clock }> {
  const clock = new SystemClock();
  return { credentials: await openCredentials(stateDir, openLibc(), clock), clock };
}

async function makeDirectory(path: string): Promise<void> {
  try {
    await makeStateDirectory(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new OperationFailure(
      code === "EACCES" || code === "EPERM"
        ? { code: "not-permitted", operation: `make ${path}`, needs: "root" }
        : { code: "store-refused", output: message },
      error,
    );
  }
}

export interface ApiAccessOptions {
  readonly stateDir: string;
  readonly node: string;
  /** `127.0.0.1:7443`; null: only the local socket, which needs no certificate. */
  readonly listen: string | null;
  readonly libc: Libc;
  readonly clock: Clock;
  readonly log: Log;
}

export interface ApiAccess {
  readonly authenticator: Authenticator;
  /** null: as `listen`. */
  readonly certificate: ServerCertificate | null;
  readonly audit: Audit;
}

export async function openApiAccess(options: ApiAccessOptions): Promise<ApiAccess> {
  const { stateDir, node, listen, libc, clock, log } = options;
  const { authority, tokenFile } = await openCredentials(stateDir, libc, clock);
  const parts = { authority: await authority(), clock };
  return {
    authenticator: new Authenticator({ tokens: new Tokens(tokenFile), clock, log }),
    certificate:
      listen === null ? null : await ServerCertificate.issue({ ...parts, names: serverNames(node, listen) }),
    audit: new AuditFile(join(apiDirectory(stateDir), "audit.log"), log),
  };
}
