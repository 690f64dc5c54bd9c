// Ticks of axes that are not logarithmic: temperatures spaced by 1/T, and plain numbers.

import { plain } from "../data/amount";
import type { AxisTick } from "./cloud";

export const KELVIN = 273.15;
const CELSIUS = [-20, -10, 0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 120, 150, 200, 300];
const LABEL_PX = 34;
const NUMBER_PX = 70;

/** Place of a temperature on an axis of -1000/T (1/K), so that it rises to the right. */
export function inverse(celsius: number): number {
  return -1000 / (celsius + KELVIN);
}

export function inverseTicks(from: number, to: number, width: number): AxisTick[] {
  const inside = CELSIUS.filter((t) => inverse(t) >= from && inverse(t) <= to);
  let last = -Infinity;
  return inside.map((celsius) => {
    const value = inverse(celsius);
    const place = ((value - from) / (to - from)) * width;
    const named = place - last >= LABEL_PX;
    if (named) last = place;
    return { value, label: named ? String(celsius) : "" };
  });
}

export function plainTicks(from: number, to: number, width: number): AxisTick[] {
  const rough = ((to - from) * NUMBER_PX) / width;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? rough;
  const ticks: AxisTick[] = [];
  for (let place = Math.ceil(from / step); place * step <= to; place++) {
    const value = Number((place * step).toPrecision(12));
    ticks.push({ value, label: plain(value) });
  }
  return ticks;
}
