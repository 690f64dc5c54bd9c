// Places in the strip: one lane a word, values as near to their place as there is room.

import { inOrder, type Look } from "./palette";

export interface Item<T = unknown> {
  of: T; // what is drawn
  x: number; // log10(ohm cm2)
  from: number; // ends of its line, log10
  to: number;
  before: number; // room for its mark beyond the ends, px
  after: number;
  look: Look;
}

export interface Placed<T = unknown> {
  item: Item<T>;
  left: number; // px
  top: number; // px
  first: boolean; // no other item has this place
}

export interface Lane {
  look: Look;
  top: number; // of its words
  count: number;
}

const MARK_PX = 9;
const WORDS_PX = 17;
const MOST_LEVELS = 14;
const LEVELS_OF_MANY = 4;
const MANY = 150;
// Marks nearer than this are one.
const SAME_PX = 3;
const SAME_OF_MANY_PX = 5;

export interface Laid<T = unknown> {
  items: Placed<T>[];
  lanes: Lane[];
  height: number;
}

/** Lay items out in lanes by look; `scale` turns log10 into px. */
export function layStrip<T>(items: readonly Item<T>[], scale: (x: number) => number, top: number): Laid<T> {
  const byLook = new Map<Look, Item<T>[]>();
  for (const item of items) {
    const members = byLook.get(item.look);
    if (members) members.push(item);
    else byLook.set(item.look, [item]);
  }
  const lanes: Lane[] = [];
  const placed: Placed<T>[] = [];
  let at = top;
  for (const [look, members] of [...byLook].sort(([a], [b]) => inOrder(a, b))) {
    lanes.push({ look, top: at, count: members.length });
    const { levels, marks } = stack(members, scale);
    const floor = at + WORDS_PX + (levels - 0.5) * MARK_PX;
    for (const mark of marks) placed.push({ item: mark.item, left: mark.left, top: floor - mark.level * MARK_PX, first: mark.first });
    at = floor + MARK_PX;
  }
  return { items: placed, lanes, height: at };
}

interface Stacked<T> {
  item: Item<T>;
  left: number; // px, of the mark
  from: number; // px, of its line
  to: number;
  level: number;
  first: boolean;
}

/** Stack items so that neither marks nor their lines meet, as far as there are levels. */
function stack<T>(items: readonly Item<T>[], scale: (x: number) => number): { levels: number; marks: Stacked<T>[] } {
  const [most, same] = items.length > MANY ? [LEVELS_OF_MANY, SAME_OF_MANY_PX] : [MOST_LEVELS, SAME_PX];
  const taken = new Set<number>();
  const ends: number[] = []; // right end of each level, px
  const marks = items.map((item): Stacked<T> => ({
    item, left: scale(item.x), from: scale(item.from) - item.before, to: scale(item.to) + item.after, level: 0, first: true,
  }));
  marks.sort((a, b) => a.from - b.from);
  for (const mark of marks) {
    const free = ends.findIndex((end) => mark.from > end);
    mark.level = free >= 0 ? free : Math.min(ends.length, most - 1);
    ends[mark.level] = Math.max(ends[mark.level] ?? -Infinity, mark.to);
    const bin = Math.round(mark.left / same) * MOST_LEVELS + mark.level;
    mark.first = !taken.has(bin);
    taken.add(bin);
  }
  return { levels: ends.length, marks };
}
