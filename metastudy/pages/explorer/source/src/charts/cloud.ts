// Resistance against something: a cloud of points, bounds as arrows, each with its line.

import * as Plot from "@observablehq/plot";
import { CLASS, FONT, type Chart, type Paint } from "./figure";
import type { Look } from "./palette";
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

const MARGIN = { left: 46, right: 16, top: 24, bottom: 40 };
const CELL_PX = 3;

interface Drawn extends CloudPoint {
  left: number;
  top: number;
}

export function drawCloud(input: CloudInput): Chart {
  const x = domainOf(input.points.flatMap((p) => (p.to ? [p.x, p.to.x] : [p.x])), 0.04);
  const y = domainOf(input.points.flatMap((p) => (p.to ? [p.y, p.to.y] : [p.y])), 0.06);
  const drawn = placed(input, x, y);
  const first = firstOfEachPlace(drawn);
  const yTicks = logTicks(y[0], y[1], input.height - MARGIN.top - MARGIN.bottom);
  const names = new Map(yTicks.map((tick) => [tick.value, tick.label]));
  const xTicks = input.xTicks(x[0], x[1], input.width - MARGIN.left - MARGIN.right);
  const xNames = new Map(xTicks.map((tick) => [tick.value, tick.label]));
  const { paint } = input;
  const svg = Plot.plot({
    className: CLASS,
    width: input.width, height: input.height,
    marginLeft: MARGIN.left, marginRight: MARGIN.right, marginTop: MARGIN.top, marginBottom: MARGIN.bottom,
    x: { domain: x, axis: null }, y: { domain: y, axis: null },
    style: { fontFamily: FONT, fontSize: "12px", color: paint.ink, background: "transparent" },
    marks: [
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
        tickFormat: (v: number) => names.get(v) ?? "", label: input.yLabel, labelAnchor: "top",
        labelArrow: "none", fontSize: 12, color: paint.ink,
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

function placed(input: CloudInput, x: [number, number], y: [number, number]): Drawn[] {
  const across = input.width - MARGIN.left - MARGIN.right;
  const down = input.height - MARGIN.top - MARGIN.bottom;
  return input.points.map((point) => ({
    ...point,
    left: MARGIN.left + ((point.x - x[0]) / (x[1] - x[0])) * across,
    top: MARGIN.top + ((y[1] - point.y) / (y[1] - y[0])) * down,
  }));
}

function firstOfEachPlace(points: readonly Drawn[]): Drawn[] {
  const taken = new Set<string>();
  return points.filter((point) => {
    const cell = `${Math.round(point.left / CELL_PX)} ${Math.round(point.top / CELL_PX)} ${point.look.colour} ${point.kind}`;
    const free = !taken.has(cell);
    taken.add(cell);
    return free;
  });
}
