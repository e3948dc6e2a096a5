/**
 * A program: one hostile client of an API, for a bounded time. A token that lets it in, wrong credentials, bodies that are none, broken requests of every kind, connections
 * that say nothing, or one byte now and then, and are opened again when they are ended. Prints how much of each there was, and ends by itself.
 *
 *     node api-flood.js HOST PORT SECONDS TOKEN
 */
import type { ClientRequest } from "node:http";
import { request } from "node:https";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { seededRandom } from "../simulation/random.ts";
import { randomRequest } from "./random-requests.ts";

const [host = "", portText = "", secondsText = "", token = ""] = process.argv.slice(2);
const port = Number(portText);
const AT_ONCE = 32;
const IDLE_MAX = 1_500;
const SLOW_MAX = 50;
const BYTE_EVERY_MS = 250;
/** Of a connection that was ended, so that the attacker has time for the rest. */
const RENEW_AFTER_MS = 50;
const SEED = 1;

const until = performance.now() + Number(secondsText) * 1000;
const isOver = (): boolean => performance.now() >= until;
const counts = { answered: 0, failed: 0, idle: 0, slow: 0 };
const codes = new Set<number>();
const held = new Set<Socket>();
const asking = new Set<ClientRequest>();
const random = seededRandom(SEED);

function ask(index: number): Promise<void> {
  return new Promise((resolve) => {
    const { method, path, headers, body } = randomRequest(random);
    const shown = [token, `wrong-${index}`][index % 3];
    const authorization = shown === undefined ? {} : { Authorization: `Bearer ${shown}` };
    const options = {
      host,
      port,
      method,
      path,
      rejectUnauthorized: false,
      headers: { ...headers, ...authorization },
    };
    const asked = request(options, (response) => {
      counts.answered += 1;
      codes.add(response.statusCode ?? 0);
      response.on("error", () => undefined).resume();
      // A watch would go on for longer than we do.
      if (path.includes("watch=")) asked.destroy();
    });
    asked.on("error", () => {
      counts.failed += 1;
    });
    asking.add(asked);
    asked.once("close", () => {
      asking.delete(asked);
      resolve();
    });
    asked.end(method === "GET" ? "" : index % 5 === 0 ? "{".repeat(10_000) : body);
  });
}

async function flood(first: number): Promise<void> {
  for (let index = first; !isOver(); index += AT_ONCE) await ask(index);
}

/** Keeps one open for as long as there is time, and another after it. */
function hold(open: () => Socket, renew: () => void): void {
  const socket = open();
  held.add(socket);
  socket.on("error", () => undefined);
  socket.once("close", () => {
    held.delete(socket);
    if (!isOver()) setTimeout(renew, RENEW_AFTER_MS);
  });
}

function beIdle(): void {
  hold(() => {
    const socket = connect({ host, port });
    socket.once("connect", () => {
      counts.idle += 1;
    });
    return socket;
  }, beIdle);
}

/** The head of a request, byte by byte. */
function beSlow(): void {
  hold(() => {
    const socket = connectTls({ host, port, rejectUnauthorized: false });
    socket.once("secureConnect", () => {
      counts.slow += 1;
      const drip = setInterval(() => socket.write("x"), BYTE_EVERY_MS);
      socket.write("GET /version HTTP/1.1\r\nX: ");
      socket.once("close", () => clearInterval(drip));
    });
    return socket;
  }, beSlow);
}

for (let count = 0; count < IDLE_MAX; count++) beIdle();
for (let count = 0; count < SLOW_MAX; count++) beSlow();
// Requests whose connection the kernel has not accepted yet would outlast us.
setTimeout(() => {
  for (const each of asking) each.destroy();
}, Number(secondsText) * 1000).unref();
await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => flood(index)));
for (const socket of held) socket.destroy();
process.stdout.write(`${JSON.stringify({ ...counts, codes: [...codes].sort() })}\n`);
