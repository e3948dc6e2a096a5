/**
 * Runs inside the client machine: asks each address again and again, on a new connection each time, and prints one JSON line per
 * answer. A program of its own, so that nothing the lab does delays it.
 *
 * It ends when its standard input does, so that it never outlives whoever started it.
 *
 * Arguments: interval in ms, limit in seconds, then `ADDRESS:PORT` ..., with brackets around an IPv6 address
 */
import { request } from "node:http";

const TIMEOUT_MS = 250;

const [intervalText = "10", limitText = "60", ...targets] = process.argv.slice(2);
const limit = performance.now() + Number(limitText) * 1000;

for (const target of targets) {
  const timer = setInterval(() => {
    if (performance.now() > limit) clearInterval(timer);
    else ask(target);
  }, Number(intervalText));
}

process.stdin.resume().once("end", () => process.exit(0));

function ask(target: string): void {
  const { hostname, port } = new URL(`http://${target}`);
  const host = hostname.replace(/^\[|\]$/g, "");
  const asked = Date.now();
  let isOver = false;
  const end = (status: number, body: string): void => {
    if (isOver) return;
    isOver = true;
    process.stdout.write(`${JSON.stringify({ asked, answered: Date.now(), target, status, body })}\n`);
  };
  const outgoing = request(
    { host, port: Number(port || 80), agent: false, timeout: TIMEOUT_MS },
    (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        body += chunk;
      });
      response.on("end", () => end(response.statusCode ?? 0, body.trim()));
      response.on("error", () => end(0, ""));
    },
  );
  outgoing.on("timeout", () => outgoing.destroy());
  outgoing.on("error", () => end(0, ""));
  outgoing.end();
}
