/**
 * The situations in which a VRRP speaker is judged here, and what is expected in each. A row is shown by tests whose titles
 * begin with its name (`F3: SIGTERM of the master, peer keepalived`; several: `E2, E3: ...`), wherever they live. What is
 * not shown, or only in part, says why. `npm run conformance` writes docs/conformance.md from this and the tests' results.
 */

export interface Lack {
  /** `not yet`: a feature is missing. `not here`: this kind of machine cannot show it. */
  readonly kind: "not yet" | "not here";
  readonly because: string;
}

export interface Row {
  readonly id: string;
  readonly situation: string;
  readonly expectation: string;
  /** null: the tests show all of it. */
  readonly lack: Lack | null;
}

export interface Chapter {
  readonly title: string;
  readonly rows: readonly Row[];
}

const row = (id: string, situation: string, expectation: string, lack: Lack | null = null): Row => ({
  id,
  situation,
  expectation,
  lack,
});
const notYet = (because: string): Lack => ({ kind: "not yet", because });
const notHere = (because: string): Lack => ({ kind: "not here", because });

const ELECTION: Chapter = {
  title: "Election and the wire",
  rows: [
    row(
      "E1",
      "two of ours, 200 against 100, version 3",
      "the higher wins within 3 intervals and its skew; one owner, looked at without a break; the loser sends nothing",
    ),
    row(
      "E2",
      "ours 200, keepalived 100, version 3 (checksum with pseudo-header)",
      "keepalived is backup; our advertisements are as in the golden vectors, byte for byte, TTL 255",
    ),
    row(
      "E3",
      "ours 200, keepalived 100, version 2 without authentication",
      "keepalived is backup; length 8 + 4n + 8; it takes over within its master-down interval after we stop",
    ),
    row("E4", "version 2 with a password of 10 characters on both sides", "accepted; both cut it to 8"),
    row(
      "E5",
      "ours 100, keepalived 200; then ours 250 with nopreempt",
      "we send nothing during 3 master-down intervals, in both phases",
    ),
    row(
      "E6",
      "equal priority, our address higher or lower",
      "one owner within 3 master-down intervals, no alternation; of two masters the higher address wins",
    ),
    row(
      "E7",
      "IPv6 virtual router (link-local and global address), peer keepalived",
      "source link-local, to ff02::12, hop limit 255, first address link-local; unsolicited NA with O=1, S=0, TLLA",
    ),
    row(
      "E8",
      "a peer that sends the checksum of RFC 9568 (message only)",
      "accepted, counted; the form that we send can be chosen",
    ),
    row(
      "E9",
      "VRID 255 and VRID 1; 255 addresses; 256 addresses",
      "accepted; 256 are rejected by validation, none is left out in silence",
    ),
  ],
};

const FAILOVER: Chapter = {
  title: "Failover",
  rows: [
    row(
      "F1",
      "the master's link is cut, version 2, 1 s, backup of priority 100",
      "the client's gap is at most 3.61 s + 50 ms",
    ),
    row(
      "F2",
      "the master's link is cut, version 3, 100, 30 and 10 ms",
      "at most 361, 108 and 36 ms, each + 15 ms",
    ),
    row(
      "F3",
      "SIGTERM of the master, peer keepalived",
      "the client's gap is at most 20 ms: make before break (keepalived alone: 612 ms)",
    ),
    row(
      "F4",
      "SIGTERM of the master, nobody follows",
      "the address is gone in bounded time; priority 0 is sent once",
    ),
    row(
      "F5",
      "SIGKILL of the speaker",
      "the address is gone from the dead node within the dead-man time; never two owners for longer (keepalived: for ever)",
    ),
    row(
      "F6",
      "SIGSTOP for 6 s, then CONT",
      "the lateness is noticed; listens before it speaks, or announces again; one owner within one advertisement; an alert",
    ),
    row(
      "F7",
      "a health check fails (nginx is dead) with nopreempt",
      "the address moves within detection and skew",
    ),
    row(
      "F8",
      "drain",
      "the backup owns the address, gap at most 20 ms; the node shows that it is drained, also after a restart",
    ),
    row(
      "F9",
      "the better node returns, with preempt, preemptDelay, nopreempt",
      "gap of 0 to 20 ms; not before the delay; never",
    ),
    row(
      "F10",
      "201 addresses",
      "each is announced within 200 ms of the takeover, no advertisement is late; pacing keeps its rate",
    ),
    row("F11", "the backup is killed", "the master is undisturbed: no lost probe"),
    row(
      "F12",
      "all nodes restart together",
      "one owner within one master-down interval of the best node, and it stays",
    ),
  ],
};

const CHANGES: Chapter = {
  title: "Changes of the configuration",
  rows: [
    row("R1", "the unchanged configuration is read again", "no lost probe, no announcement, no event"),
    row(
      "R2",
      "an address is added on one node only; peer keepalived 2.2.7, keepalived 2.3.3 or ours",
      "ours never drops for another list; the plan warns that a peer up to 2.3.2 will; still one owner between ours",
      notHere("keepalived 2.3.3, which takes other lists, is not in Debian 12"),
    ),
    row(
      "R3",
      "priority, interval, version, VRID and interface change live",
      "only what is needed happens; the documentation says what each field disturbs",
    ),
    row("R4", "an invalid manifest is applied", "rejected with file, line and path; what runs is untouched"),
    row("R5", "a VirtualIP is removed, also from a group", "the others keep their state: no lost probe"),
    row(
      "R6",
      "an address moves between two VirtualIPs in one apply",
      "works in one (keepalived needs two reloads)",
    ),
  ],
};

const WORLD: Chapter = {
  title: "The world around us",
  rows: [
    row(
      "X1",
      "somebody removes the address by hand",
      "back and announced within 50 ms, no election (keepalived: 418 ms and an election)",
    ),
    row(
      "X2",
      "somebody adds the address on a backup, or a crash left it there",
      "removed if it is marked as ours, and reported",
    ),
    row("X3", "the link flaps 20 to 30 times", "consistent in the end; nothing is left over"),
    row("X4", "the interface is deleted and made again, or renamed", "fault, then well again by itself"),
    row(
      "X5",
      "1,000 interfaces come and go; the kernel's news overflow",
      "looks again; memory is bounded; no false fault",
    ),
    row(
      "X6",
      "a firewall drops, or refuses, what we send",
      "reported, with a policy; announced again when it works",
      notYet("what a firewall on the peer's side swallows cannot be seen from here"),
    ),
    row(
      "X7",
      "a bond or switch swallows everything for 30 s after boot",
      "the hold at startup waits for carrier and the first packet, not for a timer alone",
    ),
  ],
};

const ABUSE: Chapter = {
  title: "Broken and hostile packets",
  rows: [
    row(
      "S1",
      "TTL 64, bad checksum, count 0, cut short, count 255 on 20 bytes, interval 0, type 2, version 4, our own source, IHL 6, padding",
      "each is rejected (IHL 6 and padding: accepted) with a counter of its own; the state is unchanged",
    ),
    row(
      "S2",
      "CARP on the wire (0x21; advskew 0 looks like priority 0)",
      "dropped by its length; not taken for a resignation",
    ),
    row(
      "S3",
      "a storm of forged priority 0 at the backup while the master is alive",
      "no change of ownership for longer than a round trip",
    ),
    row(
      "S4",
      "10,000 advertisements a second of other virtual routers",
      "ours stay on time; what was dropped is counted",
    ),
  ],
};

const COUPLING: Chapter = {
  title: "Groups and the link layer",
  rows: [
    row("G1", "two VirtualIPs in a group, one interface is lost", "both move"),
    row("G2", "a backup is asked for the virtual address (ARP, ND), also after its link flapped", "no reply"),
    row(
      "G3",
      "virtual MAC: an observer resolves the address on both owners",
      "00:00:5e:00:01:VRID both times; a backup sends no frame from it",
    ),
  ],
};

const UNICAST: Chapter = {
  title: "Unicast",
  rows: [
    row("U1", "a unicast pair, the peer's ARP entry has expired", "no false master"),
    row("U2", "a unicast advertisement of no peer", "dropped, counted"),
  ],
};

const OBSERVATION: Chapter = {
  title: "What is told",
  rows: [
    row("O1", "in every row above", "metrics and status agree with `ip addr` and with the wire"),
    row(
      "O2",
      "100 transitions a second, the reader has stopped",
      "in order; none is lost up to a bound; a loss is told",
    ),
  ],
};

export const CHAPTERS: readonly Chapter[] = [
  ELECTION,
  FAILOVER,
  CHANGES,
  WORLD,
  ABUSE,
  COUPLING,
  UNICAST,
  OBSERVATION,
];

export const ROWS: readonly Row[] = CHAPTERS.flatMap(({ rows }) => rows);
