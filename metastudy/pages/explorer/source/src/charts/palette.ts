// Colours and shapes of the words of a facet. Two lists, one a mode: each colour has a contrast of
// at least 3:1 against its ground. A shape goes with each colour, so that no colour is needed.

export const GROUND = { light: "#ffffff", dark: "#15181c" } as const;
export const COLOURS = {
  light: ["#0072b2", "#d55e00", "#00795a", "#a6437a", "#8a6100", "#4f4fb0", "#8b1a1a"],
  dark: ["#56b4e9", "#ff8a4c", "#2fc59b", "#e39ac6", "#e6b800", "#a9a9f5", "#f28b82"],
} as const;
export const OTHER = { light: "#5b5b5b", dark: "#a8adb3" } as const;
export const SHAPES = [
  "circle", "square", "triangle", "diamond", "cross", "star", "wye",
] as const;

export interface Look {
  place: number; // in the order of the words; the rest is last
  colour: number; // place in the lists; -1 for the rest
  shape: (typeof SHAPES)[number];
  word: string;
}

export const REST: Look = { place: Infinity, colour: -1, shape: "circle", word: "other" };

const COUNT = SHAPES.length; // of the shapes, and of the colours
export const MOST_LOOKS = COUNT * COUNT;

/**
 * Give looks to the words of the whole data, the most frequent first; words beyond the pairs of
 * colour and shape share one.
 */
export function looksOf(counts: ReadonlyMap<string, number>): Map<string, Look> {
  return new Map(byCount(counts).map((word, place) => [word, place < MOST_LOOKS ? lookAt(place, word) : REST]));
}

/** Looks of the shown words: each its own, or that of the rest where more frequent ones fill the picture. */
export function shownLooks(looks: ReadonlyMap<string, Look>, shown: ReadonlyMap<string, number>): Map<string, Look> {
  return new Map(byCount(shown).map((word, place) => [word, place < COUNT ? (looks.get(word) ?? REST) : REST]));
}

function lookAt(place: number, word: string): Look {
  const round = Math.floor(place / COUNT);
  return { place, colour: place % COUNT, shape: SHAPES[(place + round) % COUNT] ?? REST.shape, word };
}

function byCount(counts: ReadonlyMap<string, number>): string[] {
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([word]) => word);
}

/** The order of looks: that of their words, the rest last. */
export function inOrder(a: Look, b: Look): number {
  return a === b ? 0 : a.place < b.place ? -1 : 1;
}

/** The colour as the style sheet names it: it follows the mode. */
export function inPage(look: Look): string {
  return look.colour < 0 ? "var(--soft)" : `var(--c${look.colour})`;
}

export function inPrint(look: Look): string {
  return look.colour < 0 ? OTHER.light : (COLOURS.light[look.colour] ?? OTHER.light);
}
