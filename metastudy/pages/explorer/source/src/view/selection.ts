// The rows that are shown. One list, made here, is behind strip, table, counts, address and files.

import { numberOf, wordOf, type Dataset, type Reading, type Row } from "../data/dataset";
import { fold } from "../data/fold";
import { rowsMatching, type Match, type Search } from "../data/search";
import type { Readings } from "./readings";
import { filtersOf, passes, rowsUnderOthers, type Filter } from "./facets";
import type { View } from "./state";

// Facets that name printed rows without a resistance.
const STATE = "row_state";
const REASON = "left_out";
const NO_OBSERVATION = "no observation";

export interface Counts {
  values: number;
  bounds: number;
  works: number;
  still: number; // of the values and bounds, those that stay at their measured temperature
  unmoved: number; // observations without a value at the reference temperature
  others: number; // printed rows that became no observation
}

export interface Selection {
  rows: readonly Row[]; // shown, in the order of the table
  candidates: readonly Row[]; // pass search and switches
  visibleRows: readonly Row[]; // of these without printed rows that nobody asked for
  filters: readonly Filter[];
  matches: readonly Match[];
  readings: Readings;
  counts: Counts;
}

export function select(data: Dataset, search: Search, view: View, readings: Readings): Selection {
  const matches = search.matches(view.query);
  const found = rowsMatching(matches, data);
  const candidates = inOrder(data, view.sort, readings).filter((row) => switchedOn(row, view) && found(row));
  const filters = filtersOf(data, view.facets);
  const visibleRows = visible(candidates, view);
  const rows = visibleRows.filter((row) => filters.every((filter) => passes(filter, row)));
  return { rows, candidates, visibleRows, filters, matches, readings, counts: countsOf(rows, readings) };
}

/** Rows behind the counts of a facet. States and reasons also count rows without a resistance. */
export function rowsOfFacet(selection: Selection, column: string): readonly Row[] {
  const all = column === STATE || column === REASON;
  if (!all && !selection.filters.some((filter) => filter.column.name === column)) return selection.rows;
  return rowsUnderOthers(all ? selection.candidates : selection.visibleRows, selection.filters, column);
}

/** All rows in the order of a column. It is kept with the readings, as most changes of a view leave it. */
function inOrder(data: Dataset, sort: string, readings: Readings): readonly Row[] {
  const known = ORDERS.get(readings) ?? new Map<string, readonly Row[]>();
  ORDERS.set(readings, known);
  const rows = known.get(sort) ?? ordered(data.rows, sort, data, readings);
  known.set(sort, rows);
  return rows;
}

const ORDERS = new WeakMap<Readings, Map<string, readonly Row[]>>();

/** A printed row that became no observation is shown where its state or a reason is chosen. */
function visible(rows: readonly Row[], view: View): readonly Row[] {
  const asked = view.facets.has(REASON) || view.facets.get(STATE)?.includes(NO_OBSERVATION);
  return asked ? rows : rows.filter((row) => row.observation);
}

function switchedOn(row: Row, view: View): boolean {
  return (view.bounds || !row.bound) && (view.treated || !row.treated)
    && (view.secondary || !row.secondary) && (view.unidentified || !row.unidentified);
}

function countsOf(rows: readonly Row[], readings: Readings): Counts {
  const counts = { values: 0, bounds: 0, works: 0, still: 0, unmoved: 0, others: 0 };
  counts.works = new Set(rows.map((row) => row.work)).size;
  for (const row of rows) {
    const reading = readings.of(row);
    if (!row.observation) counts.others += 1;
    else if (!reading) counts.unmoved += 1;
    else if (Number.isNaN(reading.y)) counts.bounds += 1;
    else counts.values += 1;
    if (reading && readings.reason(row) !== "") counts.still += 1;
  }
  return counts;
}

/** Order rows by a column of the table; rows without the value come last.
 *
 * Without a column used rows come first, then those left out or not movable; each part by value.
 */
export function ordered(
  rows: readonly Row[], sort: string, data: Dataset, readings: Readings,
): readonly Row[] {
  const falling = sort.startsWith("-");
  const key = keyOf((falling ? sort.slice(1) : sort) || "value", data, readings);
  const part = sort === "" ? (row: Row) => Number(!isUsed(row, data, readings)) : () => 0;
  const keyed = rows.map((row) => ({ row, key: key(row), part: part(row) }));
  const sign = falling ? -1 : 1;
  return keyed.sort((a, b) => a.part - b.part || compared(a.key, b.key, sign) || a.row.place - b.row.place)
    .map(({ row }) => row);
}

function isUsed(row: Row, data: Dataset, readings: Readings): boolean {
  return wordOf(data, STATE, row) === "used" && readings.reason(row) === "";
}

type Key = number | string | null;

function keyOf(name: string, data: Dataset, readings: Readings): (row: Row) => Key {
  if (name === "value") return (row) => numberKey(placeOf(readings.of(row)));
  if (name === "printed") return (row) => numberKey(numberOf(data, "measured_log10", row));
  if (name === "temperature") return (row) => numberKey(numberOf(data, "temperature_c", row));
  if (name === "pair") return (row) => wordKey(row.pair);
  if (name === "work") return (row) => wordKey(data.works[row.work]?.name ?? "");
  const numbers = data.numbers.get(name);
  if (numbers) return (row) => numberKey(numbers.values[row.place] ?? Number.NaN);
  return (row) => wordKey(wordOf(data, name, row));
}

const numberKey = (value: number): Key => (Number.isNaN(value) ? null : value);
const wordKey = (word: string): Key => (word === "" ? null : fold(word));

function compared(a: Key, b: Key, sign: number): number {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  return a < b ? -sign : sign;
}

/** Where a reading is drawn and sorted: its value, or the known end of a bound. */
export function placeOf(reading: Reading | null): number {
  if (!reading) return Number.NaN;
  if (!Number.isNaN(reading.y)) return reading.y;
  return Number.isFinite(reading.hi) ? reading.hi : reading.lo;
}
