// The law of the reference temperature: what a row is at any temperature from -20 to 120 degC. It
// gives the numbers of metastudy.load(reference_c=...); see metastudy/normalise/reference_law.py.

import type { Change, Kind, Laws, LineError, Loading, Payload } from "./payload";

export interface Segment {
  startC: number;
  included: boolean;
  kind: Kind;
  fromK: number;
  lo: number | null;
  hi: number | null;
  eaEv: number | null;
  form: number;
  source: string;
  terms: readonly Loading[];
  errors: readonly Loading[];
  line: LineError | null;
  changes: Change;
}

/** The segments of a row, by temperature. */
export type Law = readonly Segment[];

/** A row at one reference temperature. */
export interface Moved {
  segment: Segment;
  lo: number | null; // log10(ohm cm2)
  hi: number | null;
  move: number; // dex
  referenceC: number;
  source: string; // of the activation energy
  eaEv: number | null;
  terms: readonly Loading[]; // the variance is the sum of their squares
}

export type Constants = Payload["constants"];

export function lawsOf(laws: Laws, rows: number): (Law | null)[] {
  const found: Segment[][] = Array.from({ length: rows }, () => []);
  const { columns } = laws;
  columns.row.forEach((row, at) => {
    const line = columns.line[at] ?? null;
    found[row]?.push({
      startC: columns.start_c[at] ?? 0,
      included: Boolean(columns.included[at]),
      kind: columns.kind[at] ?? "none",
      fromK: columns.from_k[at] ?? Number.NaN,
      lo: columns.lo[at] ?? null,
      hi: columns.hi[at] ?? null,
      eaEv: columns.ea_ev[at] ?? null,
      form: columns.form[at] ?? 0,
      source: columns.source[at] ?? "none",
      terms: laws.terms[columns.terms[at] ?? -1] ?? [],
      errors: laws.errors[columns.errors[at] ?? -1] ?? [],
      line: line === null ? null : (laws.lines[line] ?? null),
      changes: laws.changes[columns.changes[at] ?? -1] ?? {},
    });
  });
  return found.map((law) => (law.length ? law : null));
}

/** The last step that has begun at a temperature. */
export function stepAt<T>(steps: readonly T[], at: number, start: (step: T) => [number, boolean]): T | undefined {
  let found: T | undefined;
  for (const step of steps) {
    const [from, included] = start(step);
    if (from < at || (included && from === at)) found = step;
  }
  return found;
}

export function residualAt(laws: Laws, at: number): number {
  return stepAt(laws.residual_dex, at, (step) => [step[0], Boolean(step[1])])?.[2] ?? 0;
}

/** Move a row to a reference temperature (degC); null where it has none there. */
export function moved(
  law: Law, at: number, temperatureC: number, residualDex: number, constants: Constants,
): Moved | null {
  const segment = stepAt(law, at, (each) => [each.startC, each.included]);
  if (!segment || segment.kind === "none") return null;
  const measuredC = typeof segment.changes.temperature_c === "number" ? segment.changes.temperature_c : temperatureC;
  const still = { segment, lo: segment.lo, hi: segment.hi, move: 0, source: "none", eaEv: null, terms: segment.terms };
  if (segment.kind === "fixed") return { ...still, referenceC: measuredC };
  const atReference = Math.abs(measuredC - at) <= constants.at_reference_k;
  if (segment.kind === "energy" && atReference) return { ...still, referenceC: at };
  return segment.kind === "line"
    ? alongLine(segment, at, residualDex, constants)
    : byEnergy(segment, at, constants);
}

function byEnergy(segment: Segment, at: number, constants: Constants): Moved {
  const kelvin = at + constants.zero_celsius_k;
  const perEv = (1 / kelvin - 1 / segment.fromK) / (constants.boltzmann_ev_per_k * Math.LN10);
  const overT = Math.log10(kelvin / segment.fromK);
  const terms = [...segment.terms, ...segment.errors.map(
    ([name, scope, sd]): Loading => [name, scope, perEv * sd])];
  if (segment.form === 0.5) terms.push(["ea_form", "study", overT / 2]);
  return shifted(segment, (segment.eaEv ?? 0) * perEv + segment.form * overT, at, terms);
}

function alongLine(segment: Segment, at: number, residualDex: number, constants: Constants): Moved {
  const kelvin = at + constants.zero_celsius_k;
  const away = 1 / kelvin - 1 / segment.fromK;
  const perEv = 1 / (constants.boltzmann_ev_per_k * Math.LN10);
  const ea = segment.eaEv ?? 0;
  const terms = [...segment.terms];
  if (segment.line) {
    const { line } = segment;
    terms.push(["arrhenius_line", "row", Math.sqrt(lineVariance(line, away, residualDex))]);
    terms.push(["temperature", line.temperature_scope, (-ea * perEv * line.temperature_sd_k) / kelvin ** 2]);
  }
  return shifted(segment, ea * away * perEv, at, terms);
}

function lineVariance(line: LineError, away: number, residualDex: number): number {
  const [constant, linear, square] = line.known;
  const scatter = (1 / line.points + away ** 2 / line.spread) * residualDex ** 2;
  return Math.max(scatter, constant + linear * away + square * away ** 2);
}

function shifted(segment: Segment, move: number, at: number, terms: Loading[]): Moved {
  const end = (value: number | null) => (value === null ? null : value + move);
  return {
    segment, lo: end(segment.lo), hi: end(segment.hi), move, referenceC: at,
    source: segment.source, eaEv: segment.source === "none" ? null : segment.eaEv, terms,
  };
}

const TEMPERATURE_TERMS = new Set([
  "temperature", "ea", "ea_form", "ea_pool_mean", "ea_pool_between", "ea_pool_within",
]);

export interface Variance {
  temperature: number; // dex squared
  interfaces: number;
  other: number;
  whole: number;
}

export function varianceOf(terms: readonly Loading[]): Variance {
  const sum = { temperature: 0, interfaces: 0, other: 0 };
  for (const [name, , loading] of terms) {
    const part = TEMPERATURE_TERMS.has(name) ? "temperature" : name === "interfaces" ? "interfaces" : "other";
    sum[part] += loading ** 2;
  }
  return { ...sum, whole: sum.temperature + sum.interfaces + sum.other };
}
