// Why an observation is not in the headline, at one reference temperature.

import { wordOf, type Dataset, type Row } from "../data/dataset";
import type { Payload } from "../data/payload";
import { varianceOf, type Moved } from "../data/temperature";

/** All reasons of each observation by its place, in fixed order; none for a headline row. */
export function leftOutReasons(
  data: Dataset, places: readonly (Moved | null)[], payload: Payload,
): Map<number, string[]> {
  const samples = new Map<string, Row[]>();
  const own = new Map<number, string[]>();
  for (const row of data.rows) {
    const place = places[row.place];
    if (!row.observation || !place) continue;
    own.set(row.place, ownReasons(row, place, payload.constants.temperature_limit_dex));
    const sample = wordOf(data, "sample_id", row);
    samples.set(sample, [...(samples.get(sample) ?? []), row]);
  }
  for (const states of samples.values()) {
    const taken = takenOf(states, own, payload.laws.rank);
    for (const row of states) if (row !== taken) own.get(row.place)?.push("other_state");
  }
  return own;
}

function ownReasons(row: Row, place: Moved, limit: number): string[] {
  const reasons = row.treated ? ["treated"] : [];
  if (place.segment.kind === "fixed") reasons.push("other_phase");
  if (Math.sqrt(varianceOf(place.terms).temperature) > limit) reasons.push("temperature_uncertain");
  return reasons;
}

function takenOf(states: readonly Row[], own: ReadonlyMap<number, string[]>, rank: readonly number[][]): Row | undefined {
  const ready = states.filter((row) => (own.get(row.place) ?? []).every((reason) => reason === "treated"));
  const ranked = [...(ready.length ? ready : states)].sort((a, b) => lexicographic(rank[a.place] ?? [], rank[b.place] ?? []));
  return ranked[0];
}

function lexicographic(a: readonly number[], b: readonly number[]): number {
  for (let at = 0; at < Math.min(a.length, b.length); at++) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
