import assert from "node:assert/strict";
import { test } from "node:test";
import { fromHash, isView, toHash, type Known } from "../src/view/hash";
import { filterCount, START, withFacet, type View } from "../src/view/state";

const KNOWN: Known = { words: new Set(["salt", "partner", "interface_class"]), numbers: new Set(["age_h", "temperature_c"]) };

test("a view at its start has an empty address", () => {
  assert.equal(toHash(START), "");
  assert.deepEqual(fromHash("", KNOWN), START);
});

test("every choice survives the address", () => {
  const view: View = {
    ...START, query: "LLZO | PEO & ü 100%", facets: new Map([["salt", ["LiTFSI", "a~b!c", ""]], ["partner", ["EC:DMC 50:50"]]]),
    scale: "printed", referenceC: -12.5, bounds: false, treated: false, secondary: false, unidentified: false,
    colour: "salt", picture: "against", against: "age_h", sort: "-value", record: "a.1",
    comparison: { column: "salt", a: "x~y", b: "z" }, unknown: [["zz", "1=2&3"]],
  };
  assert.deepEqual(fromHash(`#${toHash(view)}`, KNOWN), { ...view, facets: new Map([...view.facets].sort()) });
});

test("keys and values that say nothing are kept and named", () => {
  const view = fromHash("#q=a&new=7&f.nothing=1&t=900&c=nothing", KNOWN);
  assert.deepEqual(view.unknown, [["new", "7"], ["f.nothing", "1"], ["t", "900"], ["c", "nothing"]]);
  assert.equal(view.referenceC, null);
  assert.ok(toHash(view).includes("new=7"));
});

test("an anchor of a section is no view", () => {
  assert.ok(!isView("#pair-llzo--peo"));
  assert.ok(isView("#q=1") && isView(""));
});

test("a cut address does not stop the page", () => {
  assert.equal(fromHash("#q=100%25%E0%A4%A", KNOWN).query, "100%25%E0%A4%A");
});

test("filters are counted", () => {
  const view = withFacet(withFacet({ ...START, bounds: false }, "salt", "a", true), "salt", "b", true);
  assert.equal(filterCount(view), 3);
  assert.equal(filterCount(withFacet(withFacet(view, "salt", "a", false), "salt", "b", false)), 1);
});
