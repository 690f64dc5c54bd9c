import assert from "node:assert/strict";
import { test } from "node:test";
import { inverse, inverseTicks, plainTicks } from "../src/charts/axes";
import { logTicks } from "../src/charts/ticks";

const LETTER_PX = 7;

test("every decade in the range has a tick, at any width", () => {
  for (const width of [240, 362, 640, 900]) {
    for (const [from, to] of [[-2.3, 7.2], [0.4, 1.1], [1, 5], [-6, 9]] as const) {
      const ticks = logTicks(from, to, width).map(({ value }) => value);
      for (let decade = Math.ceil(from); decade <= to; decade++) assert.ok(ticks.includes(decade), `${decade} at ${width} px`);
    }
  }
});

test("nine decades at 362 px have labels that do not meet", () => {
  for (const [from, to, width] of [[-2, 7, 362], [0.5, 3, 362], [1.2, 1.9, 362], [-3, 6, 640]] as const) {
    let end = -Infinity;
    for (const { value, label } of logTicks(from, to, width)) {
      if (!label) continue;
      const half = (label.length * LETTER_PX) / 2;
      const place = ((value - from) / (to - from)) * width;
      assert.ok(place - half >= end, `${label} at ${width} px`);
      end = place + half;
    }
  }
});

test("a range without a decade has ticks at 2 and 5", () => {
  assert.deepEqual(logTicks(0.2, 0.8, 300).map(({ label }) => label), ["2", "5"]);
});

test("a hotter temperature is farther to the right", () => {
  assert.ok(inverse(60) > inverse(25));
  assert.deepEqual(inverseTicks(inverse(20), inverse(60), 400).map(({ label }) => label), ["20", "30", "40", "50", "60"]);
});

test("plain ticks are multiples of one step", () => {
  assert.deepEqual(plainTicks(1996, 2026, 500).map(({ label }) => label), ["2000", "2005", "2010", "2015", "2020", "2025"]);
});
