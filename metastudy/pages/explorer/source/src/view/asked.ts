// The view in the words of a filter of the Python package, as far as it has such words. Whether they
// give the shown rows is tested by the lines; where they do not, the lines name the rows.

import { wordsOf, type Dataset, type Row } from "../data/dataset";
import type { Asked } from "../data/pairs";
import type { Match } from "../data/search";
import { MISSING } from "../data/dataset";
import type { View } from "./state";

const SIDES: Readonly<Record<string, string>> = { solid_words: "solid_electrolyte", partner_words: "partner" };
const STATES: Readonly<Record<string, string>> = { used: "true", "left out": "false" };

export function askedOf(view: View, matches: readonly Match[], data: Dataset): Asked {
  const asked = new Map<string, readonly string[]>();
  const narrow = (column: string, words: readonly string[]) => {
    const known = asked.get(column);
    asked.set(column, known ? known.filter((word) => words.includes(word)) : words);
  };
  for (const match of matches) for (const [column, words] of wordsOfMatch(match, data)) narrow(column, words);
  for (const [column, words] of view.facets) {
    if (column === "row_state") narrow("headline", words.map((word) => STATES[word] ?? word));
    else if (column === "pair") for (const [side, names] of sidesOf(words)) narrow(side, names);
    else narrow(column, words.filter((word) => word !== MISSING));
  }
  if (!view.bounds) narrow("censoring", ["exact"]);
  if (!view.treated) narrow("arm", ["reference"]);
  if (!view.secondary) narrow("read", others(data, "read", (row) => !row.secondary));
  if (!view.unidentified) narrow("study_id", others(data, "study_id", (row) => !row.unidentified));
  return asked;
}

function others(data: Dataset, column: string, keeps: (row: Row) => boolean): string[] {
  const rows = data.rows.filter((row) => row.observation && keeps(row));
  return [...new Set(rows.flatMap((row) => wordsOf(data, column, row)))].sort();
}

/** Words of columns of the observations; those of the sides of a pair become whole cells. */
function wordsOfMatch(match: Match, data: Dataset): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { column, code } of match.found) {
    const side = SIDES[column];
    const cells = side ? cellsWith(data, column, code, side) : [code];
    const name = side ?? column;
    if (cells.length) found.set(name, [...new Set([...(found.get(name) ?? []), ...cells])]);
  }
  return found;
}

function cellsWith(data: Dataset, column: string, code: string, side: string): string[] {
  const rows = data.rows.filter((row) => row.observation && wordsOf(data, column, row).includes(code));
  return [...new Set(rows.flatMap((row) => wordsOf(data, side, row)))].sort();
}

function sidesOf(pairs: readonly string[]): [string, string[]][] {
  const [solids, partners] = [0, 1].map((side) => [...new Set(pairs.map((pair) => pair.split(" | ")[side] ?? ""))]);
  return [["solid_electrolyte", solids ?? []], ["partner", partners ?? []]];
}
