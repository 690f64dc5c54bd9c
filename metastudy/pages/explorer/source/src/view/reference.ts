// The reference temperatures of the shown rows in words.

import type { Row } from "../data/dataset";

/** Classes of the rows by their own reference temperature (degC), lowest first; of no row all classes. */
export function classesByReference(
  rows: readonly Row[], own: Readonly<Record<string, number>>,
): [number, string[]][] {
  const shown = new Set(rows.map(({ interfaceClass }) => interfaceClass));
  const known = Object.keys(own).sort();
  const present = known.filter((name) => shown.has(name));
  const found = new Map<number, string[]>();
  for (const name of present.length ? present : known) {
    const celsius = own[name] as number;
    found.set(celsius, [...(found.get(celsius) ?? []), name]);
  }
  return [...found].sort(([a], [b]) => a - b);
}

/** "at 60 °C"; "LE/SE and SE/SE at 25 °C, PE/SE at 60 °C" where the classes differ. */
export function referenceText(
  referenceC: number | null, rows: readonly Row[], own: Readonly<Record<string, number>>,
): string {
  if (referenceC !== null) return `at ${referenceC} °C`;
  const groups = classesByReference(rows, own);
  if (groups.length === 1) return `at ${groups[0]?.[0]} °C`;
  return groups.map(([celsius, names]) => `${names.join(" and ")} at ${celsius} °C`).join(", ");
}
