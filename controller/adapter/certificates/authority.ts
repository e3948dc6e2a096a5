/**
 * The certificate authority: one file with its key and its certificate, so that a crash cannot part them. What makes certificates is
 * loaded when the first is made.
 */
import { createPrivateKey, randomBytes, X509Certificate } from "node:crypto";
import type { WallTime } from "../../net/time.ts";
import type { Authority } from "../../port/authority.ts";
import type { Clock } from "../../port/clock.ts";
import { OperationFailure } from "../../port/failure.ts";
import type { SharedFile } from "../../port/shared-file.ts";
import type { Issuer, Lifetime } from "./certificate.ts";

const DAY_MS = 86_400_000;
/** Renewed long before; so short that a clock that is wrong by years does no lasting harm. */
export const SERVER_DAYS = 90;
/** A client whose clock is a little behind must not refuse what was made just now. */
const BACKDATED_MS = 3_600_000;

/** Makes the authority at the first call. Throws OperationFailure `store-unusable` when its file holds something else. */
export async function openAuthority(
  path: string,
  file: SharedFile,
  clock: Pick<Clock, "wallTime">,
): Promise<Authority> {
  const issuer = readAuthority(path, (await file.read()) ?? (await makeFile(file)));
  return {
    certificate: issuer.certificate,
    issueServer: async (names) => {
      const { issueServer } = await certificates();
      const lifetime = lifetimeOf(clock.wallTime(), SERVER_DAYS);
      return { ...(await issueServer(issuer, names, lifetime)), expires: lifetime.notAfter };
    },
    issueClient: async (subject, days) => {
      const { issueClient } = await certificates();
      const lifetime = lifetimeOf(clock.wallTime(), days);
      return { ...(await issueClient(issuer, subject, lifetime)), expires: lifetime.notAfter };
    },
  };
}

const certificates = () => import("./certificate.ts");

async function makeFile(file: SharedFile): Promise<string> {
  const { makeAuthority } = await certificates();
  // Told apart from those of the other nodes, whose certificates a client may hold in the same file.
  const { privateKey, certificate } = await makeAuthority(`holdfast ${randomBytes(4).toString("hex")}`);
  return await file.update((found) => found ?? `${privateKey}${certificate}`);
}

/** As Node.js prints the subject of an authority of ours. */
const SUBJECT = /^CN=holdfast [0-9a-f]{8}$/;

function readAuthority(path: string, text: string): Issuer {
  try {
    const key = createPrivateKey(text);
    const certificate = new X509Certificate(text);
    if (!SUBJECT.test(certificate.subject)) throw new Error("it is not an authority that holdfast has made");
    if (!certificate.checkPrivateKey(key)) throw new Error("key and certificate do not belong together");
    return { certificate: certificate.toString(), key };
  } catch (error) {
    const output = error instanceof Error ? error.message : String(error);
    throw new OperationFailure({ code: "store-unusable", path, output }, error);
  }
}

const lifetimeOf = (now: WallTime, days: number): Lifetime => ({
  notBefore: (now - BACKDATED_MS) as WallTime,
  notAfter: (now + days * DAY_MS) as WallTime,
});
