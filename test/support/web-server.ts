/** A backend that answers with its own name, in this process. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface WebServer extends AsyncDisposable {
  readonly port: number;
  /** Headers of the last request. */
  readonly headers: () => Readonly<Record<string, string | string[] | undefined>>;
  /** Bytes of the longest request. */
  readonly received: () => number;
}

/** `/STATUS` is answered with that status, everything with `name`. */
export async function webServer(name: string, port = 0): Promise<WebServer> {
  let headers = {};
  let received = 0;
  const server = createServer(async (request, response) => {
    headers = request.headers;
    let bytes = 0;
    for await (const chunk of request) bytes += chunk.length;
    received = Math.max(received, bytes);
    const status = Number(request.url?.slice(1));
    if (status >= 200) response.statusCode = status;
    response.end(name);
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    headers: () => headers,
    received: () => received,
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
