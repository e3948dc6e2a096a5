/** Asks the agent of this node for a backup of its store, which comes as a stream: it may be larger than any other answer. */
import { type IncomingMessage, request } from "node:http";
import { agentSocket, NoAnswer } from "./client.ts";

/** Without a sign of life. */
const TIMEOUT_MS = 10_000;

/** null: no agent answers there. Throws NoAnswer for any other reason. */
export async function askBackup(runtimeDir: string): Promise<AsyncIterable<Buffer> | null> {
  const response = await answerTo({
    socketPath: agentSocket(runtimeDir),
    path: "/v1/backup",
    timeout: TIMEOUT_MS,
  });
  if (response === null || response.statusCode === 200) return response;
  response.destroy();
  throw new NoAnswer(`the agent gives no backup (status ${response.statusCode}); is it of an older version?`);
}

function answerTo(options: {
  socketPath: string;
  path: string;
  timeout: number;
}): Promise<IncomingMessage | null> {
  return new Promise((resolve, reject) => {
    const outgoing = request(options, resolve);
    outgoing.on("timeout", () => outgoing.destroy(new Error(`no answer within ${options.timeout / 1000} s`)));
    outgoing.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT" || error.code === "ECONNREFUSED") resolve(null);
      else
        reject(
          new NoAnswer(`cannot ask the agent at ${options.socketPath}: ${error.message}`, { cause: error }),
        );
    });
    outgoing.end();
  });
}
