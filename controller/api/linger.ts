/**
 * The end of a connection whose client still sends. One that is closed with something unread in it is reset, and the client loses with it the
 * answer that says why (RFC 9112 §9.6). So what comes is read and thrown away until the client has closed its end, for a moment at most.
 */
import type { Socket } from "node:net";

/** nginx waits for five seconds (lingering_timeout); whoever sends without end is no client of ours. */
const LINGER_MS = 1_000;

/** Has the HTTP server of Node.js, which calls `destroySoon` after the last answer, end the connection so. */
export function lingerAtTheEnd(socket: Socket): void {
  socket.destroySoon = () => linger(socket);
}

/** What has been written still goes out. */
export function linger(socket: Socket): void {
  if (socket.destroyed) return;
  if (!socket.writableEnded) socket.end();
  const patience = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once("close", () => clearTimeout(patience));
}
