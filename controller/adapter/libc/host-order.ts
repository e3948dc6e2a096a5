/** The kernel's structures hold integers in the order of this machine. */
import { endianness } from "node:os";

/** What a DataView wants to be told about it. */
export const LITTLE = endianness() === "LE";

export const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
