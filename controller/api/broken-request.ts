/** Answers what is no request: clients that do not speak HTTP, or speak it too slowly. As a Status all the same. */
import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { badRequest, type Refusal, refuse } from "../object/refusal.ts";
import { answerRefusal } from "./answer.ts";
import { linger } from "./linger.ts";

/** For `clientError`, which also tells of handshakes that have failed: those are over without a word. */
export function answerBrokenRequest({ code = "" }: { readonly code?: string }, socket: Socket): void {
  const isOfTls = code.startsWith("ERR_SSL") || code.startsWith("ERR_TLS");
  if (isOfTls || code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, mediaType, text } = answerRefusal(refusalOf(code));
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`,
    `Content-Type: ${mediaType}`,
    `Content-Length: ${Buffer.byteLength(text)}`,
    "Connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${text}`);
  linger(socket);
}

function refusalOf(code: string): Refusal {
  switch (code) {
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return refuse(408, "Timeout", "the request did not come in time");
    case "HPE_HEADER_OVERFLOW":
      return refuse(431, "RequestEntityTooLarge", "the headers of the request are too large");
    default:
      return badRequest("this is not a request of HTTP/1.1");
  }
}
