// Words of the tables that a reader need not know, in plain ones.

import { shownWord } from "../data/dataset";

const MISSING: Readonly<Record<string, string>> = {
  not_accessed: "in a part of the source that was not read",
  not_reported: "the source does not say",
  not_applicable: "does not apply",
  unknown: "the source does not say",
};

const COVERS: Readonly<Record<string, string>> = {
  one: "one contact",
  all: "all contacts of the circuit",
  unknown: "the source does not say whether one or all",
};

/** A coded fact of a printed number; `column` is what it is about. */
export function factWord(column: string, word: string): string {
  const own = column === "value_covers" ? COVERS[word] : undefined;
  return own ?? MISSING[word] ?? shownWord(word);
}

const READ: Readonly<Record<string, string>> = {
  full_text: "Read in the full text.",
  first_page: "Read on the first page alone.",
  abstract: "Read in the abstract alone.",
  secondary: "Read in another work, not in the source.",
  spectrum: "Fitted to the spectrum itself.",
};

/** Where a number was read, as a sentence. */
export function readText(word: string): string {
  return READ[word] ?? `Read in: ${shownWord(word)}.`;
}

const ENERGY_SOURCES: Readonly<Record<string, string>> = {
  own: "of this sample",
  "two temperatures": "from two temperatures of this sample",
  "same study and system": "of the same work and system",
  pooled: "mean over several works",
};

export function energySource(source: string): string {
  return ENERGY_SOURCES[source] ?? source;
}

const UNKNOWNS: Readonly<Record<string, string>> = {
  area: "area of the contact",
  reading: "reading of the printed number",
  refit: "fit of the spectrum",
  derived: "numbers that it is derived from",
  interfaces: "how many contacts are in the number",
  temperature: "temperature of the sample",
  ea: "activation energy",
  ea_pool_mean: "activation energy: mean over works",
  ea_pool_between: "activation energy: differences of works",
  ea_pool_within: "activation energy: differences in one work",
  ea_form: "activation energy: of ln R or of ln(R/T)",
  arrhenius_line: "line of its temperature series",
  spread: "spread of its repeats",
};

const SCOPES: Readonly<Record<string, string>> = {
  row: "this number alone",
  sample: "this sample",
  "cell design": "cells of this design",
  study: "this work",
  class: "works that share the mean",
};

export const unknownWord = (name: string): string => UNKNOWNS[name] ?? shownWord(name);
export const scopeWord = (scope: string): string => SCOPES[scope] ?? scope;
