import assert from "node:assert/strict";
import { test } from "node:test";
import { temperatureText } from "../src/data/records";
import { classesByReference, referenceText } from "../src/view/reference";
import { countsText } from "../src/view/words";
import { smallData } from "./small";

const OWN = { "SE/SE": 25, "LE/SE": 25, "PE/SE": 60 };
const { rows } = smallData(); // all of PE/SE
const [first] = rows;
const among = (interfaceClass: string) => ({ ...first!, interfaceClass });

test("the temperature of the shown rows is said, by class where the classes differ", () => {
  assert.equal(referenceText(null, rows, OWN), "at 60 °C");
  assert.equal(referenceText(null, [...rows, among("SE/SE"), among("LE/SE")], OWN), "LE/SE and SE/SE at 25 °C, PE/SE at 60 °C");
  assert.equal(referenceText(null, [among("SE/SE"), among("LE/SE")], OWN), "at 25 °C");
  assert.equal(referenceText(40, rows, OWN), "at 40 °C");
});

test("without a row all classes are named", () => {
  assert.deepEqual(classesByReference([], OWN), [[25, ["LE/SE", "SE/SE"]], [60, ["PE/SE"]]]);
});

test("rows that do not move are some of the values and bounds", () => {
  const counts = { values: 2, bounds: 0, works: 2, still: 1, unmoved: 0, others: 0 };
  assert.equal(countsText(counts), "2 values and 0 bounds, 1 of them not movable, from 2 works");
  assert.equal(countsText({ ...counts, still: 0, unmoved: 3 }), "2 values and 0 bounds from 2 works, 3 rows without an activation energy");
});

test("a printed temperature has a unit, a word has none", () => {
  assert.equal(temperatureText("70"), "at 70 °C");
  assert.equal(temperatureText("room temperature"), "at room temperature");
  assert.equal(temperatureText("not stated"), "(temperature not stated)");
  assert.equal(temperatureText(""), "");
});
