// Which rows a filter of the Python package takes: the same rule as its select, so that the line
// that the page offers can be tested here before it is shown.

import { wordsOf, type Dataset, type Row } from "./dataset";

/** Words by column; a row holds one of them in every column. */
export type Asked = ReadonlyMap<string, readonly string[]>;

const PARTED = new Set(["family", "material", "system"]);
const LISTED = new Set(["treatments", "records", "left_out"]);

export function answers(data: Dataset, row: Row, asked: Asked): boolean {
  if (!row.observation) return false;
  for (const [column, words] of asked) {
    const folded = new Set(words.map((word) => word.toLowerCase()));
    const cell = wordsOf(data, column, row).join(" ");
    if (!partsOf(column, cell).some((part) => folded.has(part.toLowerCase()))) return false;
  }
  return true;
}

function partsOf(column: string, cell: string): string[] {
  if (cell === "") return [];
  if (PARTED.has(column)) return [cell, ...cell.split(" | ")];
  return LISTED.has(column) ? cell.split(" ") : [cell];
}
