import assert from "node:assert/strict";
import { test } from "node:test";
import { comparisonLine, linesOf } from "../src/data/lines";
import { makeSearch } from "../src/data/search";
import { askedOf } from "../src/view/asked";
import { frameAt } from "../src/view/readings";
import { select } from "../src/view/selection";
import { START, withFacet, type View } from "../src/view/state";
import { smallData, smallPayload } from "./small";

const data = smallData();
const search = makeSearch(data);
const { readings } = frameAt(data, smallPayload(), null, "normalised");

function lines(view: View) {
  const { rows, matches } = select(data, search, view, readings);
  return linesOf(data, rows, askedOf(view, matches, data), view.referenceC, ["PE/SE"]);
}

test("words that give the shown rows are used", () => {
  const found = lines(withFacet(START, "salt", "LiPF6", true));
  assert.match(found.python, /data\.subset\(salt="LiPF6"\)\.observations/);
  assert.equal(found.shell, "metastudy table --where salt=LiPF6 --format csv\n");
});

test("all rows need no words", () => {
  assert.match(lines(START).python, /rows = data\.observations\n/);
});

test("rows that no word gives are named", () => {
  const found = lines(withFacet(START, "salt", "", true)); // no word names what is missing
  assert.match(found.python, /observation_id="b\.2"/);
});

test("no row is none", () => {
  assert.match(lines({ ...START, query: "xyzzy" }).python, /iloc\[:0\]/);
});

test("the reference temperature is in both lines", () => {
  const found = lines({ ...START, referenceC: 40 });
  assert.match(found.python, /reference_c=\{"PE\/SE": 40\}/);
  assert.match(found.shell, /--at 40 /);
});

test("a word of the shell is quoted", () => {
  const rows = data.rows.filter(({ pair }) => pair === "LATP | DME:DOL");
  const found = linesOf(data, rows, new Map([["salt", ["it's $HOME"]]]), null, []);
  assert.ok(!found.shell.includes("$HOME"));
  assert.match(linesOf(data, [], new Map([["salt", ["it's"]]]), null, []).shell, /'salt=it'"'"'s'/);
});

test("a comparison fits the same rows", () => {
  const found = comparisonLine(lines(withFacet(START, "salt", "LiPF6", true)), "salt");
  assert.match(found, /part = data\.subset\(salt="LiPF6"\)\nfit = mixed\.fit\("y ~ salt \+ \(1 \| study_id\)", part\.observations/);
});
