/** What the two versions of VRRP allow, and where advertisements may be sent. */
import { isMulticast } from "../net/ip.ts";
import { parseIpv4 } from "../net/ipv4.ts";
import { type Complaint, complain, warn } from "./complaint.ts";
import { parseDuration } from "./duration.ts";
import { type Loose, present } from "./loose.ts";
import type { VirtualIPSpec } from "./virtual-ip.ts";

type Vrrp = Loose<VirtualIPSpec["vrrp"]>;

/** Twelve bits of centiseconds (RFC 9568 §5.2.7). */
const V3_INTERVAL_MAX_MS = 40_950;
const V3_STEP_MS = 10;
const V2_STEP_MS = 1000;
/** The field has eight bytes (RFC 2338 §5.3.10). */
const PASSWORD_BYTES = 8;
const AT = ["spec", "vrrp"];
const PASSWORDS = ["passwordFile", "password"] as const;

export function vrrpRules(vrrp: Vrrp): Complaint[] {
  return [
    ...intervalRules(vrrp),
    ...groupRules(vrrp),
    ...unicastRules(vrrp),
    ...delayRules(vrrp),
    ...acceptRules(vrrp),
    ...virtualMacRules(vrrp),
    ...authenticationRules(vrrp),
  ];
}

/** undefined where a version is said that there is not. */
export function versionOf(vrrp: Vrrp): 2 | 3 | undefined {
  return Object.hasOwn(vrrp, "version") ? vrrp.version : 3;
}

function intervalRules(vrrp: Vrrp): Complaint[] {
  const { advertisementInterval: text } = vrrp;
  const span = text === undefined ? null : parseDuration(text);
  if (span === null) return [];
  const at = [...AT, "advertisementInterval"];
  const version = versionOf(vrrp);
  if (version === 2 && span % V2_STEP_MS !== 0)
    return [complain(at, `must be whole seconds in version 2, found ${text}`)];
  if (version === 3 && (span % V3_STEP_MS !== 0 || span > V3_INTERVAL_MAX_MS))
    return [complain(at, `must be at most 40.95s and a multiple of 10ms in version 3, found ${text}`)];
  return [];
}

/** What says how to send to a group, or to single members, only where that is done. */
function unicastRules(vrrp: Vrrp): Complaint[] {
  const isSaid = (field: keyof Vrrp): boolean => Object.hasOwn(vrrp, field);
  if (isSaid("unicast") && vrrp.unicast === undefined) return [];
  if (vrrp.unicast === true) {
    const message = "has no meaning with unicast: true: advertisements are sent to each member";
    return isSaid("multicastGroup") ? [complain([...AT, "multicastGroup"], message)] : [];
  }
  const { ttl } = vrrp;
  if (ttl === undefined || ttl === 255) return [];
  const message = `must be 255 without unicast: true (RFC 9568 §5.1.1.3), found ${ttl}`;
  return [complain([...AT, "ttl"], message)];
}

/** Without preemption there is nothing to delay. */
function delayRules({ preempt, preemptDelay: text }: Vrrp): Complaint[] {
  const span = text === undefined ? null : parseDuration(text);
  if (preempt !== false || span === null || span === 0) return [];
  return [
    warn([...AT, "preemptDelay"], "has no effect with preempt: false: no working master is ever replaced"),
  ];
}

function acceptRules({ acceptMode }: Vrrp): Complaint[] {
  const message =
    "must be true: the addresses are on the holder's interface, so its kernel takes what is sent to them, and no packet filter is touched to keep it from that";
  return acceptMode === false ? [complain([...AT, "acceptMode"], message)] : [];
}

/** Switches learn the virtual hardware address from the advertisements, which by unicast have a real one. */
function virtualMacRules({ virtualMAC, unicast }: Vrrp): Complaint[] {
  const message =
    "must be false with unicast: true: switches learn the way to a virtual hardware address from multicast advertisements";
  return virtualMAC === true && unicast === true ? [complain([...AT, "virtualMAC"], message)] : [];
}

function groupRules({ multicastGroup: text }: Vrrp): Complaint[] {
  const group = text === undefined ? null : parseIpv4(text);
  if (group === null || isMulticast(group)) return [];
  const message = `must be a multicast address, 224.0.0.0 to 239.255.255.255, found ${text}`;
  return [complain([...AT, "multicastGroup"], message)];
}

function authenticationRules(vrrp: Vrrp): Complaint[] {
  const { authentication } = vrrp;
  if (authentication === undefined) return [];
  const at = [...AT, "authentication"];
  const complaints: Complaint[] = [];
  if (versionOf(vrrp) === 3) {
    const message = "is allowed only with version: 2: VRRP 3 has no authentication (RFC 9568 §9)";
    complaints.push(complain(at, message));
  }
  const said = present(authentication, PASSWORDS);
  if (said.length !== 1) {
    const found = said.length === 0 ? "none" : "both";
    complaints.push(complain(at, `must have exactly one of ${PASSWORDS.join(" and ")}, found ${found}`));
  }
  return [...complaints, ...passwordWarnings(authentication.password)];
}

function passwordWarnings(password: string | undefined): Complaint[] {
  if (password === undefined) return [];
  const at = [...AT, "authentication", "password"];
  const warnings = [warn(at, "can be read by all who read the manifest: prefer passwordFile")];
  if (password.length > PASSWORD_BYTES)
    warnings.push(warn(at, `counts only up to its byte ${PASSWORD_BYTES}, and has ${password.length}`));
  return warnings;
}
