/**
 * As much of the protobuf wire format as a small message of texts takes. kubectl 1.32 and later sends its questions about itself so,
 * and does not ask again in JSON when that is refused.
 */

/** What stands before every message of Kubernetes: "k8s" and a zero byte. */
const MAGIC = [0x6b, 0x38, 0x73, 0x00] as const;
const VARINT_BYTES_MAX = 5;
const WIRE_VARINT = 0;
const WIRE_BYTES = 2;

/** The fields of a message that are texts, bytes or messages, by number; of one that is repeated the last. */
export type Fields = ReadonlyMap<number, Uint8Array>;

/** null: it is no such message. */
export function readFields(bytes: Uint8Array): Fields | null {
  const fields = new Map<number, Uint8Array>();
  for (let at = 0; at < bytes.length; ) {
    const tag = readVarint(bytes, at);
    if (tag === null) return null;
    const value = readVarint(bytes, tag.next);
    if (value === null) return null;
    at = value.next;
    switch (tag.value & 7) {
      case WIRE_VARINT:
        break;
      case WIRE_BYTES: {
        const end = at + value.value;
        if (end > bytes.length) return null;
        fields.set(tag.value >>> 3, bytes.subarray(at, end));
        at = end;
        break;
      }
      default:
        return null;
    }
  }
  return fields;
}

interface Varint {
  readonly value: number;
  /** Where what follows it begins. */
  readonly next: number;
}

function readVarint(bytes: Uint8Array, start: number): Varint | null {
  let value = 0;
  for (let count = 0; count < VARINT_BYTES_MAX; count++) {
    const byte = bytes[start + count];
    if (byte === undefined) return null;
    value += (byte & 0x7f) * 2 ** (7 * count);
    if (byte < 0x80) return { value, next: start + count + 1 };
  }
  return null;
}

export const textIn = (fields: Fields | null, number: number): string =>
  new TextDecoder().decode(fields?.get(number) ?? new Uint8Array());

export function messageIn(fields: Fields | null, number: number): Fields | null {
  const bytes = fields?.get(number);
  return bytes === undefined ? null : readFields(bytes);
}

export interface KubernetesMessage {
  readonly apiVersion: string;
  readonly kind: string;
  readonly fields: Fields;
}

/** The envelope `runtime.Unknown`, and the message in it. */
export function readKubernetesMessage(bytes: Uint8Array): KubernetesMessage | null {
  if (MAGIC.some((byte, index) => bytes[index] !== byte)) return null;
  const envelope = readFields(bytes.subarray(MAGIC.length));
  const type = messageIn(envelope, 1);
  const fields = messageIn(envelope, 2);
  if (type === null || fields === null) return null;
  return { apiVersion: textIn(type, 1), kind: textIn(type, 2), fields };
}
