/** Whether two values say the same. Pure. */

/**
 * Deep equality of JSON values. The order of keys is no matter, and a key whose value is undefined is the same as no key:
 * a value that went through JSON compares equal to the one that did not.
 */
export function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (Array.isArray(one) || Array.isArray(other)) return isSameList(one, other);
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  const [left, right] = [defined(one), defined(other)];
  return left.size === right.size && [...left].every(([key, value]) => isSame(value, right.get(key)));
}

function isSameList(one: unknown, other: unknown): boolean {
  if (!Array.isArray(one) || !Array.isArray(other) || one.length !== other.length) return false;
  return one.every((item, index) => isSame(item, other[index]));
}

function defined(value: object): Map<string, unknown> {
  return new Map(Object.entries(value).filter(([, item]) => item !== undefined));
}
