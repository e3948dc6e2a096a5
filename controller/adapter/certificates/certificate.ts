/**
 * The three kinds of certificate that an authority of ours makes (RFC 5280), on keys of the curve P-256. To load the library costs a
 * quarter of a second: only whoever makes a certificate loads this file (docs/adr/0019-who-may-use-the-api.md).
 */
import { generateKeyPairSync, type KeyObject, randomBytes, webcrypto } from "node:crypto";
// For its effect, and before the library, whose container of dependencies refuses to load without `Reflect.getMetadata`.
import "reflect-metadata";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { isIpv6, parseIpAddress } from "../../net/ip.ts";
import { ipv6Groups } from "../../net/ipv6.ts";
import type { WallTime } from "../../net/time.ts";
import type { Subject } from "../../object/access-review.ts";

/** As its file holds it. */
export interface Issuer {
  readonly certificate: string;
  readonly key: KeyObject;
}

export interface Lifetime {
  readonly notBefore: WallTime;
  readonly notAfter: WallTime;
}

/** PEM, both; the key as PKCS #8. */
export interface Issued {
  readonly certificate: string;
  readonly privateKey: string;
}

const SERIAL_BYTES = 16;
/**
 * RFC 5280 §4.1.2.5 for "no well-defined end". An authority that runs out is an outage that nobody has planned, and one
 * made while a machine without a battery believed it was 1970 would be such from the start. Trust in it ends with its file.
 */
const FOREVER: Lifetime = {
  notBefore: Date.UTC(2000, 0, 1) as WallTime,
  notAfter: Date.UTC(9999, 11, 31, 23, 59, 59) as WallTime,
};

/** Which may sign others, but none that may. */
export async function makeAuthority(commonName: string): Promise<Issued> {
  const keys = makeKeys();
  const name = nameOf({ name: commonName, groups: [] });
  const identifier = await identifierOf(keys.publicKey);
  const extensions = [
    new BasicConstraintsExtension(true, 0, true),
    new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    identifier,
    new AuthorityKeyIdentifierExtension(identifier.keyId),
  ];
  const wanted = { subject: name, publicKey: keys.publicKey, lifetime: FOREVER, extensions };
  return { certificate: await sign(wanted, name, keys.privateKey), privateKey: pemOfKey(keys.privateKey) };
}

/** `names`: host names and addresses. */
export const issueServer = (issuer: Issuer, names: readonly string[], lifetime: Lifetime): Promise<Issued> =>
  issueLeaf(issuer, nameOf({ name: "holdfast-api", groups: [] }), lifetime, [
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
    new SubjectAlternativeNameExtension(names.map(alternativeName)),
  ]);

export const issueClient = (issuer: Issuer, subject: Subject, lifetime: Lifetime): Promise<Issued> =>
  issueLeaf(issuer, nameOf(subject), lifetime, [
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth]),
  ]);

async function issueLeaf(
  issuer: Issuer,
  subject: Name,
  lifetime: Lifetime,
  own: readonly Extension[],
): Promise<Issued> {
  const { privateKey, publicKey } = makeKeys();
  const { subjectName, identifier } = readIssuer(issuer);
  const extensions = [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    ...own,
    await identifierOf(publicKey),
    new AuthorityKeyIdentifierExtension(identifier),
  ];
  const wanted = { subject, publicKey, lifetime, extensions };
  return { certificate: await sign(wanted, subjectName, issuer.key), privateKey: pemOfKey(privateKey) };
}

/** Both are taken over as they stand there: Go compares the bytes of names, and identifiers may be made in many ways (RFC 7093). */
function readIssuer({ certificate }: Issuer): { readonly subjectName: Name; readonly identifier: string } {
  const read = new X509Certificate(certificate);
  const identifier = read.getExtension(SubjectKeyIdentifierExtension)?.keyId;
  if (identifier === undefined) throw new Error("an authority of ours has an identifier of its key");
  return { subjectName: read.subjectName, identifier };
}

interface Wanted {
  readonly subject: Name;
  readonly publicKey: KeyObject;
  readonly lifetime: Lifetime;
  readonly extensions: Extension[];
}

async function sign(wanted: Wanted, issuer: Name, key: KeyObject): Promise<string> {
  const { subject, publicKey, lifetime, extensions } = wanted;
  const signingKey = await webcrypto.subtle.importKey(
    "pkcs8",
    key.export({ type: "pkcs8", format: "der" }),
    { name: "ECDSA", namedCurve: "P-256" },
    false,
    ["sign"],
  );
  const dates = { notBefore: new Date(lifetime.notBefore), notAfter: new Date(lifetime.notAfter) };
  const names = { subject, issuer };
  const certificate = await X509CertificateGenerator.create(
    { serialNumber: serialNumber(), ...names, ...dates, publicKey: spki(publicKey), signingKey, extensions },
    webcrypto,
  );
  return `${certificate.toString("pem")}\n`;
}

/** Not guessable, and always as long, without a byte for the sign (RFC 5280 §4.1.2.2): its first two bits are 01. */
function serialNumber(): string {
  const bytes = randomBytes(SERIAL_BYTES);
  bytes.writeUInt8((bytes.readUInt8(0) & 0x3f) | 0x40, 0);
  return bytes.toString("hex");
}

/** As O and CN, where Kubernetes has them. A string of its own the library would take for a PrintableString, or behind `#` for DER. */
const nameOf = ({ name, groups }: Subject): Name =>
  new Name([...groups.map((group) => ({ O: [{ utf8String: group }] })), { CN: [{ utf8String: name }] }]);

/** The library reads addresses, too, but takes `::ffff:192.0.2.1` for another one: it is given groups. */
function alternativeName(name: string): { readonly type: "dns" | "ip"; readonly value: string } {
  const address = parseIpAddress(name);
  if (address === null) return { type: "dns", value: name };
  const groups = isIpv6(address) ? ipv6Groups(address).map((group) => group.toString(16)) : null;
  return { type: "ip", value: groups?.join(":") ?? address };
}

const identifierOf = (key: KeyObject): Promise<SubjectKeyIdentifierExtension> =>
  SubjectKeyIdentifierExtension.create(spki(key), false, webcrypto);

const spki = (key: KeyObject): Buffer => key.export({ type: "spki", format: "der" });

const makeKeys = () => generateKeyPairSync("ec", { namedCurve: "P-256" });

const pemOfKey = (key: KeyObject): string => key.export({ type: "pkcs8", format: "pem" }).toString();
