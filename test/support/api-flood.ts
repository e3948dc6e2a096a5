/**
 * A program: one hostile client of an API, for a bounded time. Wrong credentials, bodies that are none, and connections that
 * are opened and left alone. Prints how much of each there was, and ends by itself.
 *
 *     node api-flood.js HOST PORT SECONDS
 */
import { request } from "node:https";
import { connect, type Socket } from "node:net";

const [host = "", portText = "", secondsText = ""] = process.argv.slice(2);
const port = Number(portText);
const AT_ONCE = 32;
const IDLE_MAX = 1_500;
const PATHS = [
  "/api",
  "/apis/holdfast.dev/v1alpha1/namespaces/default/virtualips?watch=true",
  "/apis/holdfast.dev/v1alpha1/namespaces/default/virtualips/web",
  "/openapi/v3",
  "/healthz",
  "/%zz/../../etc/passwd",
];
const METHODS = ["GET", "PUT", "PATCH", "DELETE", "POST"];

const until = performance.now() + Number(secondsText) * 1000;
const counts = { answered: 0, failed: 0, idle: 0 };
const codes = new Set<number>();
const idle: Socket[] = [];

function once(index: number): Promise<void> {
  return new Promise((resolve) => {
    const method = METHODS[index % METHODS.length] ?? "GET";
    const path = PATHS[index % PATHS.length] ?? "/";
    const asked = request(
      {
        host,
        port,
        method,
        path,
        rejectUnauthorized: false,
        headers: { Authorization: `Bearer wrong-${index}` },
      },
      (response) => {
        counts.answered += 1;
        codes.add(response.statusCode ?? 0);
        response.resume().once("close", resolve);
      },
    );
    asked.once("error", () => {
      counts.failed += 1;
      resolve();
    });
    asked.end(method === "GET" ? "" : "{".repeat(10_000));
  });
}

async function flood(first: number): Promise<void> {
  for (let index = first; performance.now() < until; index += AT_ONCE) await once(index);
}

function openIdle(): void {
  const socket = connect({ host, port });
  socket.on("error", () => undefined);
  socket.once("connect", () => {
    counts.idle += 1;
  });
  idle.push(socket);
}

for (let count = 0; count < IDLE_MAX; count++) openIdle();
await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => flood(index)));
for (const socket of idle) socket.destroy();
process.stdout.write(`${JSON.stringify({ ...counts, codes: [...codes].sort() })}\n`);
