// What Python writes into the page; metastudy/pages/explorer/payload.py makes it.

export interface WordData { words: string[]; codes: number[] }
export interface ListData { words: string[]; codes: number[][] }
export interface NumberData { values: (number | null)[] }
export interface FlagData { values: (boolean | null)[] }
export type ColumnData = WordData | ListData | NumberData | FlagData;
export interface Table { rows: number; columns: Record<string, ColumnData> }

export interface ColumnInfo {
  name: string;
  label: string;
  kind: "word" | "list" | "number" | "flag";
  unit: string;
  meaning: string;
  vocabularies: string[];
}

export interface LineError {
  points: number;
  spread: number;
  known: [number, number, number];
  temperature_sd_k: number;
  temperature_scope: string;
}

export type Kind = "energy" | "line" | "fixed" | "none";
export type Loading = [name: string, scope: string, loading: number];
export type Step = [start: number, included: number, value: number];
export type Change = Record<string, string | number | boolean | null>;

export interface Laws {
  range_c: [number, number];
  columns: {
    row: number[]; start_c: number[]; included: number[]; kind: Kind[]; from_k: (number | null)[];
    lo: (number | null)[]; hi: (number | null)[]; ea_ev: (number | null)[]; form: number[];
    source: string[]; terms: number[]; errors: number[]; line: (number | null)[]; changes: number[];
  };
  terms: Loading[][];
  errors: Loading[][];
  lines: LineError[];
  changes: Change[];
  residual_dex: Step[];
  residual_own_dex?: number;
  rank: number[][];
}

export interface Points {
  row: number[]; record: string[]; temperature_c: number[]; lo: (number | null)[]; hi: (number | null)[];
}

export interface WorkData {
  study_id: string; name: string; anchor: string; doi?: string; kind: string; authors?: string;
  year?: string; title?: string; status?: string; bibtex: string; csl: unknown;
}

export interface ComparisonData {
  interface_class: string; column: string; a: string; b: string;
  difference: number; lower: number; upper: number; df: number;
  works_a: number; works_b: number; values_a: number; values_b: number; bounds_a: number; bounds_b: number;
}

export interface Prediction {
  family: string; quantiles: number[]; missing: string; rows: number; works: number;
}

export interface SpectrumData {
  file: string; circuit: string; frequency_hz: number[]; real_ohm: number[]; imaginary_ohm: number[];
}

export interface CorrectionData {
  id: string; record: string; column: string; expect?: string; value?: string; action: string;
  ground: string; reason: string; status?: string;
}

export interface DecisionData {
  id: string; records?: string[]; decision: string; reason: string; would_settle?: string;
}

export interface Help {
  unidentified: { study_id: string; name: string; title: string | null }[];
  wanted: Record<string, string | null>[];
  claims: { id: string; work: string; statement: string; missing: string; records: string[] }[];
}

export interface Payload {
  format: number;
  versions: { metastudy: string; data: string | null };
  constants: {
    boltzmann_ev_per_k: number; zero_celsius_k: number; at_reference_k: number; temperature_limit_dex: number;
  };
  references_c: Record<string, number>;
  columns: ColumnInfo[];
  export: string[];
  observations: number;
  rows: Table;
  laws: Laws;
  points: Points;
  records: Table;
  preparations: Table;
  surface_steps: Table;
  corrections: CorrectionData[];
  decisions: DecisionData[];
  spectra: Record<string, SpectrumData>;
  works: WorkData[];
  pairs: { anchor: string; solid: string; partner: string }[];
  terms: { term: string; word: string; columns: string[]; by: string }[];
  meanings: Record<string, Record<string, string>>;
  comparisons: ComparisonData[];
  predictions: { shares: number[]; families: Prediction[] };
  help: Help;
  issues?: string; // where issues of the project are opened
}

/** One cell: text (list words joined by blanks), number, flag, or null where missing. */
export function cellOf(data: ColumnData | undefined, place: number): string | number | boolean | null {
  if (!data) return null;
  if ("values" in data) return data.values[place] ?? null;
  const code = data.codes[place];
  if (Array.isArray(code)) return code.map((each) => data.words[each]).join(" ") || null;
  return code === undefined || code < 0 ? null : (data.words[code] ?? null);
}

export function textOf(table: Table, column: string, place: number): string {
  const cell = cellOf(table.columns[column], place);
  return cell === null ? "" : String(cell);
}

/** Places of the rows of a table by the word of a column. */
export function placesBy(table: Table, column: string): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (let place = 0; place < table.rows; place++) {
    const word = textOf(table, column, place);
    const places = found.get(word);
    if (places) places.push(place);
    else found.set(word, [place]);
  }
  return found;
}
