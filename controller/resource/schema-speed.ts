/** How zod goes about the schemas. */
import * as z from "zod";

/**
 * zod writes a program for each mapping that it checks, and has V8 compile it; that pays off after hundreds of manifests.
 * For a process that reads a few and ends, to be called before the modules that build schemas are loaded.
 */
export function doNotCompileSchemas(): void {
  z.config({ jitless: true });
}
