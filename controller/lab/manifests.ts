/** Reads the manifests that a lab is to rehearse. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { parseIpv4 } from "../net/ipv4.ts";
import { crossCheck } from "../plan/cross-check.ts";
import { type Located, parseManifests } from "../resource/parse.ts";
import { formatRejection } from "../resource/rejection.ts";
import { refuse } from "./command.ts";
import { type Topology, topologyOf } from "./topology.ts";

export interface Rehearsal {
  readonly topology: Topology;
  /** Texts by file name. */
  readonly manifests: ReadonlyMap<string, string>;
}

/** Throws `lab-refused` with every rejection and every problem. */
export function readRehearsal(paths: readonly string[], client: string | null): Rehearsal {
  const files = paths.flatMap(filesOf);
  if (files.length === 0) throw refuse(`no manifests (*.yaml, *.yml, *.json) in ${paths.join(", ")}`);
  const manifests = new Map<string, string>();
  const parsed: Located[] = [];
  const complaints: string[] = [];
  for (const file of files) {
    const text = readFileSync(file, "utf8");
    const name = basename(file);
    if (manifests.has(name)) complaints.push(`two files are called ${name}`);
    manifests.set(name, text);
    const result = parseManifests(file, text);
    complaints.push(...result.rejections.map(formatRejection));
    parsed.push(...result.manifests);
  }
  complaints.push(...crossCheck(parsed).rejections.map(formatRejection));
  if (complaints.length > 0) throw refuse(complaints.join("\n"));
  const address = client === null ? null : parseIpv4(client);
  if (client !== null && address === null) throw refuse(`--client must be an IPv4 address, not ${client}`);
  const manifestsAlone = parsed.map(({ manifest }) => manifest);
  const result = topologyOf(manifestsAlone, { client: address });
  if (!result.ok) throw refuse(result.problems.join("\n"));
  return { topology: result.topology, manifests };
}

function filesOf(path: string): string[] {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw refuse(`there is no ${path}`);
  if (!stat.isDirectory()) return [path];
  return readdirSync(path)
    .filter((name) => /\.(ya?ml|json)$/.test(name) && !name.startsWith("."))
    .sort()
    .map((name) => join(path, name));
}
