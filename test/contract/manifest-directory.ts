/** What every ManifestDirectory promises. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ManifestDirectory } from "../../controller/port/manifest-files.ts";
import { deadline } from "../support/deadline.ts";

/** An empty directory when each case begins. */
export interface DirectoryHost {
  readonly directory: ManifestDirectory;
  write(path: string, text: string): void;
  remove(path: string): void;
  vanish(): void;
  /** With what was in it. */
  comeBack(): void;
}

export function manifestDirectoryContract(what: string, open: () => DirectoryHost): void {
  describe(`manifest directory: ${what}`, () => {
    it("files are read with their text, sorted by path", async () => {
      const host = open();
      host.write("web.yaml", "b");
      host.write("berlin/web.yaml", "a");
      const listing = await host.directory.read();
      assert.deepEqual(listing, {
        available: true,
        files: [
          { path: "berlin/web.yaml", text: "a" },
          { path: "web.yaml", text: "b" },
        ],
        unreadable: [],
      });
    });

    it("a directory that is not there is out of sight, which is not the same as empty", async () => {
      const host = open();
      assert.deepEqual(await host.directory.read(), { available: true, files: [], unreadable: [] });
      host.vanish();
      assert.equal((await host.directory.read()).available, false);
    });

    it("addition, change, removal, vanishing and return are each told of", async () => {
      const host = open();
      await using follower = await follow(host.directory);
      host.write("web.yaml", "1");
      await follower.sees("web.yaml=1");
      host.write("web.yaml", "2");
      await follower.sees("web.yaml=2");
      host.vanish();
      await follower.sees("unavailable");
      host.comeBack();
      await follower.sees("web.yaml=2");
      host.remove("web.yaml");
      await follower.sees("");
    });

    it("whoever no longer listens is not told", async () => {
      const host = open();
      let told = 0;
      host.directory.onChange(() => told++)[Symbol.dispose]();
      await using follower = await follow(host.directory);
      host.write("web.yaml", "1");
      await follower.sees("web.yaml=1");
      assert.equal(told, 0);
    });
  });
}

export interface DirectoryFollower extends AsyncDisposable {
  /** How often it was told. */
  readonly told: () => number;
  /** Resolves when a reading, made because the directory told so, has seen this: `PATH=TEXT PATH=TEXT`, or `PATH!MESSAGE`. */
  sees(expected: string | RegExp, withinMs?: number): Promise<void>;
}

/** Longer than a watch takes to be set up. What that itself would notice must not help the cases. */
const REST_MS = 250;

/** Does as an agent does that has been at rest: it has read once, and reads again only when it is told. */
export async function follow(directory: ManifestDirectory): Promise<DirectoryFollower> {
  let told = 0;
  let seen = "";
  let reading = Promise.resolve();
  const read = async (): Promise<void> => {
    seen = await describeListing(directory);
  };
  const subscription = directory.onChange(() => {
    told++;
    reading = reading.then(read);
  });
  await read();
  await new Promise((resolve) => setTimeout(resolve, REST_MS));
  return {
    told: () => told,
    sees: async (expected, withinMs = 5_000) => {
      const isSeen = (): boolean => (typeof expected === "string" ? seen === expected : expected.test(seen));
      try {
        await deadline(`"${expected}" is seen`, isSeen, withinMs);
      } catch (error) {
        throw new Error(`what is seen is "${seen}"`, { cause: error });
      }
    },
    [Symbol.asyncDispose]: async () => {
      subscription[Symbol.dispose]();
      await reading;
    },
  };
}

async function describeListing(directory: ManifestDirectory): Promise<string> {
  const listing = await directory.read();
  if (!listing.available) return "unavailable";
  return [
    ...listing.files.map(({ path, text }) => `${path}=${text}`),
    ...listing.unreadable.map(({ path, message }) => `${path}!${message}`),
  ].join(" ");
}
