/** What the demo does to machines beyond pulling plugs. */
import { plainText } from "./demo-client.ts";
import type { Lab } from "./lab.ts";
import { runIn, startIn } from "./machine.ts";
import { CLIENT } from "./names.ts";

const DOWN_FILE = "/etc/holdfast/down";
/** The system's own interpreter under another name, so that the process is called what it stands for. */
const STAND_IN = "/run/stand-in/httpd";

/**
 * Kills nginx and takes its port before anybody can start it again, as `systemctl stop nginx && systemctl start httpd` does
 * on a machine where nobody starts it again. It tries without pause, for a few milliseconds.
 */
const TAKE_PORT = `
import http.server, subprocess
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = b"<h1> It works! </h1>\\n"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *words):
        pass
server = None
subprocess.run(["pkill", "-KILL", "-x", "nginx"])
while server is None:
    try:
        server = http.server.ThreadingHTTPServer(("", 80), Page)
    except OSError:
        pass
server.serve_forever()
`;

/** The pages that ten requests got, one after another, each on a new connection: \`Web RS1\`, ... */
export async function askTenTimes(lab: Lab, address: string): Promise<readonly string[]> {
  const script = `for i in 1 2 3 4 5 6 7 8 9 10; do curl -s --max-time 2 http://${address}/; done`;
  const output = await runIn(lab.at(CLIENT), ["sh", "-c", script]);
  return output.split("\n").filter(Boolean).map(plainText);
}

/** As an operator's `systemctl stop nginx`. */
export async function stopNginx(lab: Lab, node: string): Promise<void> {
  await runIn(lab.at(node), ["pkill", "-TERM", "-o", "-x", "nginx"]);
}

export async function takePort(lab: Lab, node: string): Promise<void> {
  await runIn(lab.at(node), ["mkdir", "-p", "/run/stand-in"]);
  await runIn(lab.at(node), ["ln", "-sf", "/usr/bin/python3", STAND_IN]);
  startIn(lab.at(node), "httpd", [STAND_IN, "-c", TAKE_PORT]);
}

export async function freePort(lab: Lab, node: string): Promise<void> {
  await runIn(lab.at(node), ["pkill", "-TERM", "-x", "httpd"]);
}

export async function createDownFile(lab: Lab, node: string): Promise<void> {
  await runIn(lab.at(node), ["touch", DOWN_FILE]);
}

export async function removeDownFile(lab: Lab, node: string): Promise<void> {
  await runIn(lab.at(node), ["rm", DOWN_FILE]);
}
