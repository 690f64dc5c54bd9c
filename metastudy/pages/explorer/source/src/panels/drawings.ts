// The three pictures of the shown rows.

import { inverse, inverseTicks, plainTicks } from "../charts/axes";
import { drawCloud, type CloudPoint } from "../charts/cloud";
import type { Chart, Paint } from "../charts/figure";
import { REST, type Look } from "../charts/palette";
import { drawStrip } from "../charts/strip";
import { decadeLabel } from "../charts/ticks";
import { numberOf, shownWord, type Row } from "../data/dataset";
import { placeOf } from "../view/selection";
import { UNIT } from "../view/words";
import type { Page } from "./page";
import { shownAt } from "./reference";

const CLOUD_HEIGHT = 320;
const LOG_SPAN = 300; // a number that spans more than this has a logarithmic axis

export function drawPicture(page: Page, width: number, paint: Paint): Chart {
  const { view } = page;
  if (view.picture === "arrhenius") return drawArrhenius(page, width, paint);
  if (view.picture === "against") return drawAgainst(page, width, paint);
  return drawStrip({
    rows: page.selection.rows, reading: page.readings.of, look: page.lookOf,
    partner: (row) => page.data.rows[row.reference], word: laneWord(page), width, paint, label: resistanceLabel(page, width),
    own: page.own.map(({ log10Asr }) => log10Asr), still: (row) => page.readings.reason(row) !== "",
  });
}

const LETTER_PX = 6.6;
const AXIS_SIDES_PX = 40;

function lookWord(page: Page): (look: Look) => string {
  const { colour } = page.view;
  const name = (word: string) => (colour === "study_id" ? (page.data.workNames.get(word) ?? word) : shownWord(word, colour));
  return (look) => (look === REST ? "other words" : name(look.word));
}

/** A class with the temperature at which its rows are shown. */
function laneWord(page: Page): (look: Look) => string {
  const { colour, scale, referenceC } = page.view;
  const name = lookWord(page);
  if (colour !== "interface_class" || scale === "printed") return name;
  return (look) => {
    const celsius = referenceC ?? page.payload.references_c[look.word];
    return celsius === undefined || look === REST ? name(look) : `${name(look)} at ${celsius} °C`;
  };
}

function resistanceLabel(page: Page, width: number): string {
  const whole = `resistance (${UNIT}), ${shownAt(page)}`;
  return whole.length * LETTER_PX + AXIS_SIDES_PX < width ? whole : `resistance (${UNIT})`;
}

/** Every measured resistance against its temperature, with the way to the reference temperature. */
function drawArrhenius(page: Page, width: number, paint: Paint): Chart {
  return drawCloud({
    points: arrheniusPoints(page), width, height: CLOUD_HEIGHT, paint, word: lookWord(page),
    xLabel: "temperature (°C), spaced by 1/T", xTicks: inverseTicks, yLabel: `resistance of one contact (${UNIT})`,
  });
}

function arrheniusPoints(page: Page): CloudPoint[] {
  const { points: table } = page.payload;
  const shown = new Set(page.selection.rows);
  return table.row.flatMap((place, at): CloudPoint[] => {
    const row = page.data.rows[place];
    const [lo, hi] = [table.lo[at] ?? null, table.hi[at] ?? null];
    const y = hi ?? lo;
    const celsius = table.temperature_c[at];
    if (!row || !shown.has(row) || y === null || celsius === undefined) return [];
    const nearest = celsius === numberOf(page.data, "temperature_c", row);
    return [{
      id: row.id, x: inverse(celsius), y, look: page.lookOf(row),
      kind: lo === null ? "atMost" : hi === null ? "atLeast" : "value",
      to: nearest ? movedTo(page, row, hi === null) : null,
    }];
  });
}

function movedTo(page: Page, row: Row, fromBelow: boolean): { x: number; y: number } | null {
  const place = page.readings.moved(row);
  const y = fromBelow ? place?.lo : place?.hi;
  return place && y !== null && y !== undefined ? { x: inverse(place.referenceC), y } : null;
}

/** The shown resistance against a number of the rows. */
function drawAgainst(page: Page, width: number, paint: Paint): Chart {
  const column = page.data.numbers.get(page.view.against);
  const values = column?.values ?? new Float64Array();
  const log = spansDecades(page.selection.rows.map((row) => values[row.place] ?? Number.NaN));
  const label = column ? `${column.label}${column.unit ? ` (${column.unit})` : ""}` : "";
  return drawCloud({
    points: page.selection.rows.flatMap((row) => againstPoint(page, row, values[row.place], log)),
    width, height: CLOUD_HEIGHT, paint, word: lookWord(page), xLabel: label,
    xTicks: log ? decadeTicks : plainTicks, yLabel: resistanceLabel(page, width),
  });
}

function againstPoint(page: Page, row: Row, value: number | undefined, log: boolean): CloudPoint[] {
  const reading = page.readings.of(row);
  if (value === undefined || Number.isNaN(value) || !reading) return [];
  const exact = !Number.isNaN(reading.y);
  const kind = exact ? "value" : Number.isFinite(reading.hi) ? "atMost" : "atLeast";
  return [{ id: row.id, x: log ? Math.log10(value) : value, y: placeOf(reading), kind, look: page.lookOf(row), to: null }];
}

function spansDecades(values: readonly number[]): boolean {
  let [from, to] = [Infinity, -Infinity];
  for (const value of values) {
    if (!Number.isNaN(value)) [from, to] = [Math.min(from, value), Math.max(to, value)];
  }
  return from > 0 && to / from > LOG_SPAN;
}

function decadeTicks(from: number, to: number): { value: number; label: string }[] {
  const ticks = [];
  for (let decade = Math.ceil(from); decade <= to; decade++) ticks.push({ value: decade, label: decadeLabel(decade) });
  return ticks;
}
