/** The store when the power is lost at any instant: no process is there to be killed, and what was not flushed is gone. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { between, seededRandom } from "../simulation/random.ts";
import { type FileEvent, losePower } from "../support/power-loss.ts";
import { hear, keptOf, look, seedOf, WRITER } from "../support/store-kill.ts";
import { traceFiles } from "../support/strace.ts";

const WRITES = 60;
const LOSSES = 60;
/** So many of them before the first write is acknowledged: a new store is the most fragile. */
const EARLY_LOSSES = 20;
const NOTHING = { objects: {}, queue: [] };

let root = "";
before(() => {
  root = mkdtempSync(join(tmpdir(), "holdfast-power-"));
});
after(() => rmSync(root, { recursive: true }));

it(`a writer of ${WRITES} writes whose power is lost, ${LOSSES} times: what was acknowledged is there, and nothing by half`, async (t) => {
  const seed = seedOf();
  t.diagnostic(`HOLDFAST_SEED=${seed}`);
  const random = seededRandom(seed);
  const directory = join(root, "state");
  mkdirSync(directory);
  const events = traceFiles([WRITER, directory, String(seed), "1", String(WRITES)]);
  const first = events.findIndex((event) => event.type === "print" && event.text.includes("acknowledged"));
  const begin = events.findIndex((event) => event.type === "create" && event.path.startsWith(directory));
  let unheard = 0;
  for (let loss = 0; loss < LOSSES; loss++) {
    const cut = loss < EARLY_LOSSES ? between(random, begin, first) : between(random, first, events.length);
    const target = join(root, `loss-${loss}`);
    mkdirSync(target);
    losePower(events, { root: directory, target, cut, random });
    const heard = hear(printed(events.slice(0, cut)));
    const found = await look(target);
    const where = `seed ${seed}, loss ${loss}, at event ${cut} of ${events.length}`;
    unheard += keptOf(where, NOTHING, heard, found.view) - heard.acknowledgements.length;
    const told = Number(heard.acknowledgements.at(-1)?.version ?? 0);
    assert.ok(found.version >= told, `${where}: the version went back from ${told} to ${found.version}`);
    rmSync(target, { recursive: true });
  }
  t.diagnostic(
    `${events.length} events, power lost ${LOSSES} times; ${unheard} writes were there unacknowledged, and whole`,
  );
});

const printed = (events: readonly FileEvent[]): string =>
  events.map((event) => (event.type === "print" ? event.text : "")).join("");
