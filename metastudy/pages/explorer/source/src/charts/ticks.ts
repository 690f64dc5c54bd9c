// Ticks of a logarithmic axis, chosen here: every decade has a tick, 1-2-5 where there is room.

import { scientific } from "../data/amount";

export interface Tick {
  value: number; // log10
  label: string; // empty: a tick without words
}

const DECADE_LABEL_PX = 34;
const LETTER_PX = 7;
const EDGE_PX = 12; // beside the axis
// Room of a decade in which 2 and 5 are named too, as 200 and as 2×10⁴.
const STEPS_PX = 102;
const POWER_STEPS_PX = 190;

/** Ticks from log10 `from` to `to` on an axis of `width` px. */
export function logTicks(from: number, to: number, width: number): Tick[] {
  const first = Math.ceil(from - 1e-9);
  const last = Math.floor(to + 1e-9);
  const perDecade = width / Math.max(to - from, 1e-9);
  const every = Math.max(1, Math.ceil(DECADE_LABEL_PX / perDecade));
  const ticks: Tick[] = [];
  for (let decade = first; decade <= last; decade++) {
    const named = decade % every === 0 || first === last;
    ticks.push({ value: decade, label: named ? decadeLabel(decade) : "" });
  }
  const all = [...ticks, ...steps(from, to, perDecade)].sort((a, b) => a.value - b.value);
  return all.map((tick) => (fits(tick, from, to, perDecade) ? tick : { ...tick, label: "" }));
}

/** Whether the label of a tick lies within the picture; a power of ten is named all the same. */
function fits({ value, label }: Tick, from: number, to: number, perDecade: number): boolean {
  const room = Math.min(value - from, to - value) * perDecade + EDGE_PX;
  return Number.isInteger(value) || room >= (label.length * LETTER_PX) / 2;
}

export function decadeLabel(decade: number): string {
  if (decade >= -2 && decade <= 3) return String(Number((10 ** decade).toPrecision(1)));
  return scientific(1, decade);
}

function steps(from: number, to: number, perDecade: number): Tick[] {
  const found: Tick[] = [];
  for (let decade = Math.floor(from); decade <= Math.ceil(to); decade++) {
    for (const factor of [2, 5]) {
      const value = decade + Math.log10(factor);
      if (value < from || value > to) continue;
      const named = perDecade >= (isPlain(decade) ? STEPS_PX : POWER_STEPS_PX);
      found.push({ value, label: named ? stepLabel(factor, decade) : "" });
    }
  }
  return found;
}

const isPlain = (decade: number) => decade >= -2 && decade <= 2;

function stepLabel(factor: number, decade: number): string {
  if (isPlain(decade)) return String(Number((factor * 10 ** decade).toPrecision(1)));
  return scientific(factor, decade);
}
