/** `holdfast token`: bearer tokens for the API, for programs; they can be taken back at once. */
import { Command, Option } from "commander";
import { createToken, listTokens, revokeToken, type TokenRecord } from "../api/tokens.ts";
import { rfc3339 } from "../net/time.ts";
import type { Role } from "../object/identity.ts";
import { print, Refused } from "./answering.ts";
import {
  daysOption,
  inDays,
  parseUserName,
  roleOption,
  stateDirOption,
  withCredentials,
} from "./credentials.ts";
import { formatAge, formatTable } from "./table.ts";

const EXAMPLES = `
Only a hash of each token is kept: it is shown once. A running agent knows of a change with the next request.

Examples:
  holdfast token create ci --role editor --days 90
  curl --cacert ca.crt -H "Authorization: Bearer $TOKEN" https://127.0.0.1:7443/apis/holdfast.dev/v1alpha1/virtualips
  holdfast token revoke ci`;

interface Flags {
  readonly stateDir: string;
}

export function tokenCommand(): Command {
  const token = new Command("token").description("Bearer tokens for the API of this node.");
  for (const child of [create(), list(), revoke()]) token.addCommand(child);
  return token.addHelpText("after", EXAMPLES);
}

function create(): Command {
  return new Command("create")
    .description("Make a token, and show it once.")
    .argument("<name>", "whom the log of changes will name", parseUserName)
    .addOption(roleOption().makeOptionMandatory())
    .addOption(daysOption())
    .addOption(stateDirOption())
    .addHelpText("after", EXAMPLES)
    .action(
      (name: string, { role, days, stateDir }: Flags & { readonly role: Role; readonly days?: number }) =>
        withCredentials("token create", stateDir, async ({ tokenFile, now }) => {
          const expires = days === undefined ? null : inDays(now, days);
          const made = await createToken(tokenFile, { name, role, created: now, expires });
          if (!made.ok) throw new Refused(made.because);
          print(made.token);
        }),
    );
}

function list(): Command {
  return new Command("list")
    .description("Show who has a token.")
    .addOption(stateDirOption())
    .addOption(new Option("-o, --output <format>", "text or json").choices(["text", "json"]).default("text"))
    .addHelpText("after", EXAMPLES)
    .action(({ stateDir, output }: Flags & { readonly output: string }) =>
      withCredentials("token list", stateDir, async ({ tokenFile, now }) => {
        const tokens = await listTokens(tokenFile);
        print(output === "json" ? jsonOf(tokens) : tableOf(tokens, rfc3339(now)));
      }),
    );
}

const jsonOf = (tokens: readonly TokenRecord[]): string =>
  JSON.stringify(
    tokens.map(({ name, role, created, expires }) => ({ name, role, created, expires })),
    null,
    2,
  );

function tableOf(tokens: readonly TokenRecord[], now: string): string {
  const rows = tokens.map(({ name, role, created, expires }) => [
    name,
    role,
    formatAge(created, now),
    expires === null ? "never" : expires <= now ? `expired ${expires}` : expires,
  ]);
  return formatTable(["NAME", "ROLE", "AGE", "EXPIRES"], rows);
}

function revoke(): Command {
  return new Command("revoke")
    .description("Take a token back: the next request with it is refused.")
    .argument("<name>")
    .addOption(stateDirOption())
    .addHelpText("after", EXAMPLES)
    .action((name: string, { stateDir }: Flags) =>
      withCredentials("token revoke", stateDir, async ({ tokenFile }) => {
        if (!(await revokeToken(tokenFile, name))) throw new Refused(`there is no token ${name}`);
      }),
    );
}
