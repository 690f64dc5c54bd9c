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
  colour: number; // place in the lists; -1 for the rest
  shape: (typeof SHAPES)[number];
  word: string;
}

export const REST: Look = { colour: -1, shape: "circle", word: "other" };

/** Give looks to words, the most frequent first; words beyond the list share one. */
export function looksOf(counts: ReadonlyMap<string, number>): Map<string, Look> {
  const ordered = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  return new Map(
    ordered.map(([word], place) => {
      const shape = SHAPES[place];
      return [word, shape ? { colour: place, shape, word } : REST];
    }),
  );
}

/** The order of looks: as in the lists, the rest last. */
export function placeOfLook(look: Look): number {
  return look.colour < 0 ? COLOURS.light.length : look.colour;
}

/** The colour as the style sheet names it: it follows the mode. */
export function inPage(look: Look): string {
  return look.colour < 0 ? "var(--soft)" : `var(--c${look.colour})`;
}

export function inPrint(look: Look): string {
  return look.colour < 0 ? OTHER.light : (COLOURS.light[look.colour] ?? OTHER.light);
}
