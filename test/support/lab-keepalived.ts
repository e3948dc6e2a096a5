/** The real keepalived on a machine of a lab, configured as in the seed's notes with their notify lines put where they belong. */
import { appendFileSync } from "node:fs";
import type { Lab } from "../../controller/lab/lab.ts";
import { logFile, runIn } from "../../controller/lab/machine.ts";
import { signal, spawnIn, write } from "./lab-world.ts";

export interface KeepalivedTerms {
  readonly version: 2 | 3;
  readonly priority: number;
  readonly interface: string;
  readonly address: string;
  /** null: without authentication, as version 3 has none. */
  readonly password: string | null;
}

export interface Keepalived {
  /** SIGTERM hands over (priority 0), SIGKILL does not. */
  end(how: "SIGTERM" | "SIGKILL"): Promise<void>;
}

const CONFIG = "/etc/keepalived/keepalived.conf";

export async function startKeepalived(lab: Lab, node: string, terms: KeepalivedTerms): Promise<Keepalived> {
  await runIn(lab.at(node), ["mkdir", "-p", "/etc/keepalived"]);
  write(lab, node, CONFIG, configOf(terms));
  const command = ["keepalived", "--dont-fork", "--vrrp", "--log-console", "-f", CONFIG];
  const child = spawnIn(lab, node, command);
  const log = logFile(lab.at(node), "keepalived");
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (text: Buffer) => appendFileSync(log, text));
  return {
    end: async (how) => {
      // The parent respawns its child, and is the one to ask; killing is for both.
      if (how === "SIGKILL") await runIn(lab.at(node), ["pkill", "-KILL", "-x", "keepalived"]);
      await signal(child, how);
    },
  };
}

function configOf({ version, priority, interface: name, address, password }: KeepalivedTerms): string {
  const authentication =
    password === null ? "" : `authentication {\n    auth_type PASS\n    auth_pass ${password}\n  }`;
  return `global_defs {
  router_id keepaliveB
  vrrp_mcast_group4 224.103.5.5
  script_user root
}
vrrp_script chk_mant_down {
  script "/usr/bin/test ! -f /etc/keepalived/down"
  interval 1
  weight -10
  fall 2
  rise 1
}
vrrp_instance VI_A {
  state BACKUP
  interface ${name}
  virtual_router_id 51
  version ${version}
  priority ${priority}
  advert_int 1
  ${authentication}
  virtual_ipaddress {
    ${address}/32
  }
  notify_master "/etc/holdfast/notify.sh INSTANCE VI_A MASTER"
  notify_backup "/etc/holdfast/notify.sh INSTANCE VI_A BACKUP"
  notify_fault "/etc/holdfast/notify.sh INSTANCE VI_A FAULT"
  track_script {
    chk_mant_down
  }
}
`;
}
