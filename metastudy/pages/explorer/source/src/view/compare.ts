// Two groups of the shown rows: counts and medians here, an interval where Python has computed it.

import { median } from "../data/amount";
import { wordsOf, type Dataset, type Row } from "../data/dataset";
import type { ComparisonData } from "../data/payload";
import type { Readings } from "./readings";
import { filterCount, START, type Comparison, type View } from "./state";

export interface Group {
  word: string;
  works: number;
  values: number;
  bounds: number;
  medianLog10: number | null; // of the values, log10(ohm cm2)
}

export function groupOf(word: string, column: string, rows: readonly Row[], data: Dataset, readings: Readings): Group {
  const own = rows.filter((row) => readings.of(row) && wordsOf(data, column, row).includes(word));
  const values = own.flatMap((row) => {
    const y = readings.of(row)?.y ?? Number.NaN;
    return Number.isNaN(y) ? [] : [y];
  });
  return {
    word, works: new Set(own.map((row) => row.work)).size, values: values.length,
    bounds: own.length - values.length, medianLog10: median(values),
  };
}

/** A comparison that Python has written, b against a; it holds for all rows and no other view. */
export interface Written {
  interfaceClass: string;
  difference: number; // dex
  lower: number;
  upper: number;
  df: number;
  works: readonly [number, number];
}

export function writtenFor(comparison: Comparison, written: readonly ComparisonData[]): Written[] {
  const { column, a, b } = comparison;
  return written.filter((each) => each.column === column).flatMap((each): Written[] => {
    const { interface_class: interfaceClass, difference, lower, upper, df } = each;
    if (each.a === a && each.b === b) {
      return [{ interfaceClass, difference, lower, upper, df, works: [each.works_a, each.works_b] }];
    }
    if (each.a === b && each.b === a) {
      return [{ interfaceClass, difference: -difference, lower: -upper, upper: -lower, df, works: [each.works_b, each.works_a] }];
    }
    return [];
  });
}

/** Whether the view narrows the rows, so that a written comparison is not of what is shown. */
export function isNarrowed(view: View): boolean {
  return view.query !== START.query || filterCount(view) > 0 || view.referenceC !== null || view.scale !== START.scale;
}
