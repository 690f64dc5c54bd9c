// The data of the page in the form that the page works with.

import type { Law } from "./temperature";

export interface WordColumn {
  name: string;
  label: string;
  words: readonly string[];
  codes: readonly (readonly number[])[]; // places in words, by row; empty where missing
}

export interface NumberColumn {
  name: string;
  label: string;
  unit: string;
  values: Float64Array; // by row; NaN where missing
}

/** A value or bound: y is NaN for a bound, lo is -Infinity and hi Infinity where open. */
export interface Reading {
  y: number; // log10(ohm cm2)
  lo: number;
  hi: number;
}

/** What of a row does not hang on the reference temperature. */
export interface Row {
  place: number; // in Dataset.rows
  id: string; // observation, or record where the printed row became none
  observation: boolean;
  work: number; // in Dataset.works
  interfaceClass: string;
  pair: string;
  law: Law | null; // null: the row is no observation
  reference: number; // row of its untreated arm, -1 for none
  treated: boolean;
  secondary: boolean;
  unidentified: boolean;
  bound: boolean;
}

export interface Work {
  id: string;
  name: string; // author and year
  title: string;
  doi: string;
  authors: string;
  anchor: string;
  bibtex: string;
  csl: unknown;
  status: string;
}

/** A word of a column that a typed word names. */
export interface Term {
  column: string;
  code: string;
}

export interface Dataset {
  dataVersion: string;
  codeVersion: string;
  rows: readonly Row[];
  words: ReadonlyMap<string, WordColumn>;
  numbers: ReadonlyMap<string, NumberColumn>;
  works: readonly Work[];
  workNames: ReadonlyMap<string, string>; // by id
  terms: ReadonlyMap<string, readonly Term[]>; // by the folded spelling
  meanings: ReadonlyMap<string, string>; // sentence by column and word, joined by a tab
  byId: ReadonlyMap<string, Row>; // by observation and by record
}

export const MISSING = "";

export function wordsOf(data: Dataset, column: string, row: Row): string[] {
  const found = data.words.get(column);
  return (found?.codes[row.place] ?? []).map((code) => found?.words[code] ?? MISSING);
}

export function wordOf(data: Dataset, column: string, row: Row): string {
  return wordsOf(data, column, row).join(" ");
}

export function numberOf(data: Dataset, column: string, row: Row): number {
  return data.numbers.get(column)?.values[row.place] ?? Number.NaN;
}

export function meaningOf(data: Dataset, column: string, word: string): string {
  return data.meanings.get(`${column}\t${word}`) ?? "";
}

// Columns in which no word means that there is none, not that the source does not say it.
const NONE_WHERE_MISSING = new Set(["treatments", "left_out"]);

/** A word for a reader; `column` says what a missing one means. */
export function shownWord(word: string, column = ""): string {
  if (word === MISSING) return NONE_WHERE_MISSING.has(column) ? "none" : "not stated";
  return /^[a-z]/.test(word) ? word.replaceAll("_", " ") : word; // LLZO_Ta is a name
}
