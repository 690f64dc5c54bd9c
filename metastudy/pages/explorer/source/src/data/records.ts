// Printed numbers and preparations, as the card and the table show them.

import { plain } from "./amount";
import { placesBy, textOf, type CorrectionData, type DecisionData, type Payload } from "./payload";

const QUALIFIERS: Readonly<Record<string, string>> = {
  approx: "about ", le: "≤ ", lt: "< ", ge: "≥ ", gt: "> ",
};

export interface PrintedRecord {
  id: string;
  refit: boolean; // computed here from a spectrum, not printed
  text: string; // number and unit as printed
  temperature: string; // as printed
  place: string; // where in the text
  details: readonly { column: string; label: string; word: string }[];
  notes: string;
  derivedFrom: readonly string[];
  corrections: readonly CorrectionData[];
  decisions: readonly DecisionData[];
}

export interface Records {
  /** A printed number; undefined for an id that is none. */
  of: (id: string) => PrintedRecord | undefined;
  /** What is known of a preparation: what, and its word or why there is none. */
  preparation: (id: string) => { axes: [string, string][]; steps: string[] };
}

export function makeRecords(payload: Payload): Records {
  const places = placesBy(payload.records, "record_id");
  const preparations = placesBy(payload.preparations, "preparation_id");
  const steps = placesBy(payload.surface_steps, "preparation_id");
  return {
    of: (id) => {
      const place = places.get(id)?.[0];
      return place === undefined ? undefined : printedRecord(payload, id, place);
    },
    preparation: (id) => ({
      axes: (preparations.get(id) ?? []).map((place) => axisOf(payload, place)),
      steps: (steps.get(id) ?? []).map((place) => stepOf(payload, place)),
    }),
  };
}

const DETAILS: readonly [string, string][] = [
  ["quantity", "quantity"], ["component", "contains"], ["value_covers", "number is of"], ["basis", "printed in"],
  ["evaluation", "evaluation"], ["read", "read in"], ["via", "read through"], ["area_text", "area"],
];

function printedRecord(payload: Payload, id: string, place: number): PrintedRecord {
  const text = (name: string) => textOf(payload.records, name, place);
  const unit = text("unit_text");
  const qualifier = QUALIFIERS[text("qualifier")] ?? "";
  const upper = text("upper_text") ? ` to ${text("upper_text")}` : "";
  const correction = text("correction");
  const refit = text("basis") === "refit";
  return {
    id,
    refit,
    text: `${qualifier}${refit ? plain(Number(text("value_text"))) : text("value_text")}${upper}${unit && unit !== "1" ? ` ${unit}` : ""}`,
    temperature: text("temperature_text"),
    place: text("locator"),
    details: DETAILS.map(([column, label]) => ({ column, label, word: text(column) })).filter(({ word }) => word),
    notes: text("notes"),
    derivedFrom: text("derived_from").split(" ").filter(Boolean),
    corrections: payload.corrections.filter((each) => each.record === id || each.id === correction),
    decisions: payload.decisions.filter((each) => each.records?.includes(id)),
  };
}

function axisOf(payload: Payload, place: number): [string, string] {
  const text = (name: string) => textOf(payload.preparations, name, place);
  const number = `${QUALIFIERS[text("qualifier")] ?? ""}${text("value_text")} ${text("unit_text")}`.trim();
  return [text("axis"), text("word") || number || text("missing")];
}

function stepOf(payload: Payload, place: number): string {
  const text = (name: string) => textOf(payload.surface_steps, name, place);
  const parts = ["step", "medium", "grit", "atmosphere", "temperature_text", "duration_text", "pressure_text", "note"];
  return parts.map(text).filter(Boolean).join(", ").replaceAll("_", " ");
}

/** A temperature as printed; the rows have degrees Celsius where no unit is printed. */
export function temperatureText(printed: string): string {
  if (printed === "") return "";
  if (printed.replaceAll("_", " ") === "not stated") return "(temperature not stated)";
  return /^[-−\d.]+$/.test(printed) ? `at ${printed} °C` : `at ${printed.replaceAll("_", " ")}`;
}
