// Resistance against something: a cloud of points, bounds as arrows, each with its line.

import * as Plot from "@observablehq/plot";
import { CLASS, FONT, type Chart, type Paint } from "./figure";
import { inOrder, type Look } from "./palette";
import { logTicks } from "./ticks";

export interface CloudPoint {
  id: string;
  x: number;
  y: number; // log10(ohm cm2)
  kind: "value" | "atMost" | "atLeast";
  look: Look;
  to: { x: number; y: number } | null; // end of its line: where the row is moved
}

export interface AxisTick {
  value: number;
  label: string;
}

export interface CloudInput {
  points: readonly CloudPoint[];
  xLabel: string;
  yLabel: string;
  xTicks: (from: number, to: number, width: number) => readonly AxisTick[];
  width: number;
  height: number;
  paint: Paint;
  word: (look: Look) => string;
}

const MARGIN = { left: 46, right: 16, top: 30, bottom: 40 };
const CELL_PX = 3;
const LETTER_PX = 6.6;
const LEGEND_LINE_PX = 18;

interface Drawn extends CloudPoint {
  left: number;
  top: number;
}

export function drawCloud(input: CloudInput): Chart {
  const x = domainOf(input.points.flatMap((p) => (p.to ? [p.x, p.to.x] : [p.x])), 0.04);
  const y = domainOf(input.points.flatMap((p) => (p.to ? [p.y, p.to.y] : [p.y])), 0.06);
  const legend = legendOf(input);
  const top = MARGIN.top + legend.height;
  const height = input.height + legend.height;
  const drawn = placed(input, x, y, top);
  const first = firstOfEachPlace(drawn);
  const yTicks = logTicks(y[0], y[1], input.height - MARGIN.top - MARGIN.bottom);
  const names = new Map(yTicks.map((tick) => [tick.value, tick.label]));
  const xTicks = input.xTicks(x[0], x[1], input.width - MARGIN.left - MARGIN.right);
  const xNames = new Map(xTicks.map((tick) => [tick.value, tick.label]));
  const { paint } = input;
  const svg = Plot.plot({
    className: CLASS,
    width: input.width, height,
    marginLeft: MARGIN.left, marginRight: MARGIN.right, marginTop: top, marginBottom: MARGIN.bottom,
    x: { domain: x, axis: null }, y: { domain: y, axis: null },
    style: { fontFamily: FONT, fontSize: "12px", color: paint.ink, background: "transparent" },
    marks: [
      legendMarks(legend.entries, input, x, y, top),
      Plot.ruleY(yTicks.filter((tick) => Number.isInteger(tick.value)), { y: "value", stroke: paint.line }),
      Plot.link(first.filter((p) => p.to), {
        x1: "x", y1: "y", x2: (p: Drawn) => p.to?.x, y2: (p: Drawn) => p.to?.y,
        stroke: (p: Drawn) => paint.colour(p.look), strokeWidth: 1,
      }),
      Plot.vector(first.filter((p) => p.kind !== "value"), {
        x: "x", y: "y", length: 13, anchor: "start", strokeWidth: 2,
        rotate: (p: Drawn) => (p.kind === "atMost" ? 180 : 0), stroke: (p: Drawn) => paint.colour(p.look),
      }),
      Plot.dot(first.filter((p) => p.kind === "value"), {
        x: "x", y: "y", r: 4.5, symbol: (p: Drawn) => p.look.shape,
        fill: (p: Drawn) => paint.colour(p.look), stroke: paint.ground, strokeWidth: 0.8,
      }),
      Plot.axisX(xTicks.map((tick) => tick.value), {
        tickFormat: (v: number) => xNames.get(v) ?? "", label: input.xLabel, labelAnchor: "right",
        labelArrow: "none", fontSize: 12, color: paint.ink,
      }),
      Plot.axisY(yTicks.map((tick) => tick.value), {
        tickFormat: (v: number) => names.get(v) ?? "", label: null, fontSize: 12, color: paint.ink,
      }),
      Plot.text([input.yLabel], {
        frameAnchor: "top-left", textAnchor: "start", dx: 4 - MARGIN.left, dy: -18, fontSize: 12, fill: paint.ink,
      }),
    ],
  });
  return {
    svg: svg as SVGElement,
    marks: drawn.map(({ id, left, top }) => ({ id, x: left, y: top })),
    drawn: first.length,
  };
}

function domainOf(values: readonly number[], margin: number): [number, number] {
  let [from, to] = [Infinity, -Infinity];
  for (const value of values) [from, to] = [Math.min(from, value), Math.max(to, value)];
  if (from > to) return [0, 1];
  const pad = (to - from) * margin || Math.max(Math.abs(to) * margin, 0.1);
  return [from - pad, to + pad];
}

interface Entry {
  look: Look;
  left: number; // px
  line: number;
}

/** Words of the looks, as many on a line as there is room. */
function legendOf(input: CloudInput): { entries: Entry[]; height: number } {
  const looks = [...new Set(input.points.map((point) => point.look))].sort(inOrder);
  const entries: Entry[] = [];
  let [left, line] = [8, 0];
  for (const look of looks) {
    const wide = 24 + input.word(look).length * LETTER_PX;
    if (left > 8 && left + wide > input.width) [left, line] = [8, line + 1];
    entries.push({ look, left, line });
    left += wide;
  }
  return { entries, height: entries.length ? (line + 1) * LEGEND_LINE_PX : 0 };
}

function legendMarks(entries: readonly Entry[], input: CloudInput, x: [number, number], y: [number, number], top: number): Plot.Markish[] {
  const across = (x[1] - x[0]) / (input.width - MARGIN.left - MARGIN.right);
  const down = (y[1] - y[0]) / (input.height - MARGIN.top - MARGIN.bottom);
  const atX = (entry: Entry) => x[0] + (entry.left - MARGIN.left) * across;
  const atY = (entry: Entry) => y[1] + (top - 10 - entry.line * LEGEND_LINE_PX) * down;
  return [
    Plot.dot(entries, {
      x: atX, y: atY, r: 4.5, symbol: (entry: Entry) => entry.look.shape, fill: (entry: Entry) => input.paint.colour(entry.look),
    }),
    Plot.text(entries, {
      x: atX, y: atY, dx: 9, textAnchor: "start", text: (entry: Entry) => input.word(entry.look), fill: input.paint.ink,
    }),
  ];
}

function placed(input: CloudInput, x: [number, number], y: [number, number], top: number): Drawn[] {
  const across = input.width - MARGIN.left - MARGIN.right;
  const down = input.height - MARGIN.top - MARGIN.bottom;
  return input.points.map((point) => ({
    ...point,
    left: MARGIN.left + ((point.x - x[0]) / (x[1] - x[0])) * across,
    top: top + ((y[1] - point.y) / (y[1] - y[0])) * down,
  }));
}

function firstOfEachPlace(points: readonly Drawn[]): Drawn[] {
  const taken = new Set<string>();
  return points.filter((point) => {
    const cell = `${Math.round(point.left / CELL_PX)} ${Math.round(point.top / CELL_PX)} ${point.look.place} ${point.kind}`;
    const free = !taken.has(cell);
    taken.add(cell);
    return free;
  });
}
