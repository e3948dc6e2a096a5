/** A program that makes as many tokens as argv[4] says, named after argv[3], in the file at argv[2]. */
import { SystemClock } from "../../controller/adapter/clock/system-clock.ts";
import { openLibc } from "../../controller/adapter/libc/libc.ts";
import { sharedFile } from "../../controller/adapter/state-files/shared-file.ts";
import { createToken } from "../../controller/api/tokens.ts";

const [path = "", name = "", count = ""] = process.argv.slice(2);
const file = sharedFile(openLibc(), path);
const created = new SystemClock().wallTime();
for (let made = 0; made < Number(count); made++) {
  const answer = await createToken(file, { name: `${name}-${made}`, role: "viewer", created, expires: null });
  if (!answer.ok) throw new Error(answer.because);
  process.stdout.write(`${answer.token}\n`);
}
