/**
 * Runs in the client machine: asks again and again on one connection, and prints a line per answer with the connection's own
 * port, so that a connection which was replaced shows, and the page. Arguments: `ADDRESS:PORT`, interval in ms.
 */
import { Agent, request } from "node:http";

const [target = "", intervalText = "20"] = process.argv.slice(2);
const [host = "", port = "80"] = target.split(":");
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

function ask(): void {
  const outgoing = request({ host, port: Number(port), agent }, (response) => {
    const localPort = response.socket.localPort ?? 0;
    let body = "";
    response.on("data", (part: Buffer) => {
      body += part.toString();
    });
    response.on("end", () => tell({ status: response.statusCode ?? 0, localPort, body: body.trim() }));
  });
  outgoing.on("error", () => tell({ status: 0, localPort: 0, body: "" }));
  outgoing.end();
}

function tell(answer: { readonly status: number; readonly localPort: number; readonly body: string }): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
  setTimeout(ask, Number(intervalText));
}

ask();
