/** The first experiment: one address, two load balancers. Every observation of the seed's author is made again. */
import { attemptIn, runIn, startIn } from "../lab/machine.ts";
import { mailsOf } from "../lab/observe.ts";
import { A, B, type Stage, shortened } from "./demo-stage.ts";

const VIP = "172.16.253.150";
const NAME = "web";

/**
 * Another web server that wants port 80, in the place of the notes' httpd. It ends nginx itself and tries for the port without a
 * pause: `systemctl stop nginx && systemctl start httpd` would be too slow, since nginx is back within a fraction of a second.
 */
const HTTPD = `
import http.server, os, signal, socketserver, subprocess
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b"It works!\\n")
    def log_message(self, *args): pass
socketserver.TCPServer.allow_reuse_address = True
pids = [int(pid) for pid in subprocess.run(["pgrep", "-x", "nginx"], capture_output=True).stdout.split()]
for pid in pids: os.kill(pid, signal.SIGKILL)
while True:
    try: server = http.server.ThreadingHTTPServer(("", 80), Page); break
    except OSError: pass
server.serve_forever()
`;

export async function tellSingleMaster(stage: Stage): Promise<void> {
  await bothUp(stage);
  await stage.startAsking();
  await nginxStops(stage);
  await portTaken(stage);
  await maintenance(stage);
  await webServersDie(stage);
  await powerFails(stage);
  await stage.stopAsking();
  readTheMail(stage);
}

async function bothUp(stage: Stage): Promise<void> {
  const { voice } = stage;
  voice.scene("Both load balancers come up");
  voice.tell(`${VIP} is on ${A}`, await stage.untilHolder(VIP, A, 15_000));
  await quoteRouters(stage);
  await stage.until(
    "both web servers are known to be well",
    async () => [...(await stage.curl(VIP, 2))].sort().join() === "<h1> Web RS1 </h1>,<h1> Web RS2 </h1>",
    10_000,
  );
  const pages = await stage.curl(VIP, 10);
  voice.tell(
    `The client fetches http://${VIP} ten times: ${alternate(pages) ? "strictly in turn" : "not in turn"}`,
  );
  voice.quote([pages.map((page) => shortened(page)).join(" · ")]);
  await stage.untilMail(A, 0);
  voice.tell(`Mail from ${A}: ${lastSubject(stage, A)}`);
}

async function nginxStops(stage: Stage): Promise<void> {
  const { voice, lab } = stage;
  const before = (await stage.nginx(A))?.masterPid;
  const start = voice.scene(`Somebody stops nginx on ${A}`);
  await attemptIn(lab.at(A), ["pkill", "-TERM", "-x", "nginx"]);
  const back = await stage.until(
    "nginx runs again",
    async () => {
      const nginx = await stage.nginx(A);
      return nginx?.programmed === true && nginx.masterPid !== before;
    },
    5_000,
  );
  voice.tell(`nginx is back: process ${before} is gone, ${(await stage.nginx(A))?.masterPid} serves`, back);
  voice.remark(
    `The agent waits for the end of nginx in the kernel and starts it again before the health check has failed twice, so ` +
      `${VIP} stays where it is. In the notes the address moved to the other node and came back seconds later.`,
  );
  await stage.tellOutage("nginx stopped, restarted by the agent", start, VIP);
}

async function portTaken(stage: Stage): Promise<void> {
  const { voice, lab } = stage;
  const [mailsA, mailsB] = [mailsOf(lab, A).length, mailsOf(lab, B).length];
  const start = voice.scene(`nginx on ${A} is stopped, and another web server takes port 80`);
  await runIn(lab.at(A), ["ln", "-sf", "/usr/bin/python3", "/run/httpd"]);
  startIn(lab.at(A), "httpd", ["/run/httpd", "-c", HTTPD]);
  await stage.until(
    "the agent names the culprit",
    async () => /httpd/.test((await stage.nginx(A))?.message ?? ""),
    5_000,
  );
  voice.tell(`${A} says why nginx does not run:`);
  voice.quote([(await stage.nginx(A))?.message ?? ""]);
  voice.tell(`${VIP} is on ${B}`, await stage.untilHolder(VIP, B, 15_000));
  await quoteRouters(stage);
  await stage.untilMail(A, mailsA);
  await stage.untilMail(B, mailsB);
  voice.tell(`Mail from ${A}: ${lastSubject(stage, A)}`);
  voice.tell(`Mail from ${B}: ${lastSubject(stage, B)}`);
  await stage.tellOutage(`port 80 of ${A} taken, to ${B}`, start, VIP);

  const freed = voice.scene("The other web server ends, the port is free");
  await attemptIn(lab.at(A), ["pkill", "-KILL", "-x", "httpd"]);
  const back = await stage.until(
    "nginx runs again",
    async () => (await stage.nginx(A))?.programmed === true,
    5_000,
  );
  voice.tell(`nginx runs again on ${A}, by itself. In the notes it stayed down until somebody came`, back);
  voice.tell(
    `${VIP} is on ${A} again, which has the higher priority`,
    await stage.untilHolder(VIP, A, 15_000),
  );
  await stage.tellOutage(`port freed, back to ${A}`, freed, VIP);
}

async function maintenance(stage: Stage): Promise<void> {
  const { voice, lab } = stage;
  const start = voice.scene(`Maintenance: touch /etc/holdfast/down on ${A}`);
  await runIn(lab.at(A), ["touch", "/etc/holdfast/down"]);
  voice.tell(`${VIP} is on ${B}, after the check has failed twice`, await stage.untilHolder(VIP, B, 10_000));
  await quoteRouters(stage);
  await stage.tellOutage(`${A} in maintenance, to ${B}`, start, VIP);
  const end = voice.scene(`Maintenance is over: rm /etc/holdfast/down`);
  await runIn(lab.at(A), ["rm", "/etc/holdfast/down"]);
  voice.tell(`${VIP} is on ${A} again, after one good answer`, await stage.untilHolder(VIP, A, 10_000));
  await stage.tellOutage(`${A} in service, back to ${A}`, end, VIP);
}

async function webServersDie(stage: Stage): Promise<void> {
  const { voice, lab } = stage;
  const start = voice.scene("The web servers RS1 and RS2 both crash");
  await Promise.all([lab.fail("rs1", "process"), lab.fail("rs2", "process")]);
  const showsSorry = async (): Promise<boolean> => (await stage.curl(VIP, 1)).join().includes("sorry");
  voice.tell(
    `The client is told so: ${VIP} shows`,
    await stage.until("the sorry page is served", showsSorry, 10_000),
  );
  voice.quote(await stage.curl(VIP, 1));
  await lab.heal("rs2");
  voice.tell("RS2 runs again");
  const showsPage = async (): Promise<boolean> => (await stage.curl(VIP, 1)).join().includes("Web RS2");
  voice.tell("and gets its share, which is all of them:", await stage.until("RS2 serves", showsPage, 10_000));
  voice.quote(await stage.curl(VIP, 3));
  await lab.heal("rs1");
  await stage.tellOutage("both web servers crashed", start, VIP);
}

async function powerFails(stage: Stage): Promise<void> {
  const { voice, lab } = stage;
  const start = voice.scene(`${A} loses power`);
  await lab.fail(A, "power");
  voice.tell(`${VIP} is on ${B}`, await stage.untilHolder(VIP, B, 10_000));
  voice.quote([`${B} is ${(await stage.router(B, NAME))?.because ?? "silent"}`]);
  voice.remark(
    "Nobody said goodbye. From the last advertisement the other node had to wait three intervals of 1 s and, for its priority of 95, a skew of 629 ms.",
  );
  await stage.tellOutage(`power failure of ${A}, to ${B}`, start, VIP);
  const end = voice.scene(`${A} has power again`);
  const [mailsA, mailsB] = [mailsOf(lab, A).length, mailsOf(lab, B).length];
  await lab.heal(A);
  voice.tell(`${VIP} is on ${A} again`, await stage.untilHolder(VIP, A, 20_000));
  await stage.tellOutage(`${A} returns, back to ${A}`, end, VIP);
  // Of its start and of its victory, and of the other node's yielding.
  await stage.untilMail(A, mailsA + 1);
  await stage.untilMail(B, mailsB);
}

function readTheMail({ voice, lab }: Stage): void {
  voice.scene("What was in the mail, all in all");
  const mails = [A, B].flatMap((node) => mailsOf(lab, node).map((mail) => ({ node, ...mail })));
  mails.sort((one, other) => one.at - other.at);
  const first = mails[0]?.at ?? 0;
  voice.quote(
    mails.map(
      ({ node, at, subject }) => `${((at - first) / 1000).toFixed(1).padStart(5)} s  ${node}: ${subject}`,
    ),
  );
}

/** What each node says of itself. */
async function quoteRouters(stage: Stage): Promise<void> {
  const lines = await Promise.all(
    [A, B].map(async (node) => {
      const router = await stage.router(node, NAME);
      return router === null ? `${node} does not answer` : `${node} is ${router.because}`;
    }),
  );
  stage.voice.quote(lines);
}

const lastSubject = ({ lab }: Stage, node: string): string => mailsOf(lab, node).at(-1)?.subject ?? "none";

const alternate = (pages: readonly string[]): boolean =>
  pages.every(
    (page, index) =>
      page.startsWith("<h1>") && (index < 2 ? page !== pages[1 - index] : page === pages[index - 2]),
  );
