import assert from "node:assert/strict";
import { test } from "node:test";
import { amount, median, scientific, twelveDigits } from "../src/data/amount";

test("an amount is written to three digits", () => {
  const said = [0.0123456, 1.5, 60, 999.6, 12345, 1.234e7, 1e-5].map((value) => amount(value));
  assert.deepEqual(said, ["0.0123", "1.50", "60.0", "1000", "12\u202f300", "1.23×10⁷", "10⁻⁵"]);
});

test("twelve digits are those of C's %.12g", () => {
  const cases: [number, string][] = [
    [0, "0"], [1 / 3, "0.333333333333"], [2, "2"], [1e-4, "0.0001"], [1.5e-5, "1.5e-05"],
    [123456789012, "123456789012"], [1234567890123, "1.23456789012e+12"], [-10 / 3, "-3.33333333333"],
  ];
  for (const [value, text] of cases) assert.equal(twelveDigits(value), text);
});

test("twelve digits lose less than their last place", () => {
  for (let power = -30; power <= 30; power++) {
    const value = (1 + Math.abs(Math.sin(power))) * 10 ** power;
    assert.ok(Math.abs(Number(twelveDigits(value)) / value - 1) <= 0.5e-11);
  }
});

test("a power of ten has no mantissa", () => {
  assert.equal(scientific(1, -12), "10⁻¹²");
  assert.equal(scientific(2, 5), "2×10⁵");
});

test("half of the values are on each side of the median", () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.equal(median([]), null);
});
