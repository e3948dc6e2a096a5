/** X.509 certificates of version 3 (RFC 5280) on keys of the curve P-256: the three profiles that the authority issues. */
import { createHash, createPublicKey, type KeyObject, randomBytes, sign } from "node:crypto";
import { ADDRESS_BYTES, familyOf, isIpv6, parseIpAddress } from "../../net/ip.ts";
import { writeIpv4 } from "../../net/ipv4.ts";
import { writeIpv6 } from "../../net/ipv6.ts";
import {
  bitString,
  type Der,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  setOf,
  TRUE,
  tagged,
  taggedString,
  time,
  utf8String,
} from "./der.ts";

export interface Name {
  readonly commonName: string;
  readonly organisations: readonly string[];
}

export interface Certificate {
  readonly subject: Name;
  readonly publicKey: KeyObject;
  /** As `time` of der.ts wants them. */
  readonly notBefore: string;
  readonly notAfter: string;
  readonly extensions: readonly Der[];
}

export interface Issuer {
  readonly name: Name;
  readonly key: KeyObject;
}

/** A point on P-256 as SubjectPublicKeyInfo ends with it: 0x04 and two coordinates. */
const POINT_BYTES = 65;
const KEY_IDENTIFIER_BYTES = 20;
const SERIAL_BYTES = 16;
const LINE_CHARACTERS = 64;

const ECDSA_WITH_SHA256 = sequence(objectIdentifier("1.2.840.10045.4.3.2"));
const VERSION_3 = tagged(0, integer(Uint8Array.of(2)));

/** PEM. */
export function signCertificate(certificate: Certificate, issuer: Issuer): string {
  const { subject, publicKey, notBefore, notAfter, extensions } = certificate;
  const toBeSigned = sequence(
    VERSION_3,
    integer(serialNumber()),
    ECDSA_WITH_SHA256,
    nameToDer(issuer.name),
    sequence(time(notBefore), time(notAfter)),
    nameToDer(subject),
    publicKeyInfo(publicKey),
    tagged(3, sequence(...extensions, subjectKeyIdentifier(publicKey), authorityKeyIdentifier(issuer.key))),
  );
  const signature = bitString(sign("sha256", toBeSigned, issuer.key));
  return pem(sequence(toBeSigned, ECDSA_WITH_SHA256, signature));
}

/** Not guessable, and never negative or padded (RFC 5280 §4.1.2.2): its first two bits are 01. */
function serialNumber(): Uint8Array {
  const bytes = randomBytes(SERIAL_BYTES);
  bytes.writeUInt8((bytes.readUInt8(0) & 0x3f) | 0x40, 0);
  return bytes;
}

const COMMON_NAME = objectIdentifier("2.5.4.3");
const ORGANISATION = objectIdentifier("2.5.4.10");

function nameToDer({ commonName, organisations }: Name): Der {
  const attribute = (type: Der, value: string): Der => setOf(sequence(type, utf8String(value)));
  return sequence(
    ...organisations.map((organisation) => attribute(ORGANISATION, organisation)),
    attribute(COMMON_NAME, commonName),
  );
}

const publicKeyInfo = (key: KeyObject): Buffer => key.export({ type: "spki", format: "der" });

const extension = (id: string, isCritical: boolean, content: Der): Der =>
  sequence(objectIdentifier(id), ...(isCritical ? [TRUE] : []), octetString(content));

/** May sign others, but none that may. */
export const AUTHORITY_EXTENSIONS: readonly Der[] = [
  extension("2.5.29.19", true, sequence(TRUE, integer(Uint8Array.of(0)))),
  // keyCertSign and cRLSign.
  extension("2.5.29.15", true, bitString(Uint8Array.of(0b0000_0110), 1)),
];

const LEAF_EXTENSIONS: readonly Der[] = [
  extension("2.5.29.19", true, sequence()),
  // digitalSignature.
  extension("2.5.29.15", true, bitString(Uint8Array.of(0b1000_0000), 7)),
];

const purpose = (id: string): Der => extension("2.5.29.37", false, sequence(objectIdentifier(id)));

export const CLIENT_EXTENSIONS: readonly Der[] = [...LEAF_EXTENSIONS, purpose("1.3.6.1.5.5.7.3.2")];

/** `names`: host names and addresses. */
export const serverExtensions = (names: readonly string[]): readonly Der[] => [
  ...LEAF_EXTENSIONS,
  purpose("1.3.6.1.5.5.7.3.1"),
  extension("2.5.29.17", false, sequence(...names.map(alternativeName))),
];

function alternativeName(name: string): Der {
  const address = parseIpAddress(name);
  if (address === null) return taggedString(2, new TextEncoder().encode(name));
  const bytes = new Uint8Array(ADDRESS_BYTES[familyOf(address)]);
  if (isIpv6(address)) writeIpv6(address, bytes, 0);
  else writeIpv4(address, bytes, 0);
  return taggedString(7, bytes);
}

const subjectKeyIdentifier = (key: KeyObject): Der =>
  extension("2.5.29.14", false, octetString(keyIdentifier(key)));

const authorityKeyIdentifier = (key: KeyObject): Der =>
  extension("2.5.29.35", false, sequence(taggedString(0, keyIdentifier(createPublicKey(key)))));

/** RFC 7093 §2, method 1. */
const keyIdentifier = (key: KeyObject): Uint8Array =>
  createHash("sha256")
    .update(publicKeyInfo(key).subarray(-POINT_BYTES))
    .digest()
    .subarray(0, KEY_IDENTIFIER_BYTES);

function pem(der: Uint8Array): string {
  const lines = Buffer.from(der)
    .toString("base64")
    .match(new RegExp(`.{1,${LINE_CHARACTERS}}`, "g"));
  return `-----BEGIN CERTIFICATE-----\n${(lines ?? []).join("\n")}\n-----END CERTIFICATE-----\n`;
}
