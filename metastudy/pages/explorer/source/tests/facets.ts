import assert from "node:assert/strict";
import { test } from "node:test";
import { makeSearch } from "../src/data/search";
import { wordsOf } from "../src/data/dataset";
import { countWords } from "../src/view/facets";
import { frameAt } from "../src/view/readings";
import { rowsOfFacet, select } from "../src/view/selection";
import { START, withFacet } from "../src/view/state";
import { smallData, smallPayload } from "./small";

const data = smallData();
const search = makeSearch(data);
const { readings } = frameAt(data, smallPayload(), null, "normalised");

test("counts are those of a count by hand, under all other filters", () => {
  const view = withFacet(withFacet(START, "salt", "LiTFSI", true), "solid_electrolyte", "LLZO", true);
  const selection = select(data, search, view, readings);
  const column = data.words.get("solid_electrolyte");
  assert.ok(column);
  const counts = countWords(rowsOfFacet(selection, column.name), column, ["LLZO"], data.works.length);
  for (const { word, rows, works } of counts) {
    const own = data.rows.filter((row) => wordsOf(data, "salt", row).includes("LiTFSI")
      && wordsOf(data, "solid_electrolyte", row).includes(word));
    assert.equal(rows, own.length, word);
    assert.equal(works, new Set(own.map(({ work }) => work)).size, word);
  }
  assert.deepEqual(selection.rows.map(({ id }) => id).sort(), ["a.1", "c.1", "c.2", "e.1"]);
});

test("a word without a row stays in the list, after the others", () => {
  const view = withFacet(START, "salt", "LiPF6", true);
  const column = data.words.get("partner");
  assert.ok(column);
  const counts = countWords(rowsOfFacet(select(data, search, view, readings), "partner"), column, [], data.works.length);
  assert.equal(counts[0]?.word, "DME:DOL");
  assert.equal(counts.length, column.words.length);
});

test("rows without a word can be chosen", () => {
  const view = withFacet(START, "salt", "", true);
  assert.deepEqual(select(data, search, view, readings).rows.map(({ id }) => id), ["b.2"]);
});

test("rows are in the order of their values, bounds at their known end", () => {
  const up = select(data, search, { ...START, sort: "value" }, readings).rows.map(({ id }) => id);
  assert.deepEqual(up, ["e.1", "b.1", "b.2", "a.1", "c.2", "a.2", "c.1", "d.1"]);
  const down = select(data, search, { ...START, sort: "-value" }, readings).rows.map(({ id }) => id);
  assert.deepEqual(down, [...up].reverse());
});

test("without a chosen order used rows are first, each part by value", () => {
  const rows = select(data, search, START, readings).rows.map(({ id }) => id);
  assert.deepEqual(rows, ["e.1", "b.1", "b.2", "a.1", "c.2", "c.1", "d.1", "a.2"]); // a.2 is treated
});

test("switches leave out their kind of row", () => {
  assert.equal(select(data, search, { ...START, bounds: false }, readings).counts.bounds, 0);
  assert.equal(select(data, search, { ...START, treated: false }, readings).rows.length, 7);
});
