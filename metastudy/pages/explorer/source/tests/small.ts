// A small payload: eight rows of five works, made for the tests.

import { decode } from "../src/data/decode";
import type { ColumnInfo, Payload, Table } from "../src/data/payload";

interface Given {
  id: string; study: string; solid: string; partner: string; partnerWords: string[]; family: string;
  salt: string | null; y: number | null; hi: number | null; arm: string;
}

const row = (id: string, study: string, solid: string, partner: string, y: number | null, more: Partial<Given> = {}): Given => ({
  id, study, solid, partner, partnerWords: partner.split(":"), family: "garnet", salt: "LiTFSI",
  y, hi: y, arm: "reference", ...more,
});

export const GIVEN: readonly Given[] = [
  row("a.1", "abe_2004", "LLZO", "PEO", 2),
  row("a.2", "abe_2004", "LLZO_Ta", "PEO", 3, { arm: "treated" }),
  row("b.1", "busche_2020", "LATP", "DME:DOL", 1, { family: "NASICON", salt: "LiPF6" }),
  row("b.2", "busche_2020", "LAGP", "ACN", 1.5, { family: "NASICON", salt: null }),
  row("c.1", "chen_2019", "LLZO", "PEO", null, { hi: 4 }),
  row("c.2", "chen_2019", "LLZO", "PEO_network", 2.5),
  row("d.1", "duer_2021", "LATP", "PEO", 5, { family: "NASICON" }),
  row("e.1", "eins_2022", "LLZO", "ACN", 0.5),
];

const WORKS = ["abe_2004", "busche_2020", "chen_2019", "duer_2021", "eins_2022"];
const AUTHORS = ["Abe, T.", "Busche, M. R.", "Chen, L.", "Dürr, A.", "Eins, B."];

export function smallPayload(): Payload {
  const columns: Table["columns"] = {
    row_id: wordData(GIVEN.map(({ id }) => id)), observation_id: wordData(GIVEN.map(({ id }) => id)),
    row_state: wordData(GIVEN.map(({ arm }) => (arm === "treated" ? "left out" : "used"))),
    study_id: wordData(GIVEN.map(({ study }) => study)), interface_class: wordData(GIVEN.map(() => "PE/SE")),
    solid_electrolyte: wordData(GIVEN.map(({ solid }) => solid)), partner: wordData(GIVEN.map(({ partner }) => partner)),
    salt: wordData(GIVEN.map(({ salt }) => salt)), arm: wordData(GIVEN.map(({ arm }) => arm)),
    censoring: wordData(GIVEN.map(({ y }) => (y === null ? "left" : "exact"))),
    treatments: listData(GIVEN.map(({ arm }) => (arm === "treated" ? ["heat", "plasma"] : []))),
    preparation_id: wordData(GIVEN.map(({ id }) => `p/${id}`)),
    solid_words: listData(GIVEN.map(({ solid, family }) => [solid, family])),
    partner_words: listData(GIVEN.map(({ partnerWords }) => partnerWords)),
    y: { values: GIVEN.map(({ y }) => y) }, lo: { values: GIVEN.map(({ y }) => y) }, hi: { values: GIVEN.map(({ hi }) => hi) },
  };
  const empty: Table = { rows: 0, columns: {} };
  return {
    format: 1, versions: { metastudy: "0.0.1", data: "0.0.2" },
    constants: { boltzmann_ev_per_k: 8.617333262e-5, zero_celsius_k: 273.15, at_reference_k: 0.01, temperature_limit_dex: 0.2 },
    references_c: { "PE/SE": 60 },
    columns: Object.entries(columns).map(([name, data]) => info(name, data)),
    export: ["observation_id", "salt", "y"], observations: GIVEN.length,
    rows: { rows: GIVEN.length, columns }, laws: fixedLaws(), points: { row: [], record: [], temperature_c: [], lo: [], hi: [] },
    records: empty, preparations: empty,
    surface_steps: { rows: 1, columns: { preparation_id: wordData(["p/d.1"]), medium: wordData(["DMF"]) } }, corrections: [], decisions: [], spectra: {},
    works: WORKS.map((id, at) => ({
      study_id: id, name: id.replace("_", " "), anchor: `work-${id}`, doi: `10.1000/${id}`, kind: "article",
      authors: AUTHORS[at] ?? "", title: `Title of ${id}`, bibtex: `@article{${id}}`, csl: { id },
    })),
    pairs: [], comparisons: [], predictions: { shares: [], families: [] },
    terms: [
      ...["LLZO", "LLZO_Ta", "LATP", "LAGP", "garnet", "NASICON"].map((word) => term(word, word, ["solid_words", "partner_words"])),
      term("LLZTO", "LLZO_Ta", ["solid_words", "partner_words"]), term("acetonitrile", "ACN", ["partner_words"]),
      term("PEO", "PEO", ["partner_words"]), term("polyethylene oxide", "PEO", ["partner_words"]), term("ACN", "ACN", ["partner_words"]),
      term("dimethylformamide", "DMF", ["partner_words"]),
    ],
    meanings: { solvent: { ACN: "Acetonitrile.", DME: "1,2-Dimethoxyethane." } },
    help: { unidentified: [], wanted: [], claims: [] },
  };
}

export const smallData = () => decode(smallPayload());

const term = (typed: string, word: string, columns: string[]) => ({ term: typed, word, columns, by: "word" });

function info(name: string, data: Table["columns"][string]): ColumnInfo {
  const kind = "values" in data ? "number" : Array.isArray(data.codes[0]) ? "list" : "word";
  return { name, label: name, kind, unit: "", meaning: "", vocabularies: name === "partner_words" ? ["solvent"] : [] };
}

function wordData(words: (string | null)[]) {
  const known = [...new Set(words.filter((word) => word !== null))].sort();
  return { words: known, codes: words.map((word) => (word === null ? -1 : known.indexOf(word))) };
}

function listData(lists: string[][]) {
  const known = [...new Set(lists.flat())].sort();
  return { words: known, codes: lists.map((words) => words.map((word) => known.indexOf(word))) };
}

function fixedLaws(): Payload["laws"] {
  const each = <T>(value: T) => GIVEN.map(() => value);
  return {
    range_c: [-20, 120],
    columns: {
      row: GIVEN.map((_, at) => at), start_c: each(-20), included: each(1), kind: each("energy" as const),
      from_k: each(333.15), lo: GIVEN.map(({ y }) => y), hi: GIVEN.map(({ hi }) => hi), ea_ev: each(0.5), form: each(0),
      source: each("own"), terms: each(0), errors: each(0), line: each(null), changes: each(0),
    },
    terms: [[]], errors: [[]], lines: [], changes: [{ temperature_c: 60 }], residual_dex: [[-20, 1, 0.02]],
    rank: GIVEN.map((_, at) => [at]),
  };
}

