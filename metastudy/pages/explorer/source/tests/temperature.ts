import assert from "node:assert/strict";
import { test } from "node:test";
import type { Change } from "../src/data/payload";
import { moved, stepAt, varianceOf, type Law, type Segment } from "../src/data/temperature";

const CONSTANTS = { boltzmann_ev_per_k: 8.617333262e-5, zero_celsius_k: 273.15, at_reference_k: 0.01, temperature_limit_dex: 0.2 };

function segment(more: Partial<Segment>): Segment {
  const changes: Change = {};
  return {
    startC: -20, included: true, kind: "energy", fromK: 298.15, lo: 2, hi: 2, eaEv: 0.6, form: 0, source: "own",
    terms: [["reading", "row", 0.1]], errors: [["ea", "study", 0.05]], line: null, changes, ...more,
  };
}

const at = (law: Law, celsius: number, residual = 0) => moved(law, celsius, 25, residual, CONSTANTS);

/** log10 of R = A T^form exp(Ea/kT) at one temperature against another. */
function arrhenius(ea: number, form: number, from: number, to: number): number {
  const k = CONSTANTS.boltzmann_ev_per_k;
  return Math.log10((to ** form * Math.exp(ea / (k * to))) / (from ** form * Math.exp(ea / (k * from))));
}

test("a move is the ratio of two Arrhenius laws", () => {
  for (const form of [0, 0.5, 1]) {
    const found = at([segment({ form })], 60);
    assert.ok(Math.abs((found?.lo ?? 0) - 2 - arrhenius(0.6, form, 298.15, 333.15)) < 1e-12, String(form));
  }
});

test("there and back is nowhere", () => {
  const there = at([segment({ form: 0.5 })], 80)?.move ?? 0;
  const back = moved([segment({ form: 0.5, fromK: 353.15 })], 25, 80, 0, CONSTANTS)?.move ?? 0;
  assert.ok(Math.abs(there + back) < 1e-12);
});

test("the error of an energy grows with the way, and is none at the measured temperature", () => {
  const loading = (celsius: number) => Math.abs(at([segment({})], celsius)?.terms.find(([name]) => name === "ea")?.[2] ?? 0);
  assert.equal(loading(25), 0);
  assert.ok(loading(40) > 0 && loading(60) > loading(40));
  const h = 1e-6; // the loading is the slope of y by the energy, times its error
  const slope = (((at([segment({ eaEv: 0.6 + h })], 60)?.lo ?? 0) - (at([segment({})], 60)?.lo ?? 0)) / h) * 0.05;
  assert.ok(Math.abs(Math.abs(slope) - loading(60)) < 1e-6);
});

test("a row of the other phase stays, one without an energy has no value", () => {
  assert.equal(at([segment({ kind: "fixed" })], 60)?.referenceC, 25);
  assert.equal(at([segment({ kind: "none" })], 60), null);
});

test("an open end stays open", () => {
  assert.equal(at([segment({ lo: null })], 60)?.lo, null);
});

test("a line is uncertain by its points, least in their middle", () => {
  const line = { points: 5, spread: 1e-7, known: [1e-6, 0, 0] as [number, number, number], temperature_sd_k: 0, temperature_scope: "sample" };
  const whole = (celsius: number) => varianceOf(at([segment({ kind: "line", line, terms: [] })], celsius, 0.02)?.terms ?? []).whole;
  assert.ok(Math.abs(whole(25) - 0.02 ** 2 / 5) < 1e-15);
  assert.ok(whole(60) > whole(25));
});

test("a step holds from its start, or from just above", () => {
  const steps: [number, boolean][] = [[-20, true], [60, true], [60, false]];
  const found = [59, 60, 61].map((celsius) => steps.indexOf(stepAt(steps, celsius, (step) => step) as [number, boolean]));
  assert.deepEqual(found, [0, 1, 2]);
});

test("a variance is the sum of its parts", () => {
  const parts = varianceOf([["ea", "study", 0.3], ["interfaces", "cell design", -0.4], ["reading", "row", 0.5]]);
  assert.ok(Math.abs(parts.temperature - 0.09) < 1e-15 && Math.abs(parts.interfaces - 0.16) < 1e-15);
  assert.ok(Math.abs(parts.whole - 0.5) < 1e-15);
});
