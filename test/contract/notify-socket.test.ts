/** What systemd is told by a service that is ready, or that another process has taken over. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { openLibc } from "../../controller/adapter/libc/libc.ts";
import { notifySupervisor, unixAddress } from "../../controller/adapter/supervisor/notify-socket.ts";

it("a datagram reaches the socket that the environment names", () => {
  const libc = openLibc();
  const address = `@holdfast-test-${process.pid}`;
  const listening = libc.socket(1, 2 | 0o4000, 0);
  libc.bind(listening, unixAddress(address));
  assert.equal(notifySupervisor(libc, address, ["READY=1", "MAINPID=4711"]), null);
  const heard = libc.receive(listening, new Uint8Array(100));
  assert.equal(Buffer.from(heard ?? []).toString(), "READY=1\nMAINPID=4711");
  libc.close(listening);
});

it("nobody is told where nobody asked, and a socket that is gone is no disaster", () => {
  const libc = openLibc();
  assert.equal(notifySupervisor(libc, undefined, ["READY=1"]), null);
  assert.match(notifySupervisor(libc, "@holdfast-test-nobody", ["READY=1"]) ?? "", /sendto: ECONNREFUSED/);
});
