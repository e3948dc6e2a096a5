/** The programs that are compared, each told the same: the seed's single-master experiment. */
import type { Lab } from "../../controller/lab/lab.ts";
import { attemptIn, runIn, startIn } from "../../controller/lab/machine.ts";
import { reportOf } from "../../controller/lab/observe.ts";
import { startAgent } from "../../controller/lab/services.ts";
import { A, B, BACKENDS, CHECKS, proxyPool, VIP_A, virtualIP } from "../support/lab-manifests.ts";
import { get, write } from "../support/lab-world.ts";
import { clear, until, untilOn } from "./arena.ts";

export interface Contestant {
  readonly name: string;
  /** Names of its processes, by what their command lines look like. */
  readonly processes: Readonly<Record<string, RegExp>>;
  startNode(lab: Lab, node: string): Promise<void>;
  /** SIGTERM to the program on that node; nginx goes on. */
  terminate(lab: Lab, node: string): Promise<void>;
  isReserveReady(lab: Lab, node: string): Promise<boolean>;
  /** Writes the configuration with or without a second address. */
  configure(lab: Lab, node: string, addresses: readonly string[]): Promise<void>;
  /** Edits of its configuration, each done once what it asks for is so. */
  readonly edits: readonly Edit[];
}

export interface Edit {
  readonly what: string;
  edit(lab: Lab, node: string): Promise<void>;
}

/** Both nodes run, the address is on its home, both web servers are asked. */
export async function start(lab: Lab, contestant: Contestant): Promise<void> {
  await clear(lab);
  for (const node of [A, B]) {
    await contestant.configure(lab, node, [VIP_A]);
    await contestant.startNode(lab, node);
  }
  await restored(lab, contestant);
}

export async function restored(lab: Lab, contestant: Contestant): Promise<void> {
  await untilOn(lab, A);
  await until("the reserve is ready", () => contestant.isReserveReady(lab, B));
  await until("both web servers answer", async () => {
    const bodies = new Set((await get(lab, 2, VIP_A)).map(({ body }) => body));
    return bodies.size === 2 && [...bodies].every((body) => body.startsWith("<h1> Web"));
  });
}

export const HOLDFAST: Contestant = {
  name: "holdfast",
  processes: { agent: /holdfast\.cjs agent/, speaker: /holdfast\.cjs speaker/ },
  startNode: (lab, node) => Promise.resolve(startAgent(lab.at(node), "warn")),
  terminate: async (lab, node) => {
    await runIn(lab.at(node), ["pkill", "-TERM", "-f", "holdfast.cjs agent"]);
  },
  isReserveReady: async (lab, node) => {
    const report = await reportOf(lab, node);
    const router = report?.speaker.routers[0];
    return report?.nginx?.programmed === true && router?.role === "backup" && router.master !== null;
  },
  configure: async (lab, node, addresses) => {
    await runIn(lab.at(node), ["mkdir", "-p", "/etc/holdfast/manifests"]);
    const web = virtualIP({ name: "web", address: VIP_A, virtualRouterID: 51, priorities: [100, 95] });
    const list = addresses.map((address) => `${address}/32`).join(", ");
    const directory = "/etc/holdfast/manifests";
    write(lab, node, `${directory}/web.yaml`, web.replace(`[${VIP_A}/32]`, `[${list}]`));
    write(lab, node, `${directory}/checks.yaml`, CHECKS);
    write(lab, node, `${directory}/pool.yaml`, proxyPool("[web]", BACKENDS));
  },
  edits: [
    { what: "backend added: written to served by every nginx worker", edit: addBackend },
    { what: "priority changed: written to in force", edit: changePriority },
  ],
};

async function addBackend(lab: Lab, node: string): Promise<void> {
  const before = (await reportOf(lab, node))?.nginx?.release;
  const more = BACKENDS.replace("]", ", {address: 172.16.250.127, port: 81}]");
  write(lab, node, "/etc/holdfast/manifests/pool.yaml", proxyPool("[web]", more));
  await until("every worker serves the new pool", async () => {
    const nginx = (await reportOf(lab, node))?.nginx;
    return nginx?.programmed === true && nginx.release !== null && nginx.release !== before;
  });
}

async function changePriority(lab: Lab, node: string): Promise<void> {
  const web = virtualIP({ name: "web", address: VIP_A, virtualRouterID: 51, priorities: [101, 95] });
  write(lab, node, "/etc/holdfast/manifests/web.yaml", web);
  await until("the speaker works with the new priority", async () => {
    const [router] = (await reportOf(lab, node))?.speaker.routers ?? [];
    return router?.basePriority === 101;
  });
}

const NGINX_CONF = `daemon off; pid /run/seed-nginx.pid; worker_processes auto;
events {}
http {
  access_log off;
  upstream websrvs { zone websrvs 64k; server 172.16.250.127:80; server 172.16.253.193:80; }
  server { listen 80 default_server; location / { proxy_pass http://websrvs; } }
}
`;

/** As in the seed's notes, with the notify lines where they belong and check commands that need no shell. */
function keepalivedConf(node: string, addresses: readonly string[]): string {
  return `global_defs {
  router_id ${node}
  vrrp_mcast_group4 224.103.5.5
  script_user root
}
vrrp_script chk_mant_down {
  script "/usr/bin/test ! -f /etc/holdfast/down"
  interval 1
  weight -10
  fall 2
  rise 1
}
vrrp_script chk_nginx {
  script "/usr/bin/pkill -0 -x nginx"
  interval 2
  weight -10
  fall 2
  rise 2
}
vrrp_instance VI_A {
  state BACKUP
  interface ens33
  virtual_router_id 51
  priority ${node === A ? 100 : 95}
  advert_int 1
  authentication {
    auth_type PASS
    auth_pass qr8hQHuL
  }
  virtual_ipaddress {
    ${addresses.map((address) => `${address}/32`).join("\n    ")}
  }
  track_script {
    chk_mant_down
    chk_nginx
  }
}
`;
}

export const KEEPALIVED: Contestant = {
  name: "keepalived",
  // The parent is the one that has no parent of the same name.
  processes: { "parent and child": /^keepalived / },
  startNode: async (lab, node) => {
    const isRunning = (await attemptIn(lab.at(node), ["pgrep", "-x", "nginx"])).status === 0;
    if (!isRunning) startIn(lab.at(node), "nginx", ["nginx", "-c", "/etc/nginx-seed.conf"]);
    startIn(lab.at(node), "keepalived", ["keepalived", "--dont-fork", "--vrrp", "--log-console", "-D"]);
  },
  terminate: async (lab, node) => {
    await runIn(lab.at(node), ["pkill", "-TERM", "-o", "-x", "keepalived"]);
  },
  isReserveReady: async (lab, node) =>
    (await attemptIn(lab.at(node), ["pgrep", "-x", "keepalived"])).status === 0,
  configure: async (lab, node, addresses) => {
    await runIn(lab.at(node), ["mkdir", "-p", "/etc/keepalived"]);
    write(lab, node, "/etc/nginx-seed.conf", NGINX_CONF);
    write(lab, node, "/etc/keepalived/keepalived.conf", keepalivedConf(node, addresses));
    await attemptIn(lab.at(node), ["pkill", "-HUP", "-o", "-x", "keepalived"]);
  },
  edits: [],
};
