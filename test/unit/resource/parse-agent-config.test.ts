/** AgentConfig: what each file means, and what is said of each mistake. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { agentDefaults } from "../../../controller/resource/agent-config.ts";
import { parseAgentConfig } from "../../../controller/resource/parse-agent-config.ts";
import { formatRejection } from "../../../controller/resource/rejection.ts";

const HEAD = "apiVersion: holdfast.dev/v1alpha1\nkind: AgentConfig\n";

const complaints = (text: string): string[] =>
  parseAgentConfig("agent.yaml", text).rejections.map(formatRejection);

it("a file that says nothing but its kind means the defaults", () => {
  const { config } = parseAgentConfig("agent.yaml", HEAD);
  assert.deepEqual(config, agentDefaults());
  assert.deepEqual(config, {
    node: null,
    namespace: "default",
    stateDir: "/var/lib/holdfast",
    runtimeDir: "/run/holdfast",
    directories: ["/etc/holdfast/manifests"],
    nginx: { mode: "managed", binary: "/usr/sbin/nginx" },
    speaker: "supervised",
    logLevel: "info",
    metricsListen: null,
    apiListen: "127.0.0.1:7443",
  });
});

it("a file that says everything is taken at its word", () => {
  const text = `# An agent beside a speaker of its own.
${HEAD}node: keepalive-a
namespace: berlin
stateDir: /srv/state
runtimeDir: /srv/run
sources:
  - directory: {path: /srv/manifests}
  - directory: {path: /srv/more}
store: {embedded: {}}
nginx: {mode: "off"}
speaker: {mode: attached}
logLevel: debug
metrics: {listen: 127.0.0.1:9440}
api: {listen: "off"}
`;
  assert.deepEqual(parseAgentConfig("agent.yaml", text), {
    config: {
      node: "keepalive-a",
      namespace: "berlin",
      stateDir: "/srv/state",
      runtimeDir: "/srv/run",
      directories: ["/srv/manifests", "/srv/more"],
      nginx: { mode: "off", binary: "/usr/sbin/nginx" },
      speaker: "attached",
      logLevel: "debug",
      metricsListen: "127.0.0.1:9440",
      apiListen: "off",
    },
    rejections: [],
  });
});

describe("a mistake in an AgentConfig", () => {
  const cases: { readonly what: string; readonly text: string; readonly said: readonly string[] }[] = [
    { what: "an empty file", text: "", said: ["agent.yaml: must hold an AgentConfig, found nothing"] },
    {
      what: "only comments",
      text: "# later\n",
      said: ["agent.yaml: must hold an AgentConfig, found nothing"],
    },
    {
      what: "a second document",
      text: `${HEAD}---\n${HEAD}`,
      said: ["agent.yaml:4:1: must hold one AgentConfig, found a second document"],
    },
    {
      what: "a list",
      text: "- a\n",
      said: ["agent.yaml:1:1: must be a mapping with apiVersion, kind and fields, found a list"],
    },
    {
      what: "a word that kubectl takes for a boolean",
      text: `${HEAD}nginx: {mode: off}\n`,
      said: [
        'agent.yaml:3:15: nginx.mode: off is ambiguous: kubectl takes it for false; write false, or in quotes if it is text: "off"',
      ],
    },
    {
      what: "fields that come with later versions",
      text: `${HEAD}logLevel: info
sources:
  - git: {url: ssh://git@git.example.com/lb.git}
store: {etcd: {endpoints: []}, kubernetes: {}}
nginx: {mode: system}
`,
      said: [
        "agent.yaml:5:5: sources[0].git: is not supported by this version: only directory is",
        "agent.yaml:6:9: store.etcd: is not supported by this version",
        "agent.yaml:6:32: store.kubernetes: is not supported by this version",
        'agent.yaml:7:15: nginx.mode: is not supported by this version: nginx in mode system comes later, there are "managed" and "off"',
      ],
    },
    {
      what: "several at once",
      text: `${HEAD}noed: a
stateDir: state
sources:
  - {}
  - directory: {path: /a}
  - directory: {path: /a}
metrics: {listen: "9440"}
`,
      said: [
        'agent.yaml:3:1: noed: is an unknown field, did you mean "node"?',
        'agent.yaml:4:11: stateDir: must be an absolute path without control characters, found "state"',
        "agent.yaml:6:5: sources[0]: must name a directory, found nothing",
        'agent.yaml:8:23: sources[2].directory.path: "/a" is a source already',
        'agent.yaml:9:19: metrics.listen: must be ADDRESS:PORT such as 127.0.0.1:9440, found "9440"',
      ],
    },
  ];
  for (const { what, text, said } of cases) it(what, () => assert.deepEqual(complaints(text), said));
});
