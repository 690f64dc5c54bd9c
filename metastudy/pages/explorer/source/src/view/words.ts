// Readings and counts in words.

import { amount, counted } from "../data/amount";
import type { Reading } from "../data/dataset";
import type { Counts } from "./selection";

export const UNIT = "ohm cm²";

/** 1 230; ≤ 40; ≥ 1×10⁴; 20 to 50. */
export function readingText(reading: Reading): string {
  const ohm = (log10: number) => amount(10 ** log10);
  if (!Number.isNaN(reading.y)) return ohm(reading.y);
  const [low, high] = [Number.isFinite(reading.lo), Number.isFinite(reading.hi)];
  if (low && high) return `${ohm(reading.lo)} to ${ohm(reading.hi)}`;
  return high ? `≤ ${ohm(reading.hi)}` : `≥ ${ohm(reading.lo)}`;
}

export function countsText(counts: Counts): string {
  const parts = [
    counted(counts.values, "value"), counted(counts.bounds, "bound"), counted(counts.works, "work"),
  ];
  if (counts.unmoved) parts.push(`${counts.unmoved} not movable`);
  if (counts.others) parts.push(`${counted(counts.others, "printed row")} without a resistance`);
  return parts.join(", ");
}
