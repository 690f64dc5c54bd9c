// Places in the strip: one lane a word, values as near to their place as there is room.

import { placeOfLook, type Look } from "./palette";

export interface Item {
  id: string;
  x: number; // log10(ohm cm2)
  from: number; // ends of its line, log10
  to: number;
  before: number; // room for its mark beyond the ends, px
  after: number;
  look: Look;
}

export interface Placed extends Item {
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
const LEVELS_OF_MANY = 5;
const MANY = 150;

export interface Laid {
  items: Placed[];
  lanes: Lane[];
  height: number;
}

/** Lay items out in lanes by look; `scale` turns log10 into px. */
export function layStrip(items: readonly Item[], scale: (x: number) => number, top: number): Laid {
  const byLook = new Map<Look, Item[]>();
  for (const item of items) {
    const members = byLook.get(item.look);
    if (members) members.push(item);
    else byLook.set(item.look, [item]);
  }
  const lanes: Lane[] = [];
  const placed: Placed[] = [];
  let at = top;
  for (const [look, members] of [...byLook].sort(([a], [b]) => placeOfLook(a) - placeOfLook(b))) {
    lanes.push({ look, top: at, count: members.length });
    const stacked = stack(members, scale);
    const levels = Math.max(...stacked.map(({ level }) => level)) + 1;
    const floor = at + WORDS_PX + (levels - 0.5) * MARK_PX;
    for (const { item, left, level, first } of stacked) {
      placed.push({ ...item, left, top: floor - level * MARK_PX, first });
    }
    at = floor + MARK_PX;
  }
  return { items: placed, lanes, height: at };
}

interface Stacked {
  item: Item;
  left: number;
  level: number;
  first: boolean;
}

/** Stack items so that neither marks nor their lines meet, as far as there are levels. */
function stack(items: readonly Item[], scale: (x: number) => number): Stacked[] {
  const most = items.length > MANY ? LEVELS_OF_MANY : MOST_LEVELS;
  const taken = new Set<number>();
  const ends: number[] = []; // right end of each level, px
  const reach = (item: Item) => [scale(item.from) - item.before, scale(item.to) + item.after] as const;
  const sorted = [...items].sort((a, b) => reach(a)[0] - reach(b)[0]);
  return sorted.map((item) => {
    const [from, to] = reach(item);
    const free = ends.findIndex((end) => from > end);
    const level = free >= 0 ? free : Math.min(ends.length, most - 1);
    ends[level] = Math.max(ends[level] ?? -Infinity, to);
    const left = scale(item.x);
    const bin = Math.round(left / 3) * MOST_LEVELS + level;
    const first = !taken.has(bin);
    taken.add(bin);
    return { item, left, level, first };
  });
}
