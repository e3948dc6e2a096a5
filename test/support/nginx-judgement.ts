/** The judgement of the real nginx on a configuration, in a directory that is thrown away. */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";

export interface Scratch extends Disposable {
  readonly directory: string;
}

/** A directory that workers of nginx, which are not root, may enter. */
export function scratch(): Scratch {
  const directory = mkdtempSync(`${tmpdir()}/hfng-`);
  chmodSync(directory, 0o755);
  return { directory, [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }) };
}

/** What nginx prints when it tests the text: nothing when it takes it without a warning. */
export function judge(text: string, directory: string): string {
  const file = `${directory}/nginx.conf`;
  writeFileSync(file, text);
  const globals = `pid ${directory}/test.pid; error_log stderr warn; user www-data;`;
  const command = ["--net", "--", "nginx", "-t", "-q", "-c", file, "-e", "stderr", "-g", globals];
  try {
    return execFileSync("unshare", command, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    return (error as { stderr: string }).stderr;
  }
}
