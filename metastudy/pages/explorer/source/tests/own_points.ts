import assert from "node:assert/strict";
import { test } from "node:test";
import { rankAmong, readPoints } from "../src/data/own_points";

function only(text: string): [number, number | null] {
  const { points, faults } = readPoints(text);
  assert.deepEqual(faults, [], text);
  assert.equal(points.length, 1);
  return [10 ** (points[0]?.log10Asr ?? Number.NaN), points[0]?.temperatureC ?? null];
}

function near(found: [number, number | null], ohm: number, celsius: number | null): void {
  assert.ok(Math.abs(found[0] / ohm - 1) < 1e-12, `${found[0]} is not ${ohm}`);
  if (celsius === null) assert.equal(found[1], null);
  else assert.ok(Math.abs((found[1] ?? Number.NaN) - celsius) < 1e-9);
}

test("values are read with their units", () => {
  near(only("1.2 kohm cm2 at 60 degC"), 1200, 60);
  near(only("1.2 kΩ cm² @ 60 °C"), 1200, 60);
  near(only("850 Ω·cm2"), 850, null);
  near(only("0.3 MOhm cm^2, 25 C"), 3e5, 25);
  near(only("2e3 ohm cm2 at 298.15 K"), 2000, 25);
  near(only("1.5×10^4 ohm cm2 at -10 degC"), 15000, -10);
  near(only("1.5x10^4 ohm cm2 at −10 degC"), 15000, -10);
  near(only("0.12 ohm m2 at 25 °C"), 1200, 25);
  near(only("5 mohm cm2"), 0.005, null);
  near(only("30 kohm mm2"), 300, null);
});

test("a CSV names its columns", () => {
  const { points, faults } = readPoints("sample;asr_kohm_cm2;T_C\none;1,5;60\ntwo;3;\n");
  assert.deepEqual(faults, []);
  assert.deepEqual(points.map(({ temperatureC }) => temperatureC), [60, null]);
  assert.ok(Math.abs(10 ** (points[0]?.log10Asr ?? 0) - 1500) < 1e-9);
  near(only("value,unit,temperature_K\n2,kohm cm2,333.15"), 2000, 60);
});

test("a fault names its line and what would be right", () => {
  const { points, faults } = readPoints("10 ohm cm2\n-4 ohm cm2\n7 ohm\nwords\n5 S cm2\n3 ohm cm2 at hot");
  assert.equal(points.length, 1);
  assert.deepEqual(faults.map(({ line }) => line), [2, 3, 4, 5, 6]);
  assert.match(faults[0]?.message ?? "", /above zero/);
  assert.match(faults[1]?.message ?? "", /"7 ohm" has no area/);
  assert.match(faults[2]?.message ?? "", /write for example/);
  assert.match(faults[3]?.message ?? "", /no area-specific resistance/);
  assert.match(faults[4]?.message ?? "", /at 60 degC/);
});

test("a rank counts the values below", () => {
  assert.deepEqual(rankAmong(2.5, [1, 2, 3]), { rank: 3, of: 4 });
  assert.deepEqual(rankAmong(0, []), { rank: 1, of: 1 });
});
