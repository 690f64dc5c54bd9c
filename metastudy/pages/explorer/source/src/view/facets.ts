// Counts of facets: each word under all other filters, so that a facet stays open to "or".

import { MISSING, type Dataset, type Row, type WordColumn } from "../data/dataset";

export interface Count {
  word: string;
  works: number;
  rows: number;
  chosen: boolean;
}

/** What a facet needs to say whether a row passes it. */
export interface Filter {
  column: WordColumn;
  wanted: ReadonlySet<number>;
  missing: boolean; // rows without a word pass
}

export function filtersOf(data: Dataset, facets: ReadonlyMap<string, readonly string[]>): Filter[] {
  return [...facets].flatMap(([name, words]) => {
    const column = data.words.get(name);
    if (!column) return [];
    const wanted = new Set(words.map((word) => column.words.indexOf(word)).filter((code) => code >= 0));
    return [{ column, wanted, missing: words.includes(MISSING) }];
  });
}

export function passes(filter: Filter, row: Row): boolean {
  const codes = filter.column.codes[row.place] ?? [];
  if (codes.length === 0) return filter.missing;
  return codes.some((code) => filter.wanted.has(code));
}

/** Rows that count in a facet: those that pass every filter but that of the facet itself. */
export function rowsUnderOthers(rows: readonly Row[], filters: readonly Filter[], name: string): Row[] {
  const others = filters.filter((filter) => filter.column.name !== name);
  return rows.filter((row) => others.every((filter) => passes(filter, row)));
}

/** Count works and rows of each word; words that are chosen stay in the list with no row. */
export function countWords(
  rows: readonly Row[], column: WordColumn, chosen: readonly string[], works: number,
): Count[] {
  const size = column.words.length + 1; // the last place counts rows without a word
  const counts = new Int32Array(size);
  const workCounts = new Int32Array(size);
  const seen = new Uint8Array(size * works);
  const add = (code: number, row: Row) => {
    counts[code]! += 1;
    const key = code * works + row.work;
    if (!seen[key]) workCounts[code]! += 1;
    seen[key] = 1;
  };
  for (const row of rows) {
    const codes = column.codes[row.place] ?? [];
    if (codes.length === 0) add(size - 1, row);
    else for (const code of codes) add(code, row);
  }
  const named = [...column.words, MISSING].map((word, code) => ({
    word, rows: counts[code] ?? 0, works: workCounts[code] ?? 0, chosen: chosen.includes(word),
  }));
  return named
    .filter((count, code) => code < size - 1 || count.rows > 0 || count.chosen)
    .sort((a, b) => Number(b.rows > 0) - Number(a.rows > 0) || (a.word < b.word ? -1 : 1));
}
