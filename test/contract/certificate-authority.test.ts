/** The certificates of a node's authority, before those who judge certificates: OpenSSL, and TLS connections of Node.js. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { Agent, createServer, get, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { openAuthority } from "../../controller/adapter/certificates/authority.ts";
import { SystemClock } from "../../controller/adapter/clock/system-clock.ts";
import { openLibc } from "../../controller/adapter/libc/libc.ts";
import { sharedFile } from "../../controller/adapter/state-files/shared-file.ts";
import { Authenticator } from "../../controller/api/authenticate.ts";
import { networkFacts } from "../../controller/api/request-facts.ts";
import { ServerCertificate, serverNames } from "../../controller/api/server-certificate.ts";
import { Tokens } from "../../controller/api/tokens.ts";
import type { WallTime } from "../../controller/net/time.ts";
import { isRefusal } from "../../controller/object/refusal.ts";
import type { Authority, Credentials } from "../../controller/port/authority.ts";
import { OperationFailure } from "../../controller/port/failure.ts";
import { FakeLog } from "../support/fake-log.ts";
import { MemorySharedFile } from "../support/memory-shared-file.ts";

const DAY_MS = 86_400_000;
const libc = openLibc();
const clock = new SystemClock();
const directory = mkdtempSync(join(tmpdir(), "hfca-"));
after(() => rmSync(directory, { recursive: true }));

const authorityAt = (name: string, daysAgo = 0): Promise<Authority> => {
  const path = join(directory, name);
  return openAuthority(path, sharedFile(libc, path), {
    wallTime: () => (clock.wallTime() - daysAgo * DAY_MS) as WallTime,
  });
};

/** As it was made before a library made them: nodes have such files, and clients trust them. */
const EARLIER_AUTHORITY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgeV1Pc87Eaak0ROui
6AtocwIZGl59dKoCEhQz9psF4ZyhRANCAATB+GwBuX4/PWa4iHkt9T/Yepcat88r
f/mmw0JgPy4yOUIUUUMN8iCtVj2OwbmlUtX7z5OJCXBbACmewF/9YYWu
-----END PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
MIIBnjCCAUSgAwIBAgIQfpz2t2eGCZKGy18UnBsrmTAKBggqhkjOPQQDAjAcMRow
GAYDVQQDDBFob2xkZmFzdCA3OTZjYWI1MDAgFw0wMDAxMDEwMDAwMDBaGA85OTk5
MTIzMTIzNTk1OVowHDEaMBgGA1UEAwwRaG9sZGZhc3QgNzk2Y2FiNTAwWTATBgcq
hkjOPQIBBggqhkjOPQMBBwNCAATB+GwBuX4/PWa4iHkt9T/Yepcat88rf/mmw0Jg
Py4yOUIUUUMN8iCtVj2OwbmlUtX7z5OJCXBbACmewF/9YYWuo2YwZDASBgNVHRMB
Af8ECDAGAQH/AgEAMA4GA1UdDwEB/wQEAwIBBjAdBgNVHQ4EFgQUaXY0ruDtl0Iv
aCNe9F7se4DADMwwHwYDVR0jBBgwFoAUaXY0ruDtl0IvaCNe9F7se4DADMwwCgYI
KoZIzj0EAwIDSAAwRQIgXyOTyAmjpfXnoxAHrefbjeUCGR71VVMZfT28f8tzCnIC
IQDSzHK3vnfA8SO8VijSB/SwmA2Q48UIv2M+7Q0ekXeZ8g==
-----END CERTIFICATE-----
`;

const alice = { name: "alice", groups: ["holdfast:editor"] };

describe("a certificate authority", () => {
  it("is made once, for its owner alone, and is the same for whoever opens it next", async () => {
    const [first, second] = await Promise.all([authorityAt("once.pem"), authorityAt("once.pem")]);
    assert.equal(first.certificate, second.certificate);
    assert.equal((await authorityAt("once.pem")).certificate, first.certificate);
    assert.equal(statSync(join(directory, "once.pem")).mode & 0o777, 0o600);
    assert.notEqual((await authorityAt("another.pem")).certificate, first.certificate);
  });

  it("is never made anew over a file that it does not understand", async () => {
    const { certificate } = await authorityAt("broken.pem");
    const path = join(directory, "broken.pem");
    const good = readFileSync(path, "utf8");
    const strange = execFileSync(
      "openssl",
      [
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-subj",
        "/CN=site",
      ].concat(["-keyout", "-"]),
      { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] },
    );
    const otherKey = readFileSync(join(directory, "another.pem"), "utf8").split("-----BEGIN CERTIFICATE")[0];
    for (const text of ["", "x", good.slice(0, 200), certificate, strange, `${otherKey}${certificate}`]) {
      writeFileSync(path, text);
      await assert.rejects(
        authorityAt("broken.pem"),
        (error) => error instanceof OperationFailure && error.detail.code === "store-unusable",
      );
      assert.equal(readFileSync(path, "utf8"), text);
    }
  });

  it("issues what OpenSSL finds nothing against, each for its purpose only", async () => {
    const authority = await authorityAt("strict.pem");
    const client = await authority.issueClient(alice, 30);
    const server = await authority.issueServer(serverNames("lb-1", "192.0.2.7:7443"));
    assert.equal(verify(authority, client, ["-purpose", "sslclient"]), "OK");
    assert.equal(verify(authority, server, ["-purpose", "sslserver", "-verify_ip", "192.0.2.7"]), "OK");
    assert.equal(verify(authority, server, ["-purpose", "sslserver", "-verify_hostname", "lb-1"]), "OK");
    assert.match(verify(authority, server, ["-verify_hostname", "lb-2"]), /hostname mismatch/);
    assert.match(verify(authority, client, ["-purpose", "sslserver"]), /unsuitable certificate purpose/);
    assert.match(verify(authority, server, ["-purpose", "sslclient"]), /unsuitable certificate purpose/);
    assert.notEqual(verify(await authorityAt("another.pem"), client, []), "OK");
  });

  it("goes on with the file of an earlier version, under the name that stands there byte by byte", async () => {
    const authority = await openAuthority("earlier.pem", new MemorySharedFile(EARLIER_AUTHORITY), clock);
    assert.ok(EARLIER_AUTHORITY.endsWith(authority.certificate));
    const client = await authority.issueClient(alice, 30);
    assert.equal(verify(authority, client, ["-purpose", "sslclient"]), "OK");
    // Go compares the bytes, where OpenSSL compares what they mean: a UTF8String of 17 bytes.
    const name = Buffer.from("\x0c\x11holdfast 796cab50");
    assert.ok(new X509Certificate(client.certificate).raw.includes(name));
  });

  it("names addresses as addresses, of both families, and all else as hosts", async () => {
    const names = ["lb-1", "192.0.2.7", "::1", "2001:db8::7", "::ffff:192.0.2.1"];
    const { certificate } = await (await authorityAt("strict.pem")).issueServer(names);
    assert.equal(
      new X509Certificate(certificate).subjectAltName,
      "DNS:lb-1, IP Address:192.0.2.7, IP Address:0:0:0:0:0:0:0:1, IP Address:2001:DB8:0:0:0:0:0:7, IP Address:0:0:0:0:0:FFFF:C000:201",
    );
  });

  it("says in a client certificate who it is, what for, and for how long", async () => {
    const before = clock.wallTime();
    const { certificate, expires } = await (await authorityAt("strict.pem")).issueClient(alice, 30);
    const read = new X509Certificate(certificate);
    assert.equal(read.subject, "O=holdfast:editor\nCN=alice");
    assert.equal(read.ca, false);
    const end = Date.parse(read.validTo);
    assert.ok(Math.abs(end - expires) < 1000 && expires >= before + 30 * DAY_MS, read.validTo);
    assert.ok(Date.parse(read.validFrom) < before);
  });

  it("writes times of this century and the next", async () => {
    const authority = await authorityAt("strict.pem");
    const { certificate } = await authority.issueClient(alice, 3650 * 5);
    assert.match(new X509Certificate(certificate).validTo, / 20[67]\d GMT$/);
    assert.match(new X509Certificate(authority.certificate).validTo, / 9999 GMT$/);
  });

  it("gives each certificate another serial number, positive and 16 bytes long", async () => {
    const authority = await authorityAt("strict.pem");
    const issued = await Promise.all(Array.from({ length: 50 }, () => authority.issueClient(alice, 1)));
    const serials = issued.map(({ certificate }) => new X509Certificate(certificate).serialNumber);
    assert.equal(new Set(serials).size, serials.length);
    for (const serial of serials) assert.match(serial, /^[4-7][0-9A-F]{31}$/);
  });
});

function verify(authority: Authority, { certificate }: Credentials, options: readonly string[]): string {
  const paths = { ca: join(directory, "verify-ca.pem"), leaf: join(directory, "verify.pem") };
  writeFileSync(paths.ca, authority.certificate);
  writeFileSync(paths.leaf, certificate);
  const args = ["verify", "-x509_strict", "-CAfile", paths.ca, ...options, paths.leaf];
  const { status, stdout, stderr } = spawnSync("openssl", args, { encoding: "utf8" });
  return status === 0 ? (stdout.trim().split(": ").at(-1) ?? "") : stderr;
}

describe("an HTTPS server with a certificate of the authority", () => {
  let authority: Authority;
  let certificate: ServerCertificate;
  let server: Server;
  let port = 0;
  const log = new FakeLog();

  before(async () => {
    authority = await authorityAt("serving.pem");
    const authenticator = new Authenticator({ tokens: new Tokens(new MemorySharedFile()), clock, log });
    certificate = await ServerCertificate.issue({
      authority,
      names: serverNames("lb-1", "127.0.0.1:0"),
      clock,
    });
    server = createServer(certificate.tls, (request, response) => {
      authenticator.authenticate(networkFacts(request)).then(
        (answer) => response.end(isRefusal(answer) ? `${answer.code}` : `${answer.name} ${answer.role}`),
        (error: unknown) => response.destroy(error as Error),
      );
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    port = (server.address() as AddressInfo).port;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  /** With the client's own trust in the authority, unless said otherwise. */
  const ask = (
    options: ConnectionOptions = {},
    agent: Agent | false = false,
    look: (socket: TLSSocket) => void = () => undefined,
  ): Promise<string> =>
    new Promise((resolve, reject) => {
      const asked = get(
        { host: "127.0.0.1", port, ca: authority.certificate, agent, ...options },
        (response) => {
          look(response.socket as TLSSocket);
          let text = "";
          response.setEncoding("utf8");
          response.on("data", (chunk: string) => {
            text += chunk;
          });
          response.on("end", () => resolve(text));
        },
      );
      asked.on("error", reject);
    });

  const shown = ({ certificate: cert, privateKey: key }: Credentials) => ({ cert, key });

  it("is trusted by clients that trust the authority, and by no others", async () => {
    assert.equal(await ask(), "401");
    assert.equal(await ask({ servername: "localhost" }), "401");
    await assert.rejects(ask({ ca: (await authorityAt("another.pem")).certificate }), /certificate/);
    await assert.rejects(ask({ servername: "www.example.com" }), /does not match/);
  });

  it("knows the owner of a client certificate", async () => {
    assert.equal(await ask(shown(await authority.issueClient(alice, 30))), "alice editor");
    const anna = { name: "anna@example.com", groups: ["holdfast:viewer", "holdfast:admin"] };
    assert.equal(await ask(shown(await authority.issueClient(anna, 30))), "anna@example.com admin");
  });

  it("refuses a certificate that has expired, and one that is not in force yet", async () => {
    const past = await authorityAt("serving.pem", 60);
    assert.equal(await ask(shown(await past.issueClient(alice, 30))), "401");
    const future = await authorityAt("serving.pem", -60);
    assert.equal(await ask(shown(await future.issueClient(alice, 30))), "401");
    const reasons = log.fieldsOf("the API has refused somebody unknown").map(({ because }) => because);
    assert.ok(reasons.includes("the client certificate: CERT_HAS_EXPIRED"), reasons.join("\n"));
    assert.ok(reasons.includes("the client certificate: CERT_NOT_YET_VALID"), reasons.join("\n"));
  });

  it("refuses a certificate of another authority, even of the same name, and one for servers", async () => {
    const foreign = await authorityAt("another.pem");
    assert.equal(await ask(shown(await foreign.issueClient(alice, 30))), "401");
    assert.equal(await ask(shown(await authority.issueServer(["localhost"]))), "401");
  });

  it("refuses a certificate of ours that gives no role", async () => {
    assert.equal(
      await ask(shown(await authority.issueClient({ name: "eve", groups: ["wheel"] }, 30))),
      "401",
    );
  });

  it("judges who resumes a session as it judged the first time", async () => {
    const past = await authorityAt("serving.pem", 60);
    for (const [credentials, expected] of [
      [await authority.issueClient(alice, 30), "alice editor"],
      [await past.issueClient(alice, 30), "401"],
    ] as const) {
      const agent = new Agent({ keepAlive: false, ca: authority.certificate, ...shown(credentials) });
      const resumed: boolean[] = [];
      const answers = [];
      for (let asked = 0; asked < 3; asked++)
        answers.push(await ask({}, agent, (socket) => resumed.push(socket.isSessionReused())));
      assert.deepEqual(answers, [expected, expected, expected]);
      assert.ok(resumed.includes(true), "no session was resumed");
    }
  });

  it("is given a new certificate without a break: old connections go on, new ones meet the new", async () => {
    const options = { host: "127.0.0.1", port, ca: authority.certificate };
    const old = connect(options);
    await once(old, "secureConnect");
    const serialOf = (socket: typeof old): string => socket.getPeerCertificate().serialNumber;
    const next = await ServerCertificate.issue({ authority, names: ["localhost", "127.0.0.1"], clock });
    server.setSecureContext(next.tls);
    const fresh = connect(options);
    await once(fresh, "secureConnect");
    assert.notEqual(serialOf(fresh), serialOf(old));
    assert.equal(await ask(shown(await authority.issueClient(alice, 30))), "alice editor");
    old.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const [answer] = (await once(old, "data")) as [Buffer];
    assert.match(answer.toString(), /^HTTP\/1.1 200/);
    old.destroy();
    fresh.destroy();
  });
});
