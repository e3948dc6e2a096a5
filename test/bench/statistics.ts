/** Medians and spreads, and how they are printed. */

export interface Sample {
  readonly contestant: string;
  readonly what: string;
  readonly unit: string;
  readonly value: number;
}

export interface Summary {
  readonly contestant: string;
  readonly what: string;
  readonly unit: string;
  readonly runs: number;
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function summarize(samples: readonly Sample[]): readonly Summary[] {
  const groups = new Map<string, Sample[]>();
  for (const sample of samples) {
    const key = `${sample.what}|${sample.contestant}`;
    groups.set(key, [...(groups.get(key) ?? []), sample]);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const values = group.map(({ value }) => value).sort((one, other) => one - other);
    const { contestant, what, unit } = first;
    return [
      {
        contestant,
        what,
        unit,
        runs: values.length,
        median: medianOf(values),
        min: values[0] ?? Number.NaN,
        max: values.at(-1) ?? Number.NaN,
      },
    ];
  });
}

/** Of sorted values. */
function medianOf(values: readonly number[]): number {
  const middle = Math.floor(values.length / 2);
  const upper = values[middle] ?? Number.NaN;
  return values.length % 2 === 1 ? upper : ((values[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** `612 ms (598 to 641)`. */
export function formatSummary({ median, min, max, unit }: Summary): string {
  const digits = unit === "ms" && median >= 10 ? 0 : 1;
  return `${median.toFixed(digits)} ${unit} (${min.toFixed(digits)} to ${max.toFixed(digits)})`;
}
