/** Reading the small files that hold a password. */

export type SecretFile = { readonly password: string } | { readonly unreadable: string };

export interface SecretFiles {
  /** The file's text without a line end at its end. Never rejects. */
  read(path: string): Promise<SecretFile>;
}
