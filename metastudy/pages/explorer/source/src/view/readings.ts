// Every row at the chosen reference temperature: its number, its variance, why it does not move.

import { numberOf, wordOf, type Dataset, type NumberColumn, type Reading, type Row, type WordColumn } from "../data/dataset";
import type { Payload } from "../data/payload";
import { moved, residualAt, varianceOf, type Moved } from "../data/temperature";
import { leftOutReasons } from "./left_out";
import type { Scale } from "./state";

export interface Readings {
  referenceC: number | null; // null: each class at its own
  /** What is shown of a row: null where it has no number. */
  of: (row: Row) => Reading | null;
  /** The row at the reference temperature; null where it is no observation there. */
  moved: (row: Row) => Moved | null;
  variance: (row: Row) => number; // dex squared
  /** Why a row is not moved to the reference temperature; empty where it is. */
  reason: (row: Row) => string;
}

export interface Frame {
  data: Dataset; // the cells at this temperature
  readings: Readings;
}

/** Rows at their own reference temperatures, or all at one (degC). */
export function frameAt(base: Dataset, payload: Payload, referenceC: number | null, scale: Scale): Frame {
  const places = base.rows.map((row) => movedRow(row, base, payload, referenceC));
  const data = referenceC === null ? base : changed(base, places, payload);
  return { data, readings: readingsOf(data, places, referenceC, scale) };
}

function movedRow(row: Row, base: Dataset, payload: Payload, referenceC: number | null): Moved | null {
  if (!row.law) return null;
  const at = referenceC ?? payload.references_c[row.interfaceClass] ?? Number.NaN;
  const own = referenceC === null ? payload.laws.residual_own_dex : undefined;
  const residual = own ?? residualAt(payload.laws, at);
  return moved(row.law, at, numberOf(base, "temperature_c", row), residual, payload.constants);
}

function readingsOf(
  data: Dataset, places: readonly (Moved | null)[], referenceC: number | null, scale: Scale,
): Readings {
  const column = (name: string) => data.numbers.get(name)?.values ?? new Float64Array(data.rows.length).fill(Number.NaN);
  const [y, lo, hi, measured, v] = ["y", "lo", "hi", "measured_log10", "v"].map(column) as Float64Array[];
  const at = (values: Float64Array | undefined, row: Row) => values?.[row.place] ?? Number.NaN;
  const normalised = (row: Row): Reading | null => {
    if (!places[row.place]) return null;
    return { y: at(y, row), lo: orOpen(at(lo, row), -Infinity), hi: orOpen(at(hi, row), Infinity) };
  };
  const asMeasured = (row: Row): Reading | null => {
    const value = at(measured, row);
    const found = normalised(row);
    if (Number.isNaN(value) || !found) return null;
    if (!row.bound) return { y: value, lo: value, hi: value };
    // Of an interval the measured end is the upper one.
    const [below, above] = [Number.isFinite(found.lo), Number.isFinite(found.hi)];
    const width = below && above ? found.hi - found.lo : 0;
    return { y: Number.NaN, lo: below ? value - width : -Infinity, hi: above ? value : Infinity };
  };
  return {
    referenceC,
    of: onceByRow(data, scale === "printed" ? asMeasured : normalised),
    moved: (row) => places[row.place] ?? null,
    variance: (row) => at(v, row),
    reason: onceByRow(data, (row) => reasonOf(row, places[row.place] ?? null, data)),
  };
}

/** A function of rows that keeps what it gave: pictures and counts ask again at each change. */
function onceByRow<T>(data: Dataset, make: (row: Row) => T): (row: Row) => T {
  const kept = new Array<T | undefined>(data.rows.length);
  return (row) => {
    const known = kept[row.place];
    if (known !== undefined) return known;
    const made = make(row);
    kept[row.place] = made;
    return made;
  };
}

const orOpen = (value: number, open: number) => (Number.isNaN(value) ? open : value);

function reasonOf(row: Row, place: Moved | null, data: Dataset): string {
  if (!row.observation) return "";
  if (!place) return "no activation energy";
  if (place.segment.kind !== "fixed") return "";
  return `other phase: stays at ${numberOf(data, "temperature_c", row)} °C`;
}

/** The dataset with the cells of this temperature. */
function changed(base: Dataset, places: readonly (Moved | null)[], payload: Payload): Dataset {
  const cells = new Changes(base);
  const reasons = leftOutReasons(base, places, payload);
  for (const row of base.rows) {
    if (!row.observation) continue;
    const place = places[row.place] ?? null;
    if (place) setMoved(cells, row, place);
    const left = place ? (reasons.get(row.place) ?? []) : ["no_activation_energy"];
    cells.setWords("left_out", row, left);
    cells.setWords("headline", row, [place && left.length === 0 ? "true" : "false"]);
    cells.setWords("row_state", row, [!place ? "no observation" : left.length ? "left out" : "used"]);
  }
  return cells.dataset();
}

function setMoved(cells: Changes, row: Row, place: Moved): void {
  for (const [name, value] of Object.entries(place.segment.changes)) cells.set(name, row, value);
  const y = row.bound ? Number.NaN : (place.lo ?? Number.NaN);
  const variance = varianceOf(place.terms);
  const numbers = {
    y, lo: place.lo ?? Number.NaN, hi: place.hi ?? Number.NaN, asr_ohm_cm2: 10 ** y,
    reference_c: place.referenceC, ea_ev: place.eaEv ?? Number.NaN, v: variance.whole,
    v_temperature: variance.temperature, v_interfaces: variance.interfaces, v_other: variance.other,
  };
  for (const [name, value] of Object.entries(numbers)) cells.setNumber(name, row, value);
  cells.setWords("ea_source", row, [place.source]);
}

/** Columns that are copied where a cell of them changes. */
class Changes {
  private words = new Map<string, { words: string[]; codes: (readonly number[])[]; places: Map<string, number> }>();
  private numbers = new Map<string, Float64Array>();

  constructor(private base: Dataset) {}

  set(name: string, row: Row, value: string | number | boolean | null): void {
    if (this.base.numbers.has(name)) this.setNumber(name, row, typeof value === "number" ? value : Number.NaN);
    else this.setWords(name, row, value === null ? [] : name === "treatments" || name === "records" ? String(value).split(" ") : [String(value)]);
  }

  setNumber(name: string, row: Row, value: number): void {
    const values = this.numbers.get(name) ?? this.base.numbers.get(name)?.values.slice();
    if (!values) return;
    values[row.place] = value;
    this.numbers.set(name, values);
  }

  setWords(name: string, row: Row, words: readonly string[]): void {
    const column = this.words.get(name) ?? this.copied(name);
    if (!column) return;
    const codes = words.map((word) => {
      const code = column.places.get(word) ?? column.words.push(word) - 1;
      column.places.set(word, code);
      return code;
    });
    column.codes[row.place] = codes;
    this.words.set(name, column);
  }

  private copied(name: string) {
    const column = this.base.words.get(name);
    if (!column) return undefined;
    const places = new Map(column.words.map((word, code) => [word, code]));
    return { words: [...column.words], codes: [...column.codes], places };
  }

  dataset(): Dataset {
    const words = new Map<string, WordColumn>(this.base.words);
    for (const [name, { words: list, codes }] of this.words) {
      const column = words.get(name);
      if (column) words.set(name, { ...column, words: list, codes });
    }
    const numbers = new Map<string, NumberColumn>(this.base.numbers);
    for (const [name, values] of this.numbers) {
      const column = numbers.get(name);
      if (column) numbers.set(name, { ...column, values });
    }
    return { ...this.base, words, numbers, terms: this.base.terms };
  }
}

/** The printed row or rows behind an observation at this temperature. */
export function recordsOf(data: Dataset, row: Row): string[] {
  return wordOf(data, "records", row).split(" ").filter(Boolean);
}
