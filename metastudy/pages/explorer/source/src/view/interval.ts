// The 95 % interval of a row: its known variance, taken as normal in log10.

import { amount } from "../data/amount";
import type { Row } from "../data/dataset";
import type { Readings } from "./readings";

const NORMAL_975 = 1.959963984540054;

/** Ends in log10(ohm cm2), or null where the row has no value or no known error. */
export function intervalOf(readings: Readings, row: Row): [number, number] | null {
  const reading = readings.of(row);
  if (!reading || Number.isNaN(reading.y)) return null;
  const half = NORMAL_975 * Math.sqrt(readings.variance(row));
  return half > 0 ? [reading.y - half, reading.y + half] : null;
}

export function intervalText(readings: Readings, row: Row): string {
  const found = intervalOf(readings, row);
  return found ? `${amount(10 ** found[0])} to ${amount(10 ** found[1])}` : "";
}
