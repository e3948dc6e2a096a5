/**
 * Prepares a fresh Debian machine that has only Node.js: installs the Debian packages and npm packages that are missing,
 * builds, and says what it does. Quick and silent when nothing is missing. Needs nothing but Node.js itself, since it
 * runs before any npm package is there.
 *
 * Usage: node scripts/setup.mjs demo|test
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const NODE_MINIMUM = [20, 19];
const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** What each goal needs, by Debian package: a command (or its path) that shows that it is there, however it came. */
const PACKAGES = {
  demo: {
    nginx: "nginx",
    iproute2: "ip",
    "util-linux": "nsenter",
    procps: "pkill",
    curl: "curl",
    "python3-aiosmtpd": null,
  },
  test: {
    keepalived: "keepalived",
    "etcd-server": "etcd",
    frr: "/usr/lib/frr/vrrpd",
    tcpdump: "tcpdump",
    tshark: "tshark",
    "iputils-arping": "arping",
    "iputils-ping": "ping",
    nftables: "nft",
    git: "git",
    openssl: "openssl",
    strace: "strace",
    // Old in Debian 12 (1.20); whichever is there already will do.
    "kubernetes-client": "kubectl",
  },
};
const COMMAND_DIRECTORIES = ["/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/sbin", "/usr/local/bin"];

const goal = process.argv[2];
if (goal !== "demo" && goal !== "test") fail("usage: node scripts/setup.mjs demo|test", 2);

requireNode();
requireLinuxRoot();
const npmIsCurrent = npmStamp() === readStamp("node_modules/.holdfast-stamp");
installDebianPackages({
  ...PACKAGES.demo,
  ...(goal === "test" ? PACKAGES.test : {}),
});
if (!npmIsCurrent) installNpmPackages();
if (sourcesAreNewer()) build();

function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const [wantMajor = 0, wantMinor = 0] = NODE_MINIMUM;
  if (major < wantMajor || (major === wantMajor && minor < wantMinor)) {
    fail(`Holdfast needs Node.js ${NODE_MINIMUM.join(".")} or newer; this is ${process.versions.node}.`);
  }
}

function requireLinuxRoot() {
  if (process.platform !== "linux") fail(`Holdfast runs on Linux; this is ${process.platform}.`);
  if (process.getuid?.() !== 0) {
    fail(
      "The lab builds network namespaces, which takes root. Run the same command as root, e.g. with sudo.\n" +
        `It needs these Debian packages: ${Object.keys({ ...PACKAGES.demo, ...PACKAGES.test }).join(" ")}`,
    );
  }
}

function installDebianPackages(wanted) {
  const missing = Object.entries(wanted)
    .filter(([name, command]) => !isInstalled(name, command))
    .map(([name]) => name);
  if (missing.length === 0) return;
  if (!hasCommand("apt-get")) {
    fail(`These programs are missing and this machine has no apt-get to install them: ${missing.join(" ")}`);
  }
  say(`Installing Debian packages: ${missing.join(" ")}`);
  withoutStartingServices(() => {
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    const install = ["install", "-y", "-q", "--no-install-recommends", ...missing];
    // The package lists of a fresh machine may be empty or old; asking for them costs seconds, so only on demand.
    if (run("apt-get", install, { env, quiet: true }) === 0) return;
    if (run("apt-get", ["update", "-q"], { env, quiet: true }) !== 0)
      fail("apt-get update failed; see above.");
    if (run("apt-get", install, { env }) !== 0) {
      fail(`apt-get could not install: ${missing.join(" ")}. Install them by hand and run this again.`);
    }
  });
}

/**
 * Debian starts a service as soon as its package is installed, and nginx would take port 80 of this machine. The lab
 * needs the programs alone, so starting is forbidden for the time of the installation (Debian policy 9.3.3.1).
 */
function withoutStartingServices(install) {
  const policy = "/usr/sbin/policy-rc.d";
  const isOurs = !existsSync(policy);
  if (isOurs) writeFileSync(policy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    install();
  } finally {
    if (isOurs) rmSync(policy, { force: true });
  }
}

function isInstalled(name, command) {
  if (command !== null) return hasCommand(command);
  const query = spawnSync("dpkg-query", ["-W", "-f", "${db:Status-Abbrev}", name], { encoding: "utf8" });
  return query.status === 0 && query.stdout.startsWith("ii");
}

function hasCommand(command) {
  if (command.startsWith("/")) return existsSync(command);
  return COMMAND_DIRECTORIES.some((directory) => existsSync(join(directory, command)));
}

function installNpmPackages() {
  say("Installing npm packages");
  if (run("npm", ["ci", "--no-audit", "--no-fund"], { quiet: true }) !== 0) fail("npm ci failed; see above.");
  writeFileSync(join(ROOT, "node_modules/.holdfast-stamp"), npmStamp());
}

/** The lock file and the Node.js that native packages were built for. */
function npmStamp() {
  return `${process.versions.modules}\n${readFileSync(join(ROOT, "package-lock.json"), "utf8")}`;
}

function readStamp(path) {
  return existsSync(join(ROOT, path)) ? readFileSync(join(ROOT, path), "utf8") : null;
}

function build() {
  say("Building");
  if (run("npm", ["run", "--silent", "build"], {}) !== 0) fail("The build failed; see above.");
  writeFileSync(join(ROOT, "dist/.holdfast-stamp"), "");
}

function sourcesAreNewer() {
  const stamp = join(ROOT, "dist/.holdfast-stamp");
  if (!existsSync(stamp)) return true;
  const built = statSync(stamp).mtimeMs;
  const sources = ["controller", "test", "scripts"].flatMap((directory) =>
    readdirSync(join(ROOT, directory), { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts"))
      .map((path) => join(ROOT, directory, path)),
  );
  return [...sources, join(ROOT, "tsconfig.json"), join(ROOT, "package-lock.json")].some(
    (path) => statSync(path).mtimeMs > built,
  );
}

/** Runs a command; with `quiet` its output is shown only when it fails. Returns the exit status. */
function run(command, args, { env = process.env, quiet = false }) {
  const result = spawnSync(command, args, {
    cwd: ROOT,
    env,
    encoding: "utf8",
    stdio: ["ignore", quiet ? "pipe" : "inherit", quiet ? "pipe" : "inherit"],
    maxBuffer: 64 * 1024 * 1024,
  });
  if (quiet && result.status !== 0) process.stderr.write(`${result.stdout}${result.stderr}`);
  return result.status ?? 1;
}

function say(text) {
  process.stdout.write(`${text}\n`);
}

function fail(text, status = 1) {
  process.stderr.write(`${text}\n`);
  process.exit(status);
}
