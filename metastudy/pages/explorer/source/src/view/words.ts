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
  const { values, bounds, works, still, unmoved, others } = counts;
  const numbers = `${counted(values, "value")} and ${counted(bounds, "bound")}`;
  const parts = [still ? `${numbers}, ${still} of them not movable, from` : `${numbers} from`, counted(works, "work")];
  const rest = [
    unmoved ? `, ${counted(unmoved, "row")} without an activation energy` : "",
    others ? `, ${counted(others, "printed row")} without a resistance` : "",
  ];
  return `${parts.join(" ")}${rest.join("")}`;
}
