import { FakeNginxHost } from "../support/fake-nginx-host.ts";
import { sha256 } from "../support/nginx-models.ts";
import { realNginx } from "../support/nginx-world.ts";
import { enterOwnNetworkNamespace } from "../support/own-network-namespace.ts";
import { type NginxWorld, nginxHostContract } from "./nginx-host.ts";

nginxHostContract("the fake nginx", async () => fakeWorld(new FakeNginxHost()));

nginxHostContract("the real nginx", async () => {
  enterOwnNetworkNamespace();
  return realNginx();
});

function fakeWorld(host: FakeNginxHost): NginxWorld {
  const release = (content: string, ports: readonly number[]) => {
    const text = `${content} ${ports.join()}`;
    return { id: sha256(text).slice(0, 12), text, ports, hostNames: [] };
  };
  host.refusedByTest.add(release("unsound", [20_080]).id);
  return {
    host,
    anotherHost: () => host,
    release,
    unsoundRelease: () => release("unsound", [20_080]),
    killMaster: async () => host.killMaster(),
    killAll: async () => host.killAll(),
    occupy: async (port) => {
      const holder = { port, pid: 7, name: "httpd" };
      host.hold(holder);
      return holder;
    },
    vacate: async (port) => host.free(port),
    [Symbol.asyncDispose]: () => host.stop(),
  };
}
