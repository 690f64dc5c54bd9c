// The strip: every shown row on one logarithmic axis of ohm cm2.

import * as Plot from "@observablehq/plot";
import type { Reading, Row } from "../data/dataset";
import { placeOf } from "../view/selection";
import { CLASS, FONT, type Chart, type Paint } from "./figure";
import { layStrip, type Item, type Laid, type Lane, type Placed } from "./layout";
import type { Look } from "./palette";
import { logTicks, type Tick } from "./ticks";

export interface StripInput {
  rows: readonly Row[];
  reading: (row: Row) => Reading | null;
  look: (row: Row) => Look;
  partner: (row: Row) => Row | undefined; // the untreated arm of a treated one
  own: readonly number[]; // the reader's values, log10(ohm cm2)
  still: (row: Row) => boolean; // cannot be moved: grey
  word: (look: Look) => string;
  width: number;
  paint: Paint;
  label: string;
}

interface Drawn {
  row: Row;
  reading: Reading;
}

const SIDE_PX = 14;
const AXIS_PX = 38;
const MARK_PX = 5;
const ARROW_PX = 15;

export function drawStrip(input: StripInput): Chart {
  const drawn = input.rows.flatMap((row): Drawn[] => {
    const reading = input.reading(row);
    return reading ? [{ row, reading }] : [];
  });
  const domain = domainOf(drawn, input.own);
  const laid = layStrip(drawn.map((each) => itemOf(each, input.look(each.row))), scaleOf(domain, input.width), 4);
  const height = laid.height + AXIS_PX;
  const ticks = logTicks(domain[0], domain[1], input.width - 2 * SIDE_PX);
  const first = laid.items.filter((placed) => placed.first);
  const svg = Plot.plot({
    className: CLASS,
    width: input.width, height,
    marginLeft: SIDE_PX, marginRight: SIDE_PX, marginTop: 0, marginBottom: AXIS_PX,
    x: { domain, axis: null }, y: { domain: [0, laid.height], range: [0, laid.height], axis: null },
    style: { fontFamily: FONT, fontSize: "12px", color: input.paint.ink, background: "transparent" },
    marks: [
      gridMarks(ticks, input.paint),
      laneMarks(laid, input, domain),
      joinMarks(laid.items, input),
      intervalMarks(first, input),
      boundMarks(first, input),
      valueMarks(first, input),
      ownMarks(input),
      axisMarks(ticks, input),
    ],
  });
  return {
    svg: svg as SVGElement,
    marks: laid.items.map(({ item, left, top }) => ({ id: item.of.row.id, x: left, y: top })),
    drawn: first.length,
  };
}

type Placement = Placed<Drawn>;

function domainOf(drawn: readonly Drawn[], own: readonly number[]): [number, number] {
  let [from, to] = [Infinity, -Infinity];
  const reach = (end: number) => {
    if (!Number.isFinite(end)) return;
    if (end < from) from = end;
    if (end > to) to = end;
  };
  for (const { reading } of drawn) {
    reach(reading.lo);
    reach(reading.hi);
  }
  own.forEach(reach);
  if (from > to) return [0, 4];
  return [from - 0.25, Math.max(to, from + 1) + 0.25];
}

function scaleOf(domain: [number, number], width: number): (x: number) => number {
  const perUnit = (width - 2 * SIDE_PX) / (domain[1] - domain[0]);
  return (x) => SIDE_PX + (x - domain[0]) * perUnit;
}

function itemOf(of: Drawn, look: Look): Item<Drawn> {
  const { reading } = of;
  const x = placeOf(reading);
  const [low, high] = [Number.isFinite(reading.lo), Number.isFinite(reading.hi)];
  const line = low && high;
  return {
    of, x, look,
    from: line ? reading.lo : x, to: line ? reading.hi : x,
    before: low ? MARK_PX : ARROW_PX, after: high ? MARK_PX : ARROW_PX,
  };
}

function gridMarks(ticks: readonly Tick[], paint: Paint): Plot.Markish {
  return Plot.ruleX(ticks.filter((tick) => Number.isInteger(tick.value)), { x: "value", stroke: paint.line });
}

/** The legend: mark and words of each lane. */
function laneMarks(laid: Laid, input: StripInput, domain: [number, number]): Plot.Markish[] {
  const atLane = (lane: Lane) => lane.top + 9;
  return [
    Plot.text(laid.lanes, {
      x: domain[0], y: atLane, dx: 16 - SIDE_PX, textAnchor: "start", fontSize: 12,
      text: (lane) => `${input.word(lane.look)} (${lane.count})`, fill: input.paint.soft,
      stroke: input.paint.ground, strokeWidth: 3,
    }),
    Plot.dot(laid.lanes, {
      x: domain[0], y: atLane, dx: 8 - SIDE_PX, r: 4, symbol: (lane: Lane) => lane.look.shape,
      fill: (lane: Lane) => input.paint.colour(lane.look), className: "legend",
    }),
  ];
}

const atX = ({ item }: Placement) => item.x;
const isBetween = ({ item }: Placement) => Number.isFinite(item.of.reading.lo) && Number.isFinite(item.of.reading.hi);
const isExact = ({ item }: Placement) => !Number.isNaN(item.of.reading.y);

function colourOf({ item }: Placement, { paint, still }: StripInput): string {
  return still(item.of.row) ? paint.soft : paint.colour(item.look);
}

function joinMarks(placed: readonly Placement[], input: StripInput): Plot.Markish {
  const treated = placed.filter(({ item }) => item.of.row.reference >= 0);
  const wanted = new Set(treated.map(({ item }) => input.partner(item.of.row)));
  const places = new Map(placed.filter(({ item }) => wanted.has(item.of.row)).map((each) => [each.item.of.row, each]));
  const joined = treated.flatMap((to) => {
    const from = places.get(input.partner(to.item.of.row) as Row);
    return from ? [{ from, to }] : [];
  });
  return Plot.link(joined, {
    x1: ({ from }) => from.item.x, y1: ({ from }) => from.top, x2: ({ to }) => to.item.x, y2: ({ to }) => to.top,
    stroke: input.paint.soft, strokeWidth: 1, curve: "linear",
  });
}

/** Values that the source gives between two limits. */
function intervalMarks(first: readonly Placement[], input: StripInput): Plot.Markish {
  return Plot.ruleY(first.filter((each) => isBetween(each) && !isExact(each)), {
    x1: ({ item }) => item.of.reading.lo, x2: ({ item }) => item.of.reading.hi, y: "top",
    stroke: (each: Placement) => colourOf(each, input), strokeWidth: 2, marker: "tick",
  });
}

function boundMarks(first: readonly Placement[], input: StripInput): Plot.Markish {
  return Plot.vector(first.filter((each) => !isBetween(each) && !isExact(each)), {
    x: atX, y: "top", length: ARROW_PX - 1, anchor: "start", strokeWidth: 2,
    rotate: ({ item }) => (Number.isFinite(item.of.reading.hi) ? -90 : 90),
    stroke: (each: Placement) => colourOf(each, input),
  });
}

function valueMarks(first: readonly Placement[], input: StripInput): Plot.Markish {
  return Plot.dot(first.filter(isExact), {
    x: atX, y: "top", r: 4, symbol: ({ item }: Placement) => item.look.shape,
    fill: (each: Placement) => colourOf(each, input), stroke: input.paint.ground, strokeWidth: 0.8,
  });
}

function ownMarks({ own, paint }: StripInput): Plot.Markish[] {
  return [
    Plot.ruleX(own, { stroke: paint.ink, strokeDasharray: "4 3", strokeWidth: 1.5 }),
    Plot.text(own, {
      x: (value: number) => value, frameAnchor: "top", dy: 4, dx: 4, textAnchor: "start", lineAnchor: "top",
      text: () => "yours", fill: paint.ink, stroke: paint.ground, strokeWidth: 3,
    }),
  ];
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
