/** What went wrong with a connection, as an operator would say it. */

export function connectionFailure(target: string, error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case "ECONNREFUSED":
      return `connection refused by ${target}`;
    case "ECONNRESET":
    case "EPIPE":
      return `${target} closed the connection without an answer`;
    case "ETIMEDOUT":
      return `no answer from ${target}`;
    case "EHOSTUNREACH":
      return `${target} cannot be reached (nobody answers ARP, or no route)`;
    case "ENETUNREACH":
      return `${target} cannot be reached (no route)`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `${target}: the name cannot be looked up`;
    default:
      if (error.code?.startsWith("HPE_")) return `${target} does not speak HTTP`;
      // A name with several addresses fails with a list of failures and without a message of its own.
      return `${target}: ${error.message || error.code || "the connection failed"}`;
  }
}
