/** What `holdfast kubeconfig` gives, in the hands of every kubectl of this machine: Go's TLS is stricter than OpenSSL's. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { openAuthority } from "../../controller/adapter/certificates/authority.ts";
import { SystemClock } from "../../controller/adapter/clock/system-clock.ts";
import { Authenticator } from "../../controller/api/authenticate.ts";
import { kubeconfigText } from "../../controller/api/kubeconfig.ts";
import { networkFacts } from "../../controller/api/request-facts.ts";
import { ServerCertificate, serverNames } from "../../controller/api/server-certificate.ts";
import { createToken, Tokens } from "../../controller/api/tokens.ts";
import { isRefusal, refusalToStatus } from "../../controller/object/refusal.ts";
import type { Authority, Credentials } from "../../controller/port/authority.ts";
import { FakeLog } from "../support/fake-log.ts";
import { kubectls } from "../support/kubectls.ts";
import { MemorySharedFile } from "../support/memory-shared-file.ts";

/** Not in the certificate: on loopback, so that nobody else can reach it. */
const OTHER_ADDRESS = "127.0.0.2";
const KUBECTL_MS_MAX = 30_000;

const clock = new SystemClock();
const directory = mkdtempSync(join(tmpdir(), "hfkubectl-"));
after(() => rmSync(directory, { recursive: true }));
const makeAuthority = (): Promise<Authority> => openAuthority("ca.pem", new MemorySharedFile(), clock);

describe("kubectl", () => {
  const tokenFile = new MemorySharedFile();
  const servers: Server[] = [];
  let authority: Authority;
  let foreign: Authority;
  let port = 0;

  before(async () => {
    authority = await makeAuthority();
    foreign = await makeAuthority();
    const authenticator = new Authenticator({ tokens: new Tokens(tokenFile), clock, log: new FakeLog() });
    const { tls } = await ServerCertificate.issue({
      authority,
      names: serverNames("lb-1", "127.0.0.1:0"),
      clock,
    });
    for (const address of ["127.0.0.1", OTHER_ADDRESS]) {
      const server = createServer(tls, (request, response) => {
        authenticator.authenticate(networkFacts(request)).then(
          (answer) => {
            if (!isRefusal(answer)) return response.end(`${answer.name} ${answer.role}`);
            response.writeHead(answer.code, { "Content-Type": "application/json" });
            return response.end(JSON.stringify(refusalToStatus(answer)));
          },
          (error: unknown) => response.destroy(error as Error),
        );
      });
      server.listen(port, address);
      await once(server, "listening");
      port = (server.address() as AddressInfo).port;
      servers.push(server);
    }
  });
  after(() => {
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
  });

  interface Wanted {
    readonly credentials: Credentials | { readonly token: string };
    readonly trusted?: Authority;
    readonly address?: string;
    readonly flags?: readonly string[];
  }

  /** What it prints, also of what went wrong. */
  function ask(kubectl: string, wanted: Wanted): Promise<string> {
    const { credentials, trusted = authority, address = "127.0.0.1", flags = [] } = wanted;
    const kubeconfig = join(directory, "config");
    const server = `https://${address}:${port}`;
    const names = { node: "lb-1", user: "alice", namespace: "default", context: "lb-1" };
    writeFileSync(
      kubeconfig,
      kubeconfigText({ ...names, server, credentials, authority: trusted.certificate }),
    );
    const args = ["--kubeconfig", kubeconfig, "get", "--raw", "/version", ...flags];
    return new Promise((resolve) => {
      execFile(kubectl, args, { timeout: KUBECTL_MS_MAX }, (_error, stdout, stderr) =>
        resolve(stdout + stderr),
      );
    });
  }

  const alice = { name: "alice", groups: ["holdfast:editor"] };

  for (const kubectl of kubectls()) {
    const version = basename(kubectl);

    it(`${version} is let in with a certificate, at whatever address it finds the node`, async () => {
      const credentials = await authority.issueClient(alice, 1);
      assert.equal(await ask(kubectl, { credentials }), "alice editor");
      assert.equal(await ask(kubectl, { credentials, address: OTHER_ADDRESS }), "alice editor");
    });

    it(`${version} is let in with a token`, async () => {
      const wanted = { name: version, role: "viewer", created: clock.wallTime(), expires: null } as const;
      const made = await createToken(tokenFile, wanted);
      const token = made.ok ? made.token : assert.fail(made.because);
      assert.equal(await ask(kubectl, { credentials: { token } }), `${version} viewer`);
    });

    it(`${version} trusts no node but the one that the file is for`, async () => {
      const credentials = await authority.issueClient(alice, 1);
      assert.match(
        await ask(kubectl, { credentials, trusted: foreign }),
        /certificate signed by unknown authority/,
      );
    });

    it(`${version} is told that it is not let in, and that it cannot be somebody else`, async () => {
      const strange = await ask(kubectl, { credentials: await foreign.issueClient(alice, 1) });
      assert.match(strange, /Unauthorized|must be logged in/);
      const credentials = await authority.issueClient(alice, 1);
      assert.match(
        await ask(kubectl, { credentials, flags: ["--as", "anna"] }),
        /forbidden: User "alice" cannot impersonate resource "users"/,
      );
    });
  }
});
