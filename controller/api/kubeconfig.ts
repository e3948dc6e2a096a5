/** A file with which kubectl reaches the API of one node, and nothing else in it. */
import { stringify } from "yaml";

export interface KubeconfigParts {
  readonly node: string;
  /** `https://127.0.0.1:7443`. */
  readonly server: string;
  /** PEM: the certificate of the node's authority. */
  readonly authority: string;
  readonly user: string;
  readonly namespace: string;
  readonly context: string;
  /** PEM, or a bearer token. */
  readonly credentials:
    | { readonly certificate: string; readonly privateKey: string }
    | { readonly token: string };
}

/** The hosts that each node's own certificate names. */
const NAMED_HOSTS = ["localhost", "127.0.0.1", "[::1]"];

/**
 * Names have the node in them, so that the files of several nodes can stand together in KUBECONFIG: each node has an
 * authority of its own, which vouches for that node alone.
 */
export function kubeconfigText(parts: KubeconfigParts): string {
  const { node, server, authority, user, namespace, context, credentials } = parts;
  const cluster = `holdfast-${node}`;
  const owner = `${user}@${node}`;
  // A virtual address, a tunnel, a name of the site's own: the authority tells the node apart, whatever it is called.
  const isNamed = NAMED_HOSTS.includes(new URL(server).hostname);
  return stringify(
    {
      apiVersion: "v1",
      kind: "Config",
      clusters: [
        {
          name: cluster,
          cluster: {
            server,
            "certificate-authority-data": base64(authority),
            ...(isNamed ? {} : { "tls-server-name": "localhost" }),
          },
        },
      ],
      users: [
        {
          name: owner,
          user:
            "token" in credentials
              ? { token: credentials.token }
              : {
                  "client-certificate-data": base64(credentials.certificate),
                  "client-key-data": base64(credentials.privateKey),
                },
        },
      ],
      contexts: [{ name: context, context: { cluster, user: owner, namespace } }],
      "current-context": context,
    },
    { lineWidth: 0 },
  );
}

const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** What is wrong with the URL of a server, as the end of a sentence; null: nothing. */
export function wrongWithServer(text: string): string | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol !== "https:") return "must be a URL such as https://127.0.0.1:7443";
  const isBare = url.pathname === "/" && url.search === "" && url.hash === "" && url.username === "";
  return isBare ? null : "must be https://HOST:PORT and no more";
}
