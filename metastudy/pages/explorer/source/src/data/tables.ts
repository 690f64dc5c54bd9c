// Rows as CSV and JSON, as `metastudy table` writes them.

import { twelveDigits } from "./amount";

export type Cell = string | number | boolean | null;

export interface FileColumn {
  name: string;
  kind: string; // text, number, integer or flag
  unit: string;
}

const FORMULA = /^(?:[\s\0]*[=+\-@]|[\t\r])/;

/** CSV: numbers to twelve digits, missing cells empty, no text that a spreadsheet would compute. */
export function toCsv(columns: readonly FileColumn[], rows: readonly (readonly Cell[])[]): string {
  const lines = [columns.map(({ name }) => quoted(name)), ...rows.map((row) => row.map(
    (cell, place) => quoted(cellText(cell, columns[place]?.kind ?? "text"))))];
  return lines.map((cells) => `${cells.join(",")}\n`).join("");
}

export function toJson(columns: readonly FileColumn[], rows: readonly (readonly Cell[])[]): string {
  const units = Object.fromEntries(columns.filter(({ unit }) => unit).map(({ name, unit }) => [name, unit]));
  const observations = rows.map((row) => Object.fromEntries(
    columns.map(({ name }, place) => [name, row[place] ?? null])));
  return `${JSON.stringify({ units, observations }, null, 1)}\n`;
}

function cellText(cell: Cell, kind: string): string {
  if (cell === null) return "";
  if (typeof cell === "boolean") return cell ? "true" : "false";
  if (typeof cell === "number") return kind === "number" ? twelveDigits(cell) : String(cell);
  return FORMULA.test(cell) ? `'${cell}` : cell;
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
