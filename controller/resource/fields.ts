/** Field types that several kinds share. Each refusal says what is allowed; the reader adds what was found. */
import * as z from "zod";
import { parseIpAddress, parseIpPrefix } from "../net/ip.ts";
import { parseIpv4 } from "../net/ipv4.ts";
import { parseIpv6 } from "../net/ipv6.ts";
import { type Millis, millis } from "../net/time.ts";
import { formatDuration, parseDuration } from "./duration.ts";

/** DNS-1123 label: the only form of name that is ever put in a file name, a command or an nginx configuration. */
export const dnsLabel = z
  .string()
  .regex(
    /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
    "must be lower-case letters, digits and '-', starting and ending with a letter or digit",
  )
  .max(63);

/** As `dnsLabel`, with dots: host names of nodes. */
export const dnsSubdomain = z
  .string()
  .regex(
    /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
    "must be a lower-case host name: letters, digits, '-' and '.'",
  )
  .max(253);

export const ipv4Address = z
  .string()
  .refine((text) => parseIpv4(text) !== null, { error: "must be an IPv4 address such as 192.0.2.10" })
  .meta({ format: "ipv4", maxLength: 15 });

/** 39 characters, or 45 with the last part as an IPv4 address. */
const IPV6_CHARACTERS_MAX = 45;

export const ipv6Address = z
  .string()
  .refine((text) => parseIpv6(text) !== null, { error: "must be an IPv6 address such as 2001:db8::10" })
  .meta({ format: "ipv6", maxLength: IPV6_CHARACTERS_MAX });

export const ipPrefix = z
  .string()
  .refine((text) => parseIpPrefix(text) !== null, {
    error: "must be an address with a prefix length such as 192.0.2.10/32 or 2001:db8::10/64",
  })
  .meta({
    pattern: "^([0-9]+\\.[0-9]+\\.[0-9]+\\.[0-9]+|[0-9A-Fa-f]*:[0-9A-Fa-f:.]*)/[0-9]+$",
    maxLength: IPV6_CHARACTERS_MAX + 4,
  });

/** The kernel takes up to 15 bytes, and neither '/' nor white space. */
export const interfaceName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.@-]{0,14}$/, "must be an interface name of 1 to 15 characters");

export const port = z.int().min(1).max(65_535);

/** The last label needs a letter: without it every resolver would take `10.0.0.300` for a (wrong) address. */
const hostName = z
  .string()
  .regex(
    /^([a-z0-9]([-a-z0-9]*[a-z0-9])?\.)*([0-9][-0-9]*)?[a-z]([-a-z0-9]*[a-z0-9])?$/,
    "must be a lower-case host name such as web-1.example.com",
  )
  .max(253);

export const IP_ADDRESS_PATTERN = "^([0-9]+\\.[0-9]+\\.[0-9]+\\.[0-9]+|[0-9A-Fa-f]*:[0-9A-Fa-f:.]*)$";

/** Of either family. */
export const ipAddress = z
  .string()
  .refine((text) => parseIpAddress(text) !== null, {
    error: "must be an address such as 192.0.2.1 or 2001:db8::1",
  })
  .meta({
    pattern: IP_ADDRESS_PATTERN,
    maxLength: IPV6_CHARACTERS_MAX,
  });

export const host = z.union([ipv4Address, ipv6Address, hostName]);

export const absolutePath = z
  .string()
  .regex(/^\/[^\u0000-\u001f\u007f]*$/, "must be an absolute path without control characters")
  .max(1024);

export const command = z
  .array(
    z
      .string()
      .min(1)
      .max(4096)
      .regex(/^[^\u0000]*$/, "must not contain NUL"),
  )
  .min(1)
  .max(64);

/** Longer spellings have a shorter one. */
const DURATION_CHARACTERS_MAX = 32;

/** A duration between `min` and `max` milliseconds. It stays a string in the resource; `spanOf` gives the number. */
export const duration = ({ min, max }: { readonly min: number; readonly max: number }) =>
  z
    .string()
    .refine(
      (text) => {
        const span = parseDuration(text);
        return span !== null && span >= min && span <= max;
      },
      {
        error: `must be a duration such as "250ms", "1s" or "1m30s", ${rangeOf(min, max)}`,
      },
    )
    .meta({
      pattern: "^([0-9]+h)?([0-9]+m)?([0-9]+(\\.[0-9]+)?s)?([0-9]+ms)?$",
      minLength: 2,
      maxLength: DURATION_CHARACTERS_MAX,
      // The range, for those who know the field only by its published schema.
      "x-kubernetes-validations": [
        {
          rule: `duration(self) >= duration('${min}ms') && duration(self) <= duration('${max}ms')`,
          message: `must be ${rangeOf(min, max)}`,
        },
      ],
    });

const rangeOf = (min: number, max: number): string =>
  `from ${formatDuration(millis(min))} to ${formatDuration(millis(max))}`;

/** The span of a duration that the schema has already accepted. */
export function spanOf(text: string): Millis {
  const span = parseDuration(text);
  if (span === null) throw new Error(`not a duration, though the schema took it: ${text}`);
  return span;
}
