// The shown rows as files, from the one list that the page shows.

import { numberOf, wordOf, type Dataset, type Row } from "../data/dataset";
import type { ColumnInfo, Payload } from "../data/payload";
import { toCsv, toJson, type Cell, type FileColumn } from "../data/tables";
import type { Readings } from "./readings";

export type Format = "csv" | "json" | "bibtex" | "csl";

export const FORMATS: Readonly<Record<Format, { name: string; ending: string; type: string }>> = {
  csv: { name: "CSV", ending: ".csv", type: "text/csv" },
  json: { name: "JSON", ending: ".json", type: "application/json" },
  bibtex: { name: "BibTeX", ending: ".bib", type: "application/x-bibtex" },
  csl: { name: "CSL", ending: ".csl.json", type: "application/json" },
};

/** Rows that are observations at the reference temperature: those of `metastudy table`. */
export function exported(rows: readonly Row[], readings: Readings): Row[] {
  return rows.filter((row) => readings.moved(row)).sort((a, b) => a.place - b.place);
}

export function fileOf(format: Format, rows: readonly Row[], data: Dataset, payload: Payload): string {
  if (format === "bibtex") return worksOf(rows, data).map(({ bibtex }) => bibtex.trim()).join("\n\n") + "\n";
  if (format === "csl") return `${JSON.stringify(worksOf(rows, data).map(({ csl }) => csl), null, 1)}\n`;
  const columns = columnsOf(payload);
  const cells = rows.map((row) => columns.map((column) => cellOf(data, column, row)));
  return format === "csv" ? toCsv(columns, cells) : toJson(columns, cells);
}

function columnsOf(payload: Payload): FileColumn[] {
  const infos = new Map(payload.columns.map((info) => [info.name, info]));
  return payload.export.map((name) => {
    const info = infos.get(name);
    return { name, kind: kindOf(info), unit: info?.unit ?? "" };
  });
}

function kindOf(info: ColumnInfo | undefined): string {
  return info?.kind === "number" || info?.kind === "flag" ? info.kind : "text";
}

function cellOf(data: Dataset, { name, kind }: FileColumn, row: Row): Cell {
  if (kind === "number") {
    const value = numberOf(data, name, row);
    return Number.isNaN(value) ? null : value;
  }
  const text = wordOf(data, name, row);
  if (text === "") return null;
  return kind === "flag" ? text === "true" : text;
}

function worksOf(rows: readonly Row[], data: Dataset) {
  const places = [...new Set(rows.map((row) => row.work))].sort((a, b) => a - b);
  return places.flatMap((place) => data.works[place] ?? []);
}
