import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { refusalIn } from "../../../../controller/adapter/nginx/words.ts";

describe("nginx's words", () => {
  const cases: readonly { what: string; lines: readonly string[]; refusal: ReturnType<typeof refusalIn> }[] =
    [
      { what: "are no refusal when there are none", lines: ["", "nginx: syntax is ok"], refusal: null },
      {
        what: "blame the configuration",
        lines: [
          'nginx: [emerg] unknown directive "bogus" in /x/nginx.conf:3',
          "nginx: configuration file test failed",
        ],
        refusal: { output: 'unknown directive "bogus" in /x/nginx.conf:3', mayPass: false },
      },
      {
        what: "blame the world, however often",
        lines: [
          "2026/11/24 09:30:15 [warn] 7#7: something",
          "2026/11/24 09:30:15 [emerg] 7#7: bind() to 0.0.0.0:80 failed (98: Address already in use)",
          "2026/11/24 09:30:16 [emerg] 7#7: bind() to 0.0.0.0:80 failed (98: Address already in use)",
          "2026/11/24 09:30:17 [emerg] 7#7: still could not bind()",
        ],
        refusal: {
          output: "bind() to 0.0.0.0:80 failed (98: Address already in use); still could not bind()",
          mayPass: true,
        },
      },
      {
        what: "blame the names",
        lines: ['nginx: [emerg] host not found in upstream "web" in /x/nginx.conf:3'],
        refusal: { output: 'host not found in upstream "web" in /x/nginx.conf:3', mayPass: true },
      },
      {
        what: "count as a refusal when they only warn",
        lines: ["nginx: [warn] load balancing method redefined in /x/nginx.conf:3"],
        refusal: { output: "load balancing method redefined in /x/nginx.conf:3", mayPass: false },
      },
    ];
  for (const { what, lines, refusal } of cases) it(what, () => assert.deepEqual(refusalIn(lines), refusal));
});
