/**
 * A program: the API of a node, as the network sees it, in a process of its own whose memory can be looked at. It tells in one line of
 * JSON how it is reached, and then answers each line that it is given; it ends when there are no more.
 *
 *     node --expose-gc api-host.js '{"limits":{...},"times":{...}}'
 */
import { createInterface } from "node:readline";
import { NETWORK_LIMITS, NETWORK_TIMES } from "../../controller/api/limits.ts";
import { createToken } from "../../controller/api/tokens.ts";
import type { WallTime } from "../../controller/net/time.ts";
import { ROLES } from "../../controller/object/identity.ts";
import type { HostFacts } from "./api-host-process.ts";
import { startNetworkApi } from "./network-api.ts";

const { limits, times } = JSON.parse(process.argv[2] ?? "{}");
await using api = await startNetworkApi(
  {},
  { limits: { ...NETWORK_LIMITS, ...limits }, times: { ...NETWORK_TIMES, ...times } },
);
const wanted = { name: "ci", role: "viewer", created: 0 as WallTime, expires: null } as const;
const made = await createToken(api.tokenFile, wanted);

/** Of what a collection cannot free. */
function residentBytes(): number {
  for (let round = 0; round < 3; round++) globalThis.gc?.();
  return process.memoryUsage().rss;
}

async function answerTo(line: string): Promise<unknown> {
  switch (line) {
    case "memory":
      return residentBytes();
    case "errors":
      return [...api.log.at("error"), ...api.log.at("warn")];
    case "audited":
      return api.audit.entries.length;
    case "polluted":
      return "polluted" in {};
    default:
      return (await api.store.list()).map(({ resource }) => resource);
  }
}

const facts: HostFacts = {
  port: api.port,
  authority: api.authority.certificate,
  token: made.ok ? made.token : "",
  credentials: Object.fromEntries(ROLES.map((role) => [role, api.credentials(role)])),
  kubeconfig: api.kubeconfig("admin"),
};
process.stdout.write(`${JSON.stringify(facts)}\n`);
for await (const line of createInterface({ input: process.stdin }))
  process.stdout.write(`${JSON.stringify(await answerTo(line))}\n`);
