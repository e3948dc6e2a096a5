/** Columns of text, as kubectl prints them: two spaces apart, no lines, ages instead of dates. */

export function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? "").length)),
  );
  return [header, ...rows]
    .map((row) =>
      row
        .map((cell, column) => (column === header.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** `45s`, `12m`, `3h`, `9d`: the largest unit that is at least two, as kubectl rounds. */
export function formatAge(fromRfc3339: string, nowRfc3339: string): string {
  const seconds = Math.max(0, Math.floor((Date.parse(nowRfc3339) - Date.parse(fromRfc3339)) / 1000));
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours}h` : `${Math.floor(hours / 24)}d`;
}
