/** Password files on disk. */
import { readFile } from "node:fs/promises";
import type { SecretFiles } from "../../port/secret-files.ts";

/** A password of VRRP counts for eight bytes; a larger file is the wrong file. */
const SECRET_BYTES_MAX = 4096;

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EACCES: "permission denied",
  EISDIR: "it is a directory",
};

export const secretFiles: SecretFiles = {
  read: async (path) => {
    try {
      const bytes = await readFile(path);
      if (bytes.length > SECRET_BYTES_MAX)
        return { unreadable: `it is longer than ${SECRET_BYTES_MAX} bytes` };
      const password = bytes.toString("utf8").replace(/\r?\n$/, "");
      return password === "" ? { unreadable: "it is empty" } : { password };
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      return { unreadable: REASONS[code ?? ""] ?? message };
    }
  },
};
