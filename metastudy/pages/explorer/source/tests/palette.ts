import assert from "node:assert/strict";
import { test } from "node:test";
import { readFileSync } from "node:fs";
import { COLOURS, GROUND, looksOf, OTHER, SHAPES } from "../src/charts/palette";

/** Relative luminance of a colour, as WCAG 2 defines it. */
function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

test("each colour has a contrast of three against its ground", () => {
  for (const mode of ["light", "dark"] as const) {
    for (const colour of [...COLOURS[mode], OTHER[mode]]) {
      assert.ok(contrast(colour, GROUND[mode]) >= 3, `${colour} on ${GROUND[mode]}`);
    }
  }
});

test("the style sheet has the colours of both lists", () => {
  const style = readFileSync("src/style.css", "utf8");
  for (const mode of ["light", "dark"] as const) {
    COLOURS[mode].forEach((colour, place) => assert.ok(style.includes(`--c${place}: ${colour};`), `--c${place}: ${colour}`));
    assert.ok(style.includes(`--soft: ${OTHER[mode]};`) && style.includes(`--paper: ${GROUND[mode]};`));
  }
});

test("the most frequent words have a colour and a shape each, the rest share one", () => {
  const counts = new Map(Array.from({ length: 12 }, (_, at) => [`w${String(at).padStart(2, "0")}`, 12 - at]));
  const looks = looksOf(counts);
  assert.equal(looks.get("w00")?.colour, 0);
  assert.equal(new Set([...looks.values()].map(({ shape, colour }) => `${shape} ${colour}`)).size, SHAPES.length + 1);
  assert.equal(looks.get("w11"), looks.get("w10"));
});
