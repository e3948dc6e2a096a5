/**
 * The certificate authority: one file with its key and its certificate, so that a crash cannot part them. The library that
 * checks certificates is OpenSSL's, in Node.js; issuing them takes no library (docs/adr/0019-who-may-use-the-api.md).
 */
import { createPrivateKey, generateKeyPairSync, randomBytes, X509Certificate } from "node:crypto";
import { rfc3339, type WallTime } from "../../net/time.ts";
import type { Authority, Credentials } from "../../port/authority.ts";
import type { Clock } from "../../port/clock.ts";
import { OperationFailure } from "../../port/failure.ts";
import type { SharedFile } from "../../port/shared-file.ts";
import {
  AUTHORITY_EXTENSIONS,
  CLIENT_EXTENSIONS,
  type Issuer,
  type Name,
  serverExtensions,
  signCertificate,
} from "./certificate.ts";
import type { Der } from "./der.ts";

const DAY_MS = 86_400_000;
/** Renewed long before; so short that a clock that is wrong by years does no lasting harm. */
export const SERVER_DAYS = 90;
/** A client whose clock is a little behind must not refuse what was made just now. */
const BACKDATED_MS = 3_600_000;
/**
 * RFC 5280 §4.1.2.5 for "no well-defined end". An authority that runs out is an outage that nobody has planned, and one
 * made while a machine without a battery believed it was 1970 would be such from the start. Trust in it ends with its file.
 */
const FOREVER = { notBefore: "20000101000000Z", notAfter: "99991231235959Z" } as const;

/** Makes the authority at the first call. Throws OperationFailure `store-unusable` when its file holds something else. */
export async function openAuthority(
  path: string,
  file: SharedFile,
  clock: Pick<Clock, "wallTime">,
): Promise<Authority> {
  const text = (await file.read()) ?? (await file.update((found) => found ?? makeAuthority()));
  const { certificate, ...issuer } = readAuthority(path, text);
  return {
    certificate,
    issueServer: (names) =>
      issue(issuer, {
        subject: { commonName: "holdfast-api", organisations: [] },
        extensions: serverExtensions(names),
        lifetime: lifetime(clock.wallTime(), SERVER_DAYS),
      }),
    issueClient: ({ name, groups }, days) =>
      issue(issuer, {
        subject: { commonName: name, organisations: groups },
        extensions: CLIENT_EXTENSIONS,
        lifetime: lifetime(clock.wallTime(), days),
      }),
  };
}

function makeAuthority(): string {
  const { privateKey, publicKey } = makeKeys();
  // Told apart from those of the other nodes, whose certificates a client may hold in the same file.
  const name: Name = { commonName: `holdfast ${randomBytes(4).toString("hex")}`, organisations: [] };
  const certificate = signCertificate(
    { subject: name, publicKey, ...FOREVER, extensions: AUTHORITY_EXTENSIONS },
    { name, key: privateKey },
  );
  return `${pemOfKey(privateKey)}${certificate}`;
}

/** As Node.js prints the subject of an authority of ours. */
const SUBJECT = /^CN=(holdfast [0-9a-f]{8})$/;

function readAuthority(path: string, text: string): Issuer & { readonly certificate: string } {
  try {
    const key = createPrivateKey(text);
    const certificate = new X509Certificate(text);
    const commonName = SUBJECT.exec(certificate.subject)?.[1];
    if (commonName === undefined) throw new Error("it is not an authority that holdfast has made");
    if (!certificate.checkPrivateKey(key)) throw new Error("key and certificate do not belong together");
    return { certificate: certificate.toString(), key, name: { commonName, organisations: [] } };
  } catch (error) {
    const output = error instanceof Error ? error.message : String(error);
    throw new OperationFailure({ code: "store-unusable", path, output }, error);
  }
}

interface Wanted {
  readonly subject: Name;
  readonly extensions: readonly Der[];
  readonly lifetime: { readonly notBefore: WallTime; readonly notAfter: WallTime };
}

function issue(
  issuer: Issuer,
  { subject, extensions, lifetime: { notBefore, notAfter } }: Wanted,
): Credentials {
  const { privateKey, publicKey } = makeKeys();
  const dates = { notBefore: digitsOf(notBefore), notAfter: digitsOf(notAfter) };
  return {
    certificate: signCertificate({ subject, publicKey, ...dates, extensions }, issuer),
    privateKey: pemOfKey(privateKey),
    expires: notAfter,
  };
}

const lifetime = (now: WallTime, days: number): Wanted["lifetime"] => ({
  notBefore: (now - BACKDATED_MS) as WallTime,
  notAfter: (now + days * DAY_MS) as WallTime,
});

/** `2026-11-24T09:12:13.004Z` as certificates write it: `20261124091213Z`. */
const digitsOf = (at: WallTime): string => `${rfc3339(at).slice(0, 19).replaceAll(/\D/g, "")}Z`;

const makeKeys = () => generateKeyPairSync("ec", { namedCurve: "P-256" });

const pemOfKey = (key: ReturnType<typeof makeKeys>["privateKey"]): string =>
  key.export({ type: "pkcs8", format: "pem" }).toString();
