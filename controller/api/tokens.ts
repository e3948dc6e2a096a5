/**
 * Bearer tokens. Only their hashes are kept, so that whoever reads the file cannot use it. SHA-256 without salt is right for
 * 256 random bits: there is nothing to guess, so bcrypt's slowness would protect nothing, and cost each request.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import * as z from "zod";
import { parseRfc3339, rfc3339, type WallTime } from "../net/time.ts";
import { type Identity, identityOf, ROLES, type Role } from "../object/identity.ts";
import { OperationFailure } from "../port/failure.ts";
import type { SharedFile } from "../port/shared-file.ts";

export const TOKENS_MAX = 1000;
const TOKEN_BYTES = 32;
/** Known to those who search repositories and logs for what should not be there. */
const PREFIX = "holdfast_";
const TOKEN = /^holdfast_[A-Za-z0-9_-]{43}$/;

const recordForm = z.strictObject({
  name: z.string(),
  role: z.enum(ROLES),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** RFC 3339. */
  created: z.string(),
  /** RFC 3339; null: never. */
  expires: z.string().nullable(),
});
const fileForm = z.strictObject({ tokens: z.array(recordForm).max(TOKENS_MAX) });
export type TokenRecord = z.output<typeof recordForm>;

interface HashedToken {
  readonly hash: Buffer;
  readonly identity: Identity;
  readonly expires: WallTime | null;
}

export type TokenVerdict =
  | { readonly ok: true; readonly identity: Identity }
  | { readonly ok: false; readonly because: string };

/** Follows the file: each question costs a stat(2), and a changed file one more reading. */
export class Tokens {
  readonly #file: SharedFile;
  #version: string | null = null;
  #tokens: readonly HashedToken[] = [];

  constructor(file: SharedFile) {
    this.#file = file;
  }

  async judge(token: string, now: WallTime): Promise<TokenVerdict> {
    if (!TOKEN.test(token)) return { ok: false, because: "the bearer token is none of ours" };
    await this.#follow();
    const hash = hashOf(token);
    // All are compared, each in constant time: how long it takes tells nothing of the hashes.
    const [found] = this.#tokens.filter((each) => timingSafeEqual(each.hash, hash));
    if (found === undefined) return { ok: false, because: "the bearer token is unknown, or was revoked" };
    const { identity, expires } = found;
    if (expires !== null && now >= expires)
      return { ok: false, because: `the token of ${identity.name} has expired at ${rfc3339(expires)}` };
    return { ok: true, identity };
  }

  async #follow(): Promise<void> {
    // Before the text: what changes in between is read once more by the next.
    const version = await this.#file.version();
    if (version === this.#version) return;
    const records = version === null ? [] : parseTokens(await this.#file.read());
    this.#tokens = records.map(({ name, role, sha256, expires }) => ({
      hash: Buffer.from(sha256, "hex"),
      identity: identityOf(name, role),
      expires: expires === null ? null : expiryOf(expires),
    }));
    this.#version = version;
  }
}

export interface WantedToken {
  readonly name: string;
  readonly role: Role;
  readonly created: WallTime;
  readonly expires: WallTime | null;
}

export type CreatedToken =
  /** It is shown once: nobody can show it again. */
  { readonly ok: true; readonly token: string } | { readonly ok: false; readonly because: string };

export async function createToken(file: SharedFile, wanted: WantedToken): Promise<CreatedToken> {
  const { name } = wanted;
  const token = `${PREFIX}${randomBytes(TOKEN_BYTES).toString("base64url")}`;
  let because: string | null = null;
  await file.update((text) => {
    const records = parseTokens(text);
    if (records.some((each) => each.name === name)) because = `there is a token ${name} already`;
    else if (records.length >= TOKENS_MAX) because = `there are ${TOKENS_MAX} tokens already`;
    return textOf(because === null ? [...records, recordOf(wanted, token)] : records);
  });
  return because === null ? { ok: true, token } : { ok: false, because };
}

const recordOf = ({ name, role, created, expires }: WantedToken, token: string): TokenRecord => ({
  name,
  role,
  sha256: hashOf(token).toString("hex"),
  created: rfc3339(created),
  expires: expires === null ? null : rfc3339(expires),
});

/** false: there was none of this name. */
export async function revokeToken(file: SharedFile, name: string): Promise<boolean> {
  let isFound = false;
  await file.update((text) => {
    const records = parseTokens(text);
    isFound = records.some((each) => each.name === name);
    return textOf(records.filter((each) => each.name !== name));
  });
  return isFound;
}

export const listTokens = async (file: SharedFile): Promise<readonly TokenRecord[]> =>
  parseTokens(await file.read());

const textOf = (tokens: readonly TokenRecord[]): string => `${JSON.stringify({ tokens }, null, 2)}\n`;

/** Nobody is let in by a file that is not as we write it, and it is never written over. */
function parseTokens(text: string | null): readonly TokenRecord[] {
  if (text === null) return [];
  try {
    return fileForm.parse(JSON.parse(text)).tokens;
  } catch (error) {
    throw new OperationFailure({ code: "store-refused", output: "the file of tokens is damaged" }, error);
  }
}

/** A time that cannot be read has passed. */
const expiryOf = (text: string): WallTime => parseRfc3339(text) ?? (0 as WallTime);

const hashOf = (token: string): Buffer => createHash("sha256").update(token).digest();
