/** What the fields of a ProxyPool must be to each other. */
import { canonicalAuthority } from "../net/authority.ts";
import { isIpv6, isLinkLocal, isMulticast, parseIpAddress } from "../net/ip.ts";
import { type Complaint, complain } from "./complaint.ts";
import type { Loose } from "./loose.ts";
import type { ProxyPoolSpec } from "./proxy-pool.ts";
import { repeated } from "./rules-unique.ts";

export function proxyPoolRules(spec: Loose<ProxyPoolSpec>): Complaint[] {
  return [
    ...repeated(spec.virtualIPs, { list: ["spec", "virtualIPs"], field: [], identity: quoted }),
    ...repeated(spec.listeners, {
      list: ["spec", "listeners"],
      field: ["name"],
      identity: ({ name }) => (name === undefined ? undefined : quoted(name)),
    }),
    ...repeated(spec.listeners, {
      list: ["spec", "listeners"],
      field: ["port"],
      identity: ({ port }) => (port === undefined ? undefined : `port ${port}`),
    }),
    ...repeated(spec.backends, { list: ["spec", "backends"], field: ["address"], identity: backendName }),
    ...mainBackendRules(spec),
    ...backendAddressRules(spec),
  ];
}

const quoted = (name: string): string => JSON.stringify(name);

const HTTP_PORT = 80;

function backendName(backend: Loose<ProxyPoolSpec["backends"][number]>): string | undefined {
  const { address } = backend;
  // A port that was refused is not the default one.
  const port = Object.hasOwn(backend, "port") ? backend.port : HTTP_PORT;
  return address === undefined || port === undefined ? undefined : canonicalAuthority(address, port);
}

/** Without an interface beside it a link-local address says nothing. */
function backendAddressRules({ backends = [] }: Loose<ProxyPoolSpec>): Complaint[] {
  return (backends ?? []).flatMap((backend, index) => {
    const address = backend?.address === undefined ? null : parseIpAddress(backend.address);
    if (address === null || !isIpv6(address) || !(isLinkLocal(address) || isMulticast(address))) return [];
    const what = isMulticast(address) ? "a multicast address" : "link-local";
    return [
      complain(
        ["spec", "backends", index, "address"],
        `must be an address that is reached over any link, but ${address} is ${what}`,
      ),
    ];
  });
}

/** nginx takes a group of backup servers alone for an error. */
function mainBackendRules({ backends = [] }: Loose<ProxyPoolSpec>): Complaint[] {
  const isAllBackup = backends.length > 0 && backends.every((backend) => backend?.backup === true);
  const message = "must have at least one backend without backup: true, found none";
  return isAllBackup ? [complain(["spec", "backends"], message)] : [];
}
