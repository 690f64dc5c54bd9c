// From the payload to the data of the page.

import { fold } from "./fold";
import { cellOf, textOf, type ColumnData, type ColumnInfo, type Payload } from "./payload";
import { lawsOf } from "./temperature";
import type { Dataset, NumberColumn, Row, Term, Work, WordColumn } from "./dataset";

export const PAIR = "pair";
const NO_WORDS: readonly number[] = [];

export function decode(payload: Payload): Dataset {
  const words = new Map<string, WordColumn>();
  const numbers = new Map<string, NumberColumn>();
  const count = payload.rows.rows;
  for (const info of payload.columns) {
    const data = payload.rows.columns[info.name];
    if (!data) continue;
    if (info.kind === "number") numbers.set(info.name, numberColumn(info, data, count));
    else words.set(info.name, wordColumn(info, data, count));
  }
  const works = payload.works.map(workOf);
  const rows = rowsOf(payload, works);
  words.set(PAIR, pairColumn(rows));
  return {
    dataVersion: payload.versions.data ?? "without version",
    codeVersion: payload.versions.metastudy,
    rows, words, numbers, works,
    workNames: new Map(works.map((work) => [work.id, work.name])),
    terms: termsOf(payload, words),
    meanings: meaningsOf(payload),
    byId: idsOf(rows, payload),
  };
}

function numberColumn({ name, label, unit }: ColumnInfo, data: ColumnData, count: number): NumberColumn {
  const values = new Float64Array(count).fill(Number.NaN);
  if ("values" in data) data.values.forEach((value, at) => { if (typeof value === "number") values[at] = value; });
  return { name, label, unit, values };
}

function wordColumn({ name, label }: ColumnInfo, data: ColumnData, count: number): WordColumn {
  if ("values" in data) return flagColumn(name, label, data.values);
  const single = data.words.map((_, code): readonly number[] => [code]);
  const codes = Array.from({ length: count }, (_, at) => {
    const code = data.codes[at];
    return Array.isArray(code) ? code : (single[code ?? -1] ?? NO_WORDS);
  });
  return { name, label, words: data.words, codes };
}

function flagColumn(name: string, label: string, values: readonly unknown[]): WordColumn {
  const [no, yes] = [[0], [1]];
  const codes = values.map((value) => (typeof value === "boolean" ? (value ? yes : no) : NO_WORDS));
  return { name, label, words: ["false", "true"], codes };
}

function workOf(work: Payload["works"][number]): Work {
  return {
    id: work.study_id, name: work.name, title: work.title ?? "", doi: work.doi ?? "",
    authors: work.authors ?? "", anchor: work.anchor, bibtex: work.bibtex, csl: work.csl,
    status: work.status ?? "",
  };
}

function rowsOf(payload: Payload, works: readonly Work[]): Row[] {
  const { columns } = payload.rows;
  const text = (name: string, at: number) => String(cellOf(columns[name], at) ?? "");
  const laws = lawsOf(payload.laws, payload.observations);
  const workPlaces = new Map(works.map((work, place) => [work.id, place]));
  const unidentified = new Set(payload.works.filter(({ kind }) => kind === "unidentified").map((work) => work.study_id));
  const rows = Array.from({ length: payload.rows.rows }, (_, at): Row => {
    const observation = at < payload.observations;
    const [solid, partner] = [text("solid_electrolyte", at), text("partner", at)];
    return {
      place: at,
      id: text("row_id", at),
      observation,
      work: workPlaces.get(text("study_id", at)) ?? 0,
      interfaceClass: text("interface_class", at),
      pair: solid && partner ? `${solid} | ${partner}` : "",
      law: laws[at] ?? null,
      reference: -1,
      treated: text("arm", at) === "treated",
      secondary: text("read", at) === "secondary",
      unidentified: unidentified.has(text("study_id", at)),
      bound: observation && text("censoring", at) !== "exact",
    };
  });
  return joined(rows, payload);
}

/** Join each treated arm to its untreated one, by the preparation that the work compares with. */
function joined(rows: Row[], payload: Payload): Row[] {
  const { records, rows: table } = payload;
  const compared = new Map<string, string>(); // preparation of the reference by that of the arm
  for (let at = 0; at < records.rows; at++) {
    const own = cellOf(records.columns.preparation_id, at);
    const other = cellOf(records.columns.reference_preparation_id, at);
    if (own !== null && other !== null && own !== other) compared.set(String(own), String(other));
  }
  const likeness = ["cell_id", "partner", "salt", "state_id", "state_kind", "component"];
  const cell = (name: string, row: Row) => cellOf(table.columns[name], row.place);
  const byPreparation = new Map<unknown, Row[]>();
  for (const row of rows) {
    if (!row.observation) continue;
    const key = cell("preparation_id", row);
    byPreparation.set(key, [...(byPreparation.get(key) ?? []), row]);
  }
  return rows.map((row) => {
    if (!row.treated || !row.observation) return row;
    const others = byPreparation.get(compared.get(String(cell("preparation_id", row)))) ?? [];
    const alike = (other: Row) => likeness.filter((name) => cell(name, other) === cell(name, row)).length;
    const best = [...others].sort((a, b) => alike(b) - alike(a))[0];
    return best ? { ...row, reference: best.place } : row;
  });
}

function pairColumn(rows: readonly Row[]): WordColumn {
  const words = [...new Set(rows.map(({ pair }) => pair))].filter(Boolean).sort();
  const codes = new Map(words.map((word, code) => [word, [code]]));
  return { name: PAIR, label: "pair", words, codes: rows.map(({ pair }) => codes.get(pair) ?? NO_WORDS) };
}

function termsOf(payload: Payload, words: ReadonlyMap<string, WordColumn>): Map<string, Term[]> {
  const found = new Map<string, Term[]>();
  const present = new Map([...words].map(([name, column]) => [name, new Set(column.words)]));
  const preparedWith = preparationsBySubstance(payload, present.get("preparation_id") ?? new Set());
  const add = (typed: string, column: string, code: string) => {
    const key = fold(typed);
    const terms = found.get(key) ?? [];
    if (!terms.some((term) => term.column === column && term.code === code)) terms.push({ column, code });
    found.set(key, terms);
  };
  for (const { term, word, columns } of payload.terms) {
    for (const column of columns) if (present.get(column)?.has(word)) add(term, column, word);
    if (!found.has(fold(term))) found.set(fold(term), []); // known, without a row
  }
  for (const { term, word } of payload.terms) {
    if (found.get(fold(term))?.length === 0) for (const code of preparedWith(word)) add(term, "preparation_id", code);
  }
  for (const column of ["solid_words", "partner_words", "salt", "treatments"]) {
    for (const word of present.get(column) ?? []) add(word, column, word);
  }
  return found;
}

/** Preparations in which a substance is used, for substances that are no side of a pair. */
function preparationsBySubstance(payload: Payload, known: ReadonlySet<string>): (word: string) => Iterable<string> {
  const found = new Map<string, Set<string>>();
  for (const [table, column] of [[payload.preparations, "word"], [payload.surface_steps, "medium"]] as const) {
    for (let at = 0; at < table.rows; at++) {
      const [word, preparation] = [textOf(table, column, at), textOf(table, "preparation_id", at)];
      if (word === "" || !known.has(preparation)) continue;
      found.set(word, (found.get(word) ?? new Set()).add(preparation));
    }
  }
  return (word) => found.get(word) ?? [];
}

function meaningsOf(payload: Payload): Map<string, string> {
  const found = new Map<string, string>();
  for (const { name, vocabularies } of payload.columns) {
    for (const vocabulary of vocabularies) {
      for (const [word, sentence] of Object.entries(payload.meanings[vocabulary] ?? {})) {
        found.set(`${name}\t${word}`, sentence);
      }
    }
  }
  return found;
}

function idsOf(rows: readonly Row[], payload: Payload): Map<string, Row> {
  const found = new Map<string, Row>();
  for (const row of rows) {
    const records = cellOf(payload.rows.columns.records, row.place);
    for (const record of String(records ?? "").split(" ")) if (!found.has(record)) found.set(record, row);
  }
  for (const row of rows) found.set(row.id, row);
  return found;
}
