/** What may stand only once in a list. */
import { type Complaint, complain, type FieldPath, formatPath } from "./complaint.ts";

interface UniqueRule<Item> {
  readonly list: FieldPath;
  /** The field of an item that the complaint points at; empty: the item itself. */
  readonly field: FieldPath;
  /** What must differ; undefined where it is not known. */
  readonly identity: (item: Item) => string | undefined;
}

export function repeated<Item>(
  items: readonly (Item | undefined)[] | undefined,
  { list, field, identity }: UniqueRule<Item>,
): Complaint[] {
  const firsts = new Map<string, number>();
  return (items ?? []).flatMap((item, index) => {
    const name = item == null ? undefined : identity(item);
    if (name === undefined) return [];
    const first = firsts.get(name);
    if (first === undefined) {
      firsts.set(name, index);
      return [];
    }
    const here = [...list, index, ...field];
    const message = `${name} is in ${formatPath([...list, first])} already`;
    return [{ ...complain(here, message), isRepetition: true }];
  });
}
