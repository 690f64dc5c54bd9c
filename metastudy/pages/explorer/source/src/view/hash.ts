// The view as the part of the address after "#": short keys, defaults left out. A key that is not
// known is kept, so that an address of another version survives a change of the view.

import { HIGHEST_C, LOWEST_C, START, type Comparison, type Picture, type View } from "./state";

export interface Known {
  words: ReadonlySet<string>; // columns with words
  numbers: ReadonlySet<string>; // columns with numbers
}

const SWITCHES = { b: "bounds", tr: "treated", s: "secondary", u: "unidentified" } as const;
const PICTURES: readonly Picture[] = ["strip", "arrhenius", "against"];

/** Whether a hash is a view and not the anchor of a section. */
export function isView(hash: string): boolean {
  return hash.replace(/^#/, "") === "" || hash.includes("=");
}

export function toHash(view: View): string {
  const parts: [string, string][] = [];
  const put = (key: string, value: string, normal: string) => {
    if (value !== normal) parts.push([key, value]);
  };
  put("q", view.query, START.query);
  for (const [column, words] of [...view.facets].sort(([a], [b]) => (a < b ? -1 : 1))) {
    parts.push([`f.${column}`, words.map(escaped).join("~")]);
  }
  put("t", view.referenceC === null ? "" : String(view.referenceC), "");
  put("m", view.scale, START.scale);
  for (const [key, name] of Object.entries(SWITCHES)) put(key, view[name] ? "1" : "0", "1");
  put("c", view.colour, START.colour);
  put("p", view.picture, START.picture);
  put("x", view.against, START.against);
  put("o", view.sort, START.sort);
  put("r", view.record, START.record);
  const { comparison } = view;
  if (comparison) {
    const { column, a, b } = comparison;
    parts.push(["cmp", [column, a, b].map(escaped).join("~")]);
  }
  const all = [...parts, ...view.unknown];
  return all.map(([key, value]) => `${encode(key)}=${encode(value)}`).join("&");
}

export function fromHash(hash: string, known: Known): View {
  const view = { ...START, facets: new Map<string, readonly string[]>() };
  const unknown: [string, string][] = [];
  for (const part of hash.replace(/^#/, "").split("&").filter(Boolean)) {
    const cut = part.indexOf("=");
    const key = decode(cut < 0 ? part : part.slice(0, cut));
    const value = cut < 0 ? "" : decode(part.slice(cut + 1));
    if (!take(view, key, value, known)) unknown.push([key, value]);
  }
  return { ...view, unknown };
}

type Draft = { -readonly [K in keyof View]: View[K] } & { facets: Map<string, readonly string[]> };

function take(view: Draft, key: string, value: string, known: Known): boolean {
  if (key.startsWith("f.")) return takeFacet(view, key.slice(2), value, known);
  if (key in SWITCHES) return takeSwitch(view, SWITCHES[key as keyof typeof SWITCHES], value);
  switch (key) {
    case "q": view.query = value; return true;
    case "o": view.sort = value; return true;
    case "r": view.record = value; return true;
    case "t": return takeTemperature(view, value);
    case "m": view.scale = value === "printed" ? "printed" : "normalised"; return value === view.scale;
    case "c": if (known.words.has(value)) view.colour = value; return view.colour === value;
    case "x": if (known.numbers.has(value)) view.against = value; return view.against === value;
    case "p": return takePicture(view, value);
    case "cmp": view.comparison = comparisonOf(value, known); return view.comparison !== null;
    default: return false;
  }
}

function takeFacet(view: Draft, column: string, value: string, known: Known): boolean {
  if (!known.words.has(column)) return false;
  view.facets.set(column, value.split("~").map(unescaped));
  return true;
}

function takeSwitch(view: Draft, name: (typeof SWITCHES)[keyof typeof SWITCHES], value: string): boolean {
  if (value !== "0" && value !== "1") return false;
  view[name] = value === "1";
  return true;
}

function takeTemperature(view: Draft, value: string): boolean {
  const number = Number(value);
  if (value.trim() === "" || !(number >= LOWEST_C && number <= HIGHEST_C)) return false;
  view.referenceC = number;
  return true;
}

function takePicture(view: Draft, value: string): boolean {
  const found = PICTURES.find((name) => name === value);
  if (found) view.picture = found;
  return found !== undefined;
}

function comparisonOf(value: string, known: Known): Comparison | null {
  const [column, a, b] = value.split("~").map(unescaped);
  if (column === undefined || a === undefined || b === undefined) return null;
  return known.words.has(column) ? { column, a, b } : null;
}

// "~" parts words; a word may hold one.
const escaped = (word: string) => word.replaceAll("!", "!!").replaceAll("~", "!.");
const unescaped = (word: string) => word.replace(/!([!.])/g, (_, c) => (c === "!" ? "!" : "~"));

function encode(text: string): string {
  return encodeURIComponent(text).replaceAll("%20", "+").replaceAll("%2F", "/").replaceAll("%3A", ":")
    .replaceAll("%7C", "|").replaceAll("%2C", ",");
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", "%20"));
  } catch {
    return text; // a cut address
  }
}
