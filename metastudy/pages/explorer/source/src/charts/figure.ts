// What the pictures share: their size, look and ground, and where each row is drawn.

import type { Look } from "./palette";
import { inPage, inPrint } from "./palette";

export interface Mark {
  id: string;
  x: number; // px
  y: number; // px
}

/** A picture: its SVG, and where each row is; rows drawn in one place share it. */
export interface Chart {
  svg: SVGElement | HTMLElement;
  marks: readonly Mark[];
  drawn: number; // marks in the picture: fewer than rows where some have one place
}

/** How a picture is painted: on the page, where it follows the mode, or always light in a file. */
export interface Paint {
  colour: (look: Look) => string;
  ink: string;
  soft: string;
  line: string;
  ground: string;
}

export const ON_PAGE: Paint = {
  colour: inPage, ink: "var(--ink)", soft: "var(--soft)", line: "var(--line)", ground: "var(--paper)",
};
export const IN_FILE: Paint = {
  colour: inPrint, ink: "#1c1c1c", soft: "#5b5b5b", line: "#dcdcdc", ground: "#ffffff",
};

export const CLASS = "chart"; // build.mjs takes the hash of the style of this class
export const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

/** The mark nearest to a point, within `reach` px. */
export function nearest(marks: readonly Mark[], x: number, y: number, reach = 18): Mark | null {
  let best: Mark | null = null;
  let least = reach * reach;
  for (const mark of marks) {
    const distance = (mark.x - x) ** 2 + (mark.y - y) ** 2;
    if (distance < least) [best, least] = [mark, distance];
  }
  return best;
}
