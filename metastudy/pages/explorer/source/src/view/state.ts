// What the reader has chosen. One value; everything on the page follows from it and the data.

export type Picture = "strip" | "arrhenius" | "against";
export type Scale = "normalised" | "printed";

export interface Comparison {
  column: string;
  a: string;
  b: string;
}

export interface View {
  query: string;
  facets: ReadonlyMap<string, readonly string[]>; // words by column
  scale: Scale;
  referenceC: number | null; // null: each class at its own reference
  bounds: boolean;
  treated: boolean;
  secondary: boolean;
  unidentified: boolean;
  colour: string; // a column
  picture: Picture;
  against: string; // a number column
  sort: string; // a column of the table, "-" before it for falling order; "" for used rows first, then by value
  record: string; // the open card
  comparison: Comparison | null;
  unknown: readonly (readonly [string, string])[]; // keys of the address that say nothing here
}

export const START: View = {
  query: "",
  facets: new Map(),
  scale: "normalised",
  referenceC: null,
  bounds: true,
  treated: true,
  secondary: true,
  unidentified: true,
  colour: "interface_class",
  picture: "strip",
  against: "temperature_c",
  sort: "",
  record: "",
  comparison: null,
  unknown: [],
};

export const LOWEST_C = -20;
export const HIGHEST_C = 120;

export function withFacet(view: View, column: string, word: string, on: boolean): View {
  const facets = new Map(view.facets);
  const kept = (facets.get(column) ?? []).filter((other) => other !== word);
  const words = on ? [...kept, word] : kept;
  if (words.length) facets.set(column, words);
  else facets.delete(column);
  return { ...view, facets };
}

export function withoutFilters(view: View): View {
  const { query, facets, bounds, treated, secondary, unidentified } = START;
  return { ...view, query, facets, bounds, treated, secondary, unidentified };
}

export function filterCount(view: View): number {
  const words = [...view.facets.values()].reduce((sum, chosen) => sum + chosen.length, 0);
  const off = [view.bounds, view.treated, view.secondary, view.unidentified];
  return words + off.filter((on) => !on).length;
}
