import assert from "node:assert/strict";
import { test } from "node:test";
import { toCsv, toJson } from "../src/data/tables";

const COLUMNS = [
  { name: "id", kind: "text", unit: "" }, { name: "y", kind: "number", unit: "log10(ohm cm2)" }, { name: "ok", kind: "flag", unit: "" },
];

test("cells are quoted where a reader of CSV would part them", () => {
  const text = toCsv(COLUMNS, [["a,b", 1 / 3, true], ['say "x"\n', null, false], [null, 2, null]]);
  assert.equal(text, 'id,y,ok\n"a,b",0.333333333333,true\n"say ""x""\n",,false\n,2,\n');
});

test("no text is a formula to a spreadsheet", () => {
  const lines = toCsv([COLUMNS[0] as (typeof COLUMNS)[0]], ["=1+1", " @x", "-a", "a=b"].map((cell) => [cell])).split("\n");
  assert.deepEqual(lines.slice(1, 5), ["'=1+1", "' @x", "'-a", "a=b"]);
});

test("JSON has units and unchanged texts", () => {
  const found = JSON.parse(toJson(COLUMNS, [["=1+1", 0.5, true]])) as unknown;
  assert.deepEqual(found, { units: { y: "log10(ohm cm2)" }, observations: [{ id: "=1+1", y: 0.5, ok: true }] });
});
