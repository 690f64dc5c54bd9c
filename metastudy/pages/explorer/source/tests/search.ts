import assert from "node:assert/strict";
import { test } from "node:test";
import { makeSearch, rowsMatching } from "../src/data/search";
import { smallData } from "./small";

const data = smallData();
const search = makeSearch(data);

function found(query: string): string[] {
  return data.rows.filter(rowsMatching(search.matches(query), data)).map(({ id }) => id);
}

test("a pair is found in either order and spelling", () => {
  const rows = found("LLZO | PEO");
  assert.deepEqual(rows, ["a.1", "a.2", "c.1", "c.2"]);
  for (const query of ["PEO LLZO", "peo|llzo", "llzo/PEO", "polyethylene oxide LLZO"]) {
    assert.deepEqual(found(query), rows, query);
  }
});

test("a synonym names its word, a code its variants", () => {
  assert.deepEqual(found("LLZTO"), ["a.2"]);
  assert.deepEqual(found("acetonitrile"), ["b.2", "e.1"]);
  assert.ok(found("LLZO").includes("a.2"));
});

test("a known code is not forgiven a letter", () => {
  assert.deepEqual(found("LATP"), ["b.1", "d.1"]);
  assert.deepEqual(found("LAGP"), ["b.2"]);
  assert.deepEqual(found("LAXP"), []);
});

test("a long word is forgiven a letter, a beginning is enough from three", () => {
  assert.equal(search.matches("acetonitirle")[0]?.how, "near");
  assert.deepEqual(found("acetonitirle"), ["b.2", "e.1"]);
  assert.equal(search.matches("aceto")[0]?.how, "beginning");
  assert.deepEqual(found("bus"), ["b.1", "b.2"]);
});

test("authors without accents, and a DOI in any case, name their work", () => {
  assert.deepEqual(found("durr"), ["d.1"]);
  assert.deepEqual(found("10.1000/CHEN_2019"), ["c.1", "c.2"]);
});

test("a substance that is no side of a pair names the preparations that use it", () => {
  assert.deepEqual(found("dimethylformamide"), ["d.1"]);
});

test("what has no name gives no row and is said", () => {
  assert.deepEqual(found("xyzzy"), []);
  assert.deepEqual(search.matches("PEO xyzzy").map(({ found: terms }) => terms.length > 0), [true, false]);
});
