// The Nyquist plot of a spectrum: equal units on both axes, -Z'' upwards.

import * as Plot from "@observablehq/plot";
import { el } from "../dom";
import type { SpectrumData } from "../data/payload";
import { amount } from "../data/amount";
import { plainTicks } from "./axes";
import { CLASS, FONT, ON_PAGE } from "./figure";

const WIDTH = 300;
const MARGIN = { left: 48, right: 12, top: 22, bottom: 36 };

export function drawNyquist(spectrum: SpectrumData): HTMLElement {
  const points = spectrum.real_ohm.map((x, at) => ({ x, y: -(spectrum.imaginary_ohm[at] ?? 0) }));
  const [x0, x1] = rangeOf(points.map(({ x }) => x));
  const [y0, y1] = rangeOf(points.map(({ y }) => y));
  const inner = WIDTH - MARGIN.left - MARGIN.right;
  const height = Math.min(360, Math.max(90, (inner * (y1 - y0)) / (x1 - x0)));
  const [xTicks, yTicks] = [plainTicks(x0, x1, inner), plainTicks(y0, y1, height)];
  const svg = Plot.plot({
    className: CLASS, width: WIDTH, height: height + MARGIN.top + MARGIN.bottom,
    marginLeft: MARGIN.left, marginRight: MARGIN.right, marginTop: MARGIN.top, marginBottom: MARGIN.bottom,
    style: { fontFamily: FONT, fontSize: "11px", color: ON_PAGE.ink, background: "transparent" },
    x: { domain: [x0, x1], axis: null }, y: { domain: [y0, y1], axis: null },
    marks: [
      Plot.line(points, { x: "x", y: "y", stroke: ON_PAGE.line }),
      Plot.dot(points, { x: "x", y: "y", r: 2.5, fill: "var(--c0)" }),
      Plot.axisX(xTicks.map(({ value }) => value), { label: "Z′ (ohm)", tickFormat: (v: number) => amount(v), labelArrow: "none", color: ON_PAGE.ink }),
      Plot.axisY(yTicks.map(({ value }) => value), { label: "−Z″ (ohm)", tickFormat: (v: number) => amount(v), labelArrow: "none", color: ON_PAGE.ink }),
    ],
  });
  svg.setAttribute("aria-hidden", "true");
  const label = `Nyquist plot of ${points.length} points, real part ${amount(x0)} to ${amount(x1)} ohm`;
  return el("div", { role: "img", "aria-label": label }, svg);
}

function rangeOf(values: readonly number[]): [number, number] {
  const [from, to] = [Math.min(0, ...values), Math.max(...values)];
  const pad = (to - from || 1) * 0.05;
  return [from - (from < 0 ? pad : 0), to + pad];
}
