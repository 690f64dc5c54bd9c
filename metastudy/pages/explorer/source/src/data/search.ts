// Search: words of the vocabulary first, then words that begin so, then words nearly so. A known
// code is never forgiven a letter: LATP and LAGP are one letter apart.

import MiniSearch from "minisearch";
import type { Dataset, Row, Term } from "./dataset";
import { fold } from "./fold";

const LEAST_PREFIX = 3;
const LEAST_FUZZY = 6;
const FUZZINESS = 0.2; // of the length of the term
const LONGEST_PHRASE = 5;
export const WORK = "study_id";

/** Columns of a pair: a code of one of them also names its variants (LLZO: LLZO_Ta, LLZO_Al). */
const VARIANTS = new Set(["solid_words", "partner_words"]);

export interface Match {
  typed: string;
  found: readonly Term[]; // none: nothing has this name
  how: "name" | "beginning" | "near";
}

interface Entry extends Term {
  id: number;
  text: string;
}

export interface Search {
  matches(query: string): Match[];
}

export function makeSearch(data: Dataset): Search {
  const entries = entriesOf(data);
  const index = new MiniSearch<Entry>({ fields: ["text"], idField: "id", tokenize, processTerm: fold });
  index.addAll(entries);
  const codes = new Set(data.terms.keys());
  return { matches: (query) => matchesOf(query, data, index, entries, codes) };
}

function tokenize(text: string): string[] {
  return text.split(/[\s|/,;:()[\]{}"]+/).map((word) => word.replace(/[.!?]+$/, "")).filter(Boolean);
}

function entriesOf(data: Dataset): Entry[] {
  const entries: Entry[] = [];
  const add = (column: string, code: string, text: string) =>
    entries.push({ id: entries.length, column, code, text });
  for (const work of data.works) {
    add(WORK, work.id, [work.id.replaceAll("_", " "), work.authors, work.title, work.name].join(" "));
  }
  for (const [key, meaning] of data.meanings) {
    const [column = "", code = ""] = key.split("\t");
    add(column, code, `${code.replaceAll("_", " ")} ${meaning}`);
  }
  return entries;
}

function matchesOf(
  query: string, data: Dataset, index: MiniSearch<Entry>, entries: Entry[], codes: ReadonlySet<string>,
): Match[] {
  const doi = doiOf(query);
  if (doi) return [{ typed: query.trim(), found: worksOf(data, doi), how: "name" }];
  const tokens = query.split(/[\s|/,;]+/).filter(Boolean);
  const matches: Match[] = [];
  for (let at = 0; at < tokens.length; ) {
    const [length, named] = longestName(tokens, at, data);
    const typed = tokens.slice(at, at + length).join(" ");
    matches.push(named ?? looseMatch(typed, index, entries, codes));
    at += length;
  }
  return matches.filter((match) => match.typed.length > 1 || match.found.length > 0);
}

function doiOf(query: string): string | null {
  return /\b10\.\d{4,}\/\S+/.exec(query.toLowerCase())?.[0] ?? null;
}

function worksOf(data: Dataset, doi: string): Term[] {
  const found = data.works.filter((work) => work.doi !== "" && work.doi.toLowerCase().startsWith(doi));
  return found.map((work) => ({ column: WORK, code: work.id }));
}

function longestName(tokens: string[], at: number, data: Dataset): [number, Match | null] {
  for (let length = Math.min(LONGEST_PHRASE, tokens.length - at); length > 0; length--) {
    const typed = tokens.slice(at, at + length).join(" ");
    const found = data.terms.get(fold(typed));
    if (found) return [length, { typed, found: withVariants(found, data), how: "name" }];
  }
  return [1, null];
}

function withVariants(found: readonly Term[], data: Dataset): Term[] {
  const more = found.flatMap(({ column, code }) =>
    VARIANTS.has(column)
      ? (data.words.get(column)?.words ?? [])
          .filter((word) => word.startsWith(`${code}_`))
          .map((word) => ({ column, code: word }))
      : [],
  );
  return [...found, ...more];
}

function looseMatch(
  typed: string, index: MiniSearch<Entry>, entries: Entry[], codes: ReadonlySet<string>,
): Match {
  const begins = index.search(typed, { prefix: (term) => term.length >= LEAST_PREFIX, combineWith: "AND" });
  if (begins.length) return { typed, found: begins.map((hit) => termOf(entries[hit.id])), how: "beginning" };
  const near = index.search(typed, {
    fuzzy: (term) => (term.length >= LEAST_FUZZY ? FUZZINESS : false),
    prefix: false,
    combineWith: "AND",
  });
  const kept = near.filter((hit) => hit.terms.every((term) => !codes.has(term) || /^[a-z]+$/.test(term) && term.length > 7));
  return { typed, found: kept.map((hit) => termOf(entries[hit.id])), how: "near" };
}

function termOf(entry: Entry | undefined): Term {
  return { column: entry?.column ?? "", code: entry?.code ?? "" };
}

/** Rows that hold a term of every match, one flag a row. */
export function rowsMatching(matches: readonly Match[], data: Dataset): (row: Row) => boolean {
  const needed = matches.map((match) => wantedCodes(match, data));
  return (row) => needed.every((columns) => columns.some(([codes, wanted]) =>
    (codes[row.place] ?? []).some((code) => wanted.has(code))));
}

type Wanted = [readonly (readonly number[])[], ReadonlySet<number>];

function wantedCodes(match: Match, data: Dataset): Wanted[] {
  const byColumn = new Map<string, Set<number>>();
  for (const { column, code } of match.found) {
    const place = data.words.get(column)?.words.indexOf(code) ?? -1;
    if (place < 0) continue;
    byColumn.set(column, (byColumn.get(column) ?? new Set()).add(place));
  }
  return [...byColumn].map(([column, wanted]) => [data.words.get(column)?.codes ?? [], wanted]);
}
