/** Host and port as URLs and nginx write them (RFC 3986 §3.2.2): an IPv6 address in brackets. Pure. */
import { parseIpAddress } from "./ip.ts";

/** `192.0.2.1`, `web-1`, `[2001:db8::1]`. */
export const inAuthority = (host: string): string => (host.includes(":") ? `[${host}]` : host);

/** `192.0.2.1:80`, `web-1:80`, `[2001:db8::1]:80`. */
export const authority = (host: string, port: number): string => `${inAuthority(host)}:${port}`;

/** Equal means `===`, however the host is written. */
export const canonicalAuthority = (host: string, port: number): string =>
  authority(canonicalHost(host), port);

/** An address in its canonical spelling, a name as it is: equal means `===`. */
export const canonicalHost = (text: string): string => parseIpAddress(text) ?? text;
