// The strip: every shown row on one logarithmic axis of ohm cm2.

import * as Plot from "@observablehq/plot";
import type { Reading, Row } from "../data/dataset";
import { placeOf } from "../view/selection";
import { CLASS, FONT, type Chart, type Paint } from "./figure";
import { layStrip, type Item, type Laid, type Placed } from "./layout";
import type { Look } from "./palette";
import { logTicks, type Tick } from "./ticks";

export interface StripInput {
  rows: readonly Row[];
  reading: (row: Row) => Reading | null;
  look: (row: Row) => Look;
  partner: (row: Row) => Row | undefined; // the untreated arm of a treated one
  word: (look: Look) => string;
  width: number;
  paint: Paint;
  label: string;
}

interface Drawn extends Placed {
  row: Row;
  reading: Reading;
}

const SIDE_PX = 14;
const AXIS_PX = 38;
const MARK_PX = 5;
const ARROW_PX = 15;

export function drawStrip(input: StripInput): Chart {
  const domain = domainOf(input);
  const scale = scaleOf(domain, input.width);
  const { drawn, laid } = layRows(input, scale);
  const height = laid.height + AXIS_PX;
  const ticks = logTicks(domain[0], domain[1], input.width - 2 * SIDE_PX);
  const svg = Plot.plot({
    className: CLASS,
    width: input.width, height,
    marginLeft: SIDE_PX, marginRight: SIDE_PX, marginTop: 0, marginBottom: AXIS_PX,
    x: { domain, axis: null }, y: { domain: [0, laid.height], range: [0, laid.height], axis: null },
    style: { fontFamily: FONT, fontSize: "12px", color: input.paint.ink, background: "transparent" },
    marks: [
      gridMarks(ticks, input.paint),
      laneMarks(laid, input, domain),
      joinMarks(drawn, input),
      intervalMarks(drawn, input),
      boundMarks(drawn, input),
      valueMarks(drawn, input),
      axisMarks(ticks, input),
    ],
  });
  return {
    svg: svg as SVGElement,
    marks: drawn.map(({ id, left, top }) => ({ id, x: left, y: top })),
    drawn: drawn.filter(({ first }) => first).length,
  };
}

function domainOf(input: StripInput): [number, number] {
  let [from, to] = [Infinity, -Infinity];
  for (const row of input.rows) {
    const reading = input.reading(row);
    if (!reading) continue;
    for (const end of [placeOf(reading), reading.lo, reading.hi]) {
      if (Number.isFinite(end)) [from, to] = [Math.min(from, end), Math.max(to, end)];
    }
  }
  if (from > to) return [0, 4];
  return [from - 0.25, Math.max(to, from + 1) + 0.25];
}

function scaleOf(domain: [number, number], width: number): (x: number) => number {
  const perUnit = (width - 2 * SIDE_PX) / (domain[1] - domain[0]);
  return (x) => SIDE_PX + (x - domain[0]) * perUnit;
}

function layRows(input: StripInput, scale: (x: number) => number): { drawn: Drawn[]; laid: Laid } {
  const read = new Map<string, { row: Row; reading: Reading }>();
  for (const row of input.rows) {
    const reading = input.reading(row);
    if (reading) read.set(row.id, { row, reading });
  }
  const items = [...read].map(([id, { row, reading }]) => itemOf(id, reading, input.look(row)));
  const laid = layStrip(items, scale, 4);
  const drawn = laid.items.flatMap((item) => {
    const found = read.get(item.id);
    return found ? [{ ...item, ...found }] : [];
  });
  return { drawn, laid };
}

function itemOf(id: string, reading: Reading, look: Look): Item {
  const x = placeOf(reading);
  const [low, high] = [Number.isFinite(reading.lo), Number.isFinite(reading.hi)];
  const line = low && high;
  return {
    id, x, look,
    from: line ? reading.lo : x, to: line ? reading.hi : x,
    before: low ? MARK_PX : ARROW_PX, after: high ? MARK_PX : ARROW_PX,
  };
}

function gridMarks(ticks: readonly Tick[], paint: Paint): Plot.Markish {
  return Plot.ruleX(ticks.filter((tick) => Number.isInteger(tick.value)), { x: "value", stroke: paint.line });
}

function laneMarks(laid: Laid, input: StripInput, domain: [number, number]): Plot.Markish {
  return Plot.text(laid.lanes, {
    x: domain[0], y: (lane) => lane.top + 9, dx: -SIDE_PX + 4, textAnchor: "start", fontSize: 12,
    text: (lane) => `${input.word(lane.look)} (${lane.count})`, fill: input.paint.soft,
    stroke: input.paint.ground, strokeWidth: 3,
  });
}

function joinMarks(drawn: readonly Drawn[], input: StripInput): Plot.Markish {
  const places = new Map(drawn.map((item) => [item.id, item]));
  const joined = drawn.flatMap((item) => {
    const other = input.partner(item.row);
    const end = other && places.get(other.id);
    return end ? [{ from: end, to: item }] : [];
  });
  return Plot.link(joined, {
    x1: (pair) => pair.from.x, y1: (pair) => pair.from.top, x2: (pair) => pair.to.x, y2: (pair) => pair.to.top,
    stroke: input.paint.soft, strokeWidth: 1, curve: "linear",
  });
}

/** Values that the source gives between two limits. */
function intervalMarks(drawn: readonly Drawn[], input: StripInput): Plot.Markish {
  const between = drawn.filter(({ reading }) => Number.isFinite(reading.lo) && Number.isFinite(reading.hi)
    && reading.hi > reading.lo);
  return Plot.ruleY(between, {
    x1: (item) => item.reading.lo, x2: (item) => item.reading.hi, y: "top",
    stroke: (item) => input.paint.colour(item.look), strokeWidth: 2, marker: "tick",
  });
}

function boundMarks(drawn: readonly Drawn[], input: StripInput): Plot.Markish {
  const bounds = drawn.filter((item) => item.first && Number.isNaN(item.reading.y)
    && !(Number.isFinite(item.reading.lo) && Number.isFinite(item.reading.hi)));
  return Plot.vector(bounds, {
    x: "x", y: "top", length: ARROW_PX - 1, anchor: "start", strokeWidth: 2,
    rotate: (item) => (Number.isFinite(item.reading.hi) ? -90 : 90),
    stroke: (item) => input.paint.colour(item.look),
  });
}

function valueMarks(drawn: readonly Drawn[], input: StripInput): Plot.Markish {
  const values = drawn.filter((item) => item.first && !Number.isNaN(item.reading.y));
  return Plot.dot(values, {
    x: "x", y: "top", r: 4, symbol: (item: Drawn) => item.look.shape,
    fill: (item) => input.paint.colour(item.look), stroke: input.paint.ground, strokeWidth: 0.8,
  });
}

function axisMarks(ticks: readonly Tick[], input: StripInput): Plot.Markish[] {
  const labels = new Map(ticks.map((tick) => [tick.value, tick.label]));
  return [
    Plot.axisX(ticks.map((tick) => tick.value), {
      anchor: "bottom", tickFormat: (value: number) => labels.get(value) ?? "", tickSize: 5,
      color: input.paint.ink, label: null, fontSize: 12,
    }),
    Plot.axisX([], { anchor: "bottom", label: input.label, labelAnchor: "right", labelArrow: "none", fontSize: 12, labelOffset: 34, color: input.paint.ink }),
  ];
}
