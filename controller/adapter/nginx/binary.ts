/** The nginx program: where it is, and of which version. */
import { execFile } from "node:child_process";
import { access, constants, stat } from "node:fs/promises";

/** Where packages put it; often missing in the PATH of a service. */
const USUAL_DIRECTORIES = ["/usr/sbin", "/usr/local/sbin", "/usr/local/nginx/sbin"];

/** The program's absolute path; where it would be if it were installed, when it is not. */
export async function findNginx(path: string): Promise<string> {
  const directories = [...path.split(":").filter((name) => name.startsWith("/")), ...USUAL_DIRECTORIES];
  for (const directory of directories) {
    const candidate = `${directory}/nginx`;
    if (await isExecutable(candidate)) return candidate;
  }
  return "/usr/sbin/nginx";
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    // Whatever the reason, it cannot be run.
    return false;
  }
}

/** Asks the program again only when its file has changed: an upgrade shows at the next look. */
export class BinaryVersion {
  readonly #binary: string;
  #fingerprint: string | null = null;
  #version: string | null = null;

  constructor(binary: string) {
    this.#binary = binary;
  }

  /** null when there is no such program. */
  async read(): Promise<string | null> {
    const fingerprint = await fingerprintOf(this.#binary);
    if (fingerprint === null) return null;
    if (fingerprint !== this.#fingerprint) {
      this.#version = await askVersion(this.#binary);
      this.#fingerprint = fingerprint;
    }
    return this.#version;
  }
}

async function fingerprintOf(path: string): Promise<string | null> {
  try {
    const { ino, size, mtimeMs } = await stat(path);
    return [ino, size, mtimeMs].join();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

function askVersion(binary: string): Promise<string | null> {
  return new Promise((resolve) => {
    execFile(binary, ["-v"], (_error, _stdout, stderr) => {
      resolve(/nginx\/(\S+)/.exec(stderr)?.[1] ?? null);
    });
  });
}
