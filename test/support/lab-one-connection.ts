/**
 * Runs in the client machine: asks again and again on one connection, and prints a line per answer with the connection's own
 * port, so that a connection which was replaced shows, and the page. Arguments: `ADDRESS:PORT`, interval in ms.
 *
 * As every client with persistent connections does (RFC 9112 9.3.1), it asks once more on a new one when the server has closed
 * the one that it had before the first byte of an answer: an nginx worker that ends closes its idle connections without a
 * word, and a request may be under way.
 */
import { Agent, request } from "node:http";

const [target = "", intervalText = "20"] = process.argv.slice(2);
const [host = "", port = "80"] = target.split(":");
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

function ask(isRepeated = false): void {
  let isAnswered = false;
  const outgoing = request({ host, port: Number(port), agent }, (response) => {
    isAnswered = true;
    const localPort = response.socket.localPort ?? 0;
    let body = "";
    response.on("data", (part: Buffer) => {
      body += part.toString();
    });
    response.on("end", () => tell({ status: response.statusCode ?? 0, localPort, body: body.trim() }));
  });
  outgoing.on("error", () => {
    if (outgoing.reusedSocket && !isAnswered && !isRepeated) ask(true);
    else tell({ status: 0, localPort: 0, body: "" });
  });
  outgoing.end();
}

function tell(answer: { readonly status: number; readonly localPort: number; readonly body: string }): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
  setTimeout(() => ask(), Number(intervalText));
}

ask();
