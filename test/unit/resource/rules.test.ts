/** What the fields of one manifest must be to each other. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  cautions,
  changed,
  HEALTH_CHECK,
  PROXY_POOL,
  refusals,
  VIRTUAL_IP,
} from "../../support/manifest-texts.ts";

interface Case {
  readonly what: string;
  /** What is changed in the sound manifest. */
  readonly from: string;
  readonly to: string;
  readonly says: readonly string[];
  readonly warns?: readonly string[];
}

function table(text: string, cases: readonly Case[]): void {
  for (const { what, from, to, says, warns = [] } of cases)
    it(what, () => {
      assert.deepEqual(refusals(changed(text, from, to)), says);
      assert.deepEqual(cautions(changed(text, from, to)), warns);
    });
}

it("E9: 255 addresses fit one advertisement, and 256 are refused before anything is left out", () => {
  const listing = (count: number): string =>
    `[${Array.from({ length: count }, (_, index) => `10.0.${Math.floor(index / 250)}.${1 + (index % 250)}/32`).join(", ")}]`;
  const withAddresses = (count: number): string =>
    VIRTUAL_IP.replace(/addresses: \[.*\]/, `addresses: ${listing(count)}`);
  assert.deepEqual(refusals(withAddresses(255)), []);
  assert.match(refusals(withAddresses(256)).join("\n"), /spec\.addresses: .*255/);
});

describe("a HealthCheck", () => {
  table(HEALTH_CHECK, [
    {
      what: "without a probe",
      from: "  http: {path: /}\n",
      to: "",
      says: ["5:1: spec: must have exactly one probe (process, file, exec, tcp or http), found none"],
    },
    {
      what: "with two probes",
      from: "  interval",
      to: "  tcp: {}\n  interval",
      says: ["7:3: spec.tcp: is a second probe beside http: a HealthCheck has exactly one"],
    },
    {
      what: "with two probes of which one is wrong",
      from: "  interval",
      to: "  tcp: {port: 0}\n  interval",
      says: [
        "7:3: spec.tcp: is a second probe beside http: a HealthCheck has exactly one",
        "7:15: spec.tcp.port: must be a whole number from 1 to 65535, found 0",
      ],
    },
    {
      what: "with one probe, which is wrong",
      from: "{path: /}",
      to: "{path: x}",
      says: ['6:16: spec.http.path: must start with / and hold no spaces or control characters, found "x"'],
    },
    {
      what: "that gives a shell several words",
      from: "http: {path: /}",
      to: "exec: {command: [test, -f, /x], shell: true}",
      says: [
        "6:10: spec.exec.command: must be one string where shell is true, as /bin/sh -c takes it, found 3",
      ],
    },
    {
      what: "that gives a shell one string",
      from: "http: {path: /}",
      to: 'exec: {command: ["test -f /x"], shell: true}',
      says: [],
    },
  ]);
});

const withPassword = (fields: string): string =>
  `version: 2\n    authentication: {type: Simple${fields === "" ? "" : `, ${fields}`}}`;
const READABLE =
  "11:46: spec.vrrp.authentication.password: can be read by all who read the manifest: prefer passwordFile";

describe("the protocol of a VirtualIP", () => {
  table(VIRTUAL_IP, [
    {
      what: "version 2 with an interval that has no whole seconds",
      from: "version: 3",
      to: "version: 2\n    advertisementInterval: 1500ms",
      says: ["11:28: spec.vrrp.advertisementInterval: must be whole seconds in version 2, found 1500ms"],
    },
    {
      what: "version 2 with a long interval",
      from: "version: 3",
      to: "version: 2\n    advertisementInterval: 4m15s",
      says: [],
    },
    {
      what: "version 3 with an interval between the steps",
      from: "version: 3",
      to: "advertisementInterval: 15ms",
      says: [
        "10:28: spec.vrrp.advertisementInterval: must be at most 40.95s and a multiple of 10ms in version 3, found 15ms",
      ],
    },
    {
      what: "version 3 with an interval that does not fit",
      from: "version: 3",
      to: "version: 3\n    advertisementInterval: 41s",
      says: [
        "11:28: spec.vrrp.advertisementInterval: must be at most 40.95s and a multiple of 10ms in version 3, found 41s",
      ],
    },
    {
      what: "version 3 with the longest interval",
      from: "version: 3",
      to: "version: 3\n    advertisementInterval: 40.95s",
      says: [],
    },
    {
      what: "unicast, while a member has no address",
      from: "version: 3\n  members:\n    - {node: lb-1,",
      to: "unicast: true\n    ttl: 64\n  members:\n    - {node: lb-1, address: 192.0.2.1,",
      says: [
        "14:7: spec.members[1].address: needs its address, to which the others send with unicast: true, and lb-2 has none",
      ],
    },
    {
      what: "unicast to members that all have an address",
      from: "version: 3\n  members:\n    - {node: lb-1, priority: 100}\n    - {node: lb-2,",
      to: "unicast: true\n    ttl: 64\n  members:\n    - {node: lb-1, address: 192.0.2.1}\n    - {node: lb-2, address: 192.0.2.2,",
      says: [],
    },
    {
      what: "unicast, and a group",
      from: "version: 3\n  members:\n    - {node: lb-1, priority: 100}\n    - {node: lb-2,",
      to: "unicast: true\n    multicastGroup: 224.0.0.18\n  members:\n    - {node: lb-1, address: 192.0.2.1}\n    - {node: lb-2, address: 192.0.2.2,",
      says: [
        "11:21: spec.vrrp.multicastGroup: has no meaning with unicast: true: advertisements are sent to each member",
      ],
    },
    {
      what: "a short time to live without unicast",
      from: "version: 3",
      to: "ttl: 64",
      says: ["10:10: spec.vrrp.ttl: must be 255 without unicast: true (RFC 9568 §5.1.1.3), found 64"],
    },
    { what: "the usual time to live", from: "version: 3", to: "ttl: 255", says: [] },
    {
      what: "a word that is not yes or no, which tells nothing about the time to live",
      from: "version: 3",
      to: "unicast: 1\n    ttl: 64",
      says: ["10:14: spec.vrrp.unicast: must be true or false, found 1"],
    },
    {
      what: "a holder that is not to accept",
      from: "version: 3",
      to: "acceptMode: false",
      says: [
        "10:17: spec.vrrp.acceptMode: must be true: the addresses are on the holder's interface, so its kernel takes what is sent to them, and no packet filter is touched to keep it from that",
      ],
    },
    {
      what: "a virtual MAC, and unicast",
      from: "version: 3\n  members:\n    - {node: lb-1, priority: 100}\n    - {node: lb-2,",
      to: "unicast: true\n    virtualMAC: true\n  members:\n    - {node: lb-1, address: 192.0.2.1}\n    - {node: lb-2, address: 192.0.2.2,",
      says: [
        "11:17: spec.vrrp.virtualMAC: must be false with unicast: true: switches learn the way to a virtual hardware address from multicast advertisements",
      ],
    },
    {
      what: "a virtual MAC, and an owner of the addresses",
      from: "version: 3\n  members:\n    - {node: lb-1, priority: 100}",
      to: "virtualMAC: true\n  members:\n    - {node: lb-1, priority: 255}",
      says: [
        "12:30: spec.members[0].priority: must be less than 255 with vrrp.virtualMAC: true: the addresses of an owner answer with the hardware address of its interface",
      ],
      warns: [
        "12:30: spec.members[0].priority: the track entries do not count for lb-1: an owner has the addresses as its own and cannot give them up",
      ],
    },
    {
      what: "a virtual MAC",
      from: "version: 3",
      to: "virtualMAC: true",
      says: [],
    },
    {
      what: "a delay of preemption without preemption",
      from: "version: 3",
      to: "preempt: false\n    preemptDelay: 1m",
      says: [],
      warns: [
        "11:19: spec.vrrp.preemptDelay: has no effect with preempt: false: no working master is ever replaced",
      ],
    },
    {
      what: "no preemption, and a delay of none",
      from: "version: 3",
      to: "preempt: false\n    preemptDelay: 0s",
      says: [],
    },
    {
      what: "delays that are too long",
      from: "version: 3",
      to: "preemptDelay: 2h\n    startupDelay: 61m",
      says: [
        '10:19: spec.vrrp.preemptDelay: must be a duration such as "250ms", "1s" or "1m30s", from 0s to 1h, found "2h"',
        '11:19: spec.vrrp.startupDelay: must be a duration such as "250ms", "1s" or "1m30s", from 0s to 1h, found "61m"',
      ],
    },
    {
      what: "a version that is not there, which tells nothing about the interval",
      from: "version: 3",
      to: "version: 1\n    advertisementInterval: 15ms",
      says: ["10:14: spec.vrrp.version: must be 2 or 3, found 1"],
    },
    {
      what: "a group that is no multicast address",
      from: "version: 3",
      to: "multicastGroup: 192.0.2.1",
      says: [
        "10:21: spec.vrrp.multicastGroup: must be a multicast address, 224.0.0.0 to 239.255.255.255, found 192.0.2.1",
      ],
    },
    {
      what: "a password in version 3, which has none",
      from: "version: 3",
      to: "authentication: {type: Simple, passwordFile: /p}",
      says: [
        "10:5: spec.vrrp.authentication: is allowed only with version: 2: VRRP 3 has no authentication (RFC 9568 §9)",
      ],
    },
    {
      what: "no password",
      from: "version: 3",
      to: withPassword(""),
      says: [
        "11:5: spec.vrrp.authentication: must have exactly one of passwordFile and password, found none",
      ],
    },
    {
      what: "two passwords",
      from: "version: 3",
      to: withPassword("password: x, passwordFile: /p"),
      says: [
        "11:5: spec.vrrp.authentication: must have exactly one of passwordFile and password, found both",
      ],
      warns: [READABLE],
    },
    {
      what: "a password in the manifest",
      from: "version: 3",
      to: withPassword("password: qr8hQHuL"),
      says: [],
      warns: [READABLE],
    },
    {
      what: "a password that is longer than it counts",
      from: "version: 3",
      to: withPassword("password: qr8hQHuLx"),
      says: [],
      warns: [READABLE, "11:46: spec.vrrp.authentication.password: counts only up to its byte 8, and has 9"],
    },
    {
      what: "a password in a file",
      from: "version: 3",
      to: withPassword("passwordFile: /p"),
      says: [],
    },
  ]);
});

describe("a VirtualIP", () => {
  table(VIRTUAL_IP, [
    {
      what: "with addresses that no host can have",
      from: "[192.0.2.10/32]",
      to: "[127.0.0.1/8, 0.0.0.0/32, 224.0.0.18/32, 255.255.255.255/32]",
      says: [
        "6:15: spec.addresses[0]: must be an address that a host can have, but 127.0.0.1 is a loopback address",
        "6:28: spec.addresses[1]: must be an address that a host can have, but 0.0.0.0 names no host",
        "6:40: spec.addresses[2]: must be an address that a host can have, but 224.0.0.18 is a multicast address",
        "6:55: spec.addresses[3]: must be an address that a host can have, but 255.255.255.255 is reserved",
      ],
    },
    {
      what: "with one address twice",
      from: "[192.0.2.10/32]",
      to: "[192.0.2.10/32, 192.0.2.10/24]",
      says: ["6:30: spec.addresses[1]: 192.0.2.10 is in spec.addresses[0] already"],
    },
    {
      what: "with one member twice",
      from: "lb-2",
      to: "lb-1",
      says: ['13:14: spec.members[1].node: "lb-1" is in spec.members[0] already'],
    },
    {
      what: "with two members at one address",
      from: "{node: lb-1, priority: 100}\n    - {node: lb-2, ",
      to: "{node: lb-1, address: 192.0.2.1}\n    - {node: lb-2, address: 192.0.2.1, ",
      says: ["13:29: spec.members[1].address: 192.0.2.1 is in spec.members[0] already"],
    },
    {
      what: "with a virtual address as that of a member",
      from: "{node: lb-1,",
      to: "{node: lb-1, address: 192.0.2.10,",
      says: [
        "12:29: spec.members[0].address: must be the node's own address, but 192.0.2.10 is virtual (spec.addresses[0])",
      ],
    },
    {
      what: "with a loopback address as that of a member",
      from: "{node: lb-1,",
      to: "{node: lb-1, address: 127.0.0.1,",
      says: [
        "12:29: spec.members[0].address: must be an address that a host can have, but 127.0.0.1 is a loopback address",
      ],
    },
    {
      what: "with an owner of the addresses, for whom no check counts",
      from: "priority: 100",
      to: "address: 192.0.2.10, priority: 255",
      says: [],
      warns: [
        "12:51: spec.members[0].priority: the track entries do not count for lb-1: an owner has the addresses as its own and cannot give them up",
      ],
    },
    {
      what: "with two owners of the addresses",
      from: "priority: 100}\n    - {node: lb-2, priority: 95}\n  track:\n    - {healthCheck: web-up, weight: -10}",
      to: "priority: 255}\n    - {node: lb-2, priority: 255}",
      says: [
        "13:30: spec.members[1].priority: must be less than 255: spec.members[0].priority says already who owns the addresses",
      ],
    },
    {
      what: "that tracks a gateway of IPv6",
      from: "    - {healthCheck: web-up, weight: -10}",
      to: '    - {gateway: "2001:db8::1"}',
      says: [],
    },
    {
      what: "that tracks a gateway which is another one on each link",
      from: "    - {healthCheck: web-up, weight: -10}",
      to: '    - {gateway: "fe80::1"}',
      says: [
        "15:17: spec.track[0].gateway: must not be link-local, which is another host on each link, found fe80::1",
      ],
    },
    {
      what: "that tracks one check twice",
      from: "    - {healthCheck: web-up, weight: -10}",
      to: "    - {healthCheck: web-up}\n    - {healthCheck: web-up, weight: -10}",
      says: ['16:21: spec.track[1].healthCheck: "web-up" is in spec.track[0] already'],
    },
    {
      what: "that tells of transitions by nothing, and by two ways at once",
      from: "[]",
      to: "[{}, {mail: {to: [a@b], from: c@d}, exec: {command: [/n]}}]",
      says: [
        "16:12: spec.notify[0]: must have exactly one of mail and exec, found none",
        "16:16: spec.notify[1]: must have exactly one of mail and exec, found both",
      ],
    },
    {
      what: "with a mail server on a port that is none",
      from: "[]",
      to: "[{mail: {to: [a@b], from: c@d, server: mail:65536}}]",
      says: ['16:50: spec.notify[0].mail.server: must have a port of at most 65535, found "mail:65536"'],
    },
  ]);
});

describe("a ProxyPool", () => {
  table(PROXY_POOL, [
    {
      what: "with one address twice",
      from: "[web]",
      to: "[web, web]",
      says: ['6:21: spec.virtualIPs[1]: "web" is in spec.virtualIPs[0] already'],
    },
    {
      what: "with two listeners of one name and port",
      from: "    - {name: http, port: 80}",
      to: "    - {name: http, port: 80}\n    - {name: http, port: 80}",
      says: [
        '9:14: spec.listeners[1].name: "http" is in spec.listeners[0] already',
        "9:26: spec.listeners[1].port: port 80 is in spec.listeners[0] already",
      ],
    },
    {
      what: "with one backend twice, once by the default port",
      from: "{address: 192.0.2.22}",
      to: "{address: 192.0.2.21, port: 80}",
      says: ["11:17: spec.backends[1].address: 192.0.2.21:80 is in spec.backends[0] already"],
    },
    {
      what: "with one backend of IPv6 twice, in two spellings",
      from: "{address: 192.0.2.22}",
      to: '{address: "2001:db8::7"}\n    - {address: "2001:DB8:0::7"}',
      says: ["12:17: spec.backends[2].address: [2001:db8::7]:80 is in spec.backends[1] already"],
    },
    {
      what: "with a backend that is another one on each link",
      from: "{address: 192.0.2.22}",
      to: '{address: "fe80::7"}',
      says: [
        "11:17: spec.backends[1].address: must be an address that is reached over any link, but fe80::7 is link-local",
      ],
    },
    {
      what: "with two ports of one backend",
      from: "{address: 192.0.2.22}",
      to: "{address: 192.0.2.21, port: 81}",
      says: [],
    },
    {
      what: "with nothing but backup servers",
      from: "21}\n    - {address: 192.0.2.22}",
      to: "21, backup: true}\n    - {address: 192.0.2.22, backup: true}",
      says: ["9:3: spec.backends: must have at least one backend without backup: true, found none"],
    },
  ]);
});
