import assert from "node:assert/strict";
import { test } from "node:test";
import { readFileSync } from "node:fs";
import { COLOURS, GROUND, looksOf, MOST_LOOKS, OTHER, REST, SHAPES, shownLooks } from "../src/charts/palette";

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

const name = (at: number) => `w${String(at).padStart(2, "0")}`;
const counts = (words: number) => new Map(Array.from({ length: words }, (_, at) => [name(at), words - at]));

test("every word has a look of its own, as long as there are pairs of colour and shape", () => {
  const looks = looksOf(counts(MOST_LOOKS + 2));
  const pairs = [...looks.values()].filter((look) => look !== REST).map(({ shape, colour }) => `${shape} ${colour}`);
  assert.equal(pairs.length, MOST_LOOKS);
  assert.equal(new Set(pairs).size, MOST_LOOKS);
  assert.equal(looks.get(name(MOST_LOOKS)), REST);
});

test("the first words have all colours, the most frequent the first", () => {
  const looks = looksOf(counts(SHAPES.length));
  assert.equal(looks.get(name(0))?.colour, 0);
  assert.equal(new Set([...looks.values()].map(({ colour }) => colour)).size, COLOURS.light.length);
  assert.equal(new Set([...looks.values()].map(({ shape }) => shape)).size, SHAPES.length);
});

test("a word keeps its look whatever is shown", () => {
  const looks = looksOf(counts(20));
  for (const word of looks.keys()) assert.equal(shownLooks(looks, new Map([[word, 1]])).get(word), looks.get(word));
});

test("of many shown words the less frequent share one look", () => {
  const shown = shownLooks(looksOf(counts(20)), counts(20));
  assert.equal([...shown.values()].filter((look) => look !== REST).length, SHAPES.length);
  assert.equal(shown.get(name(19)), REST);
});
