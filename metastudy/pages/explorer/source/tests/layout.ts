import assert from "node:assert/strict";
import { test } from "node:test";
import { nearest } from "../src/charts/figure";
import { layStrip, type Item } from "../src/charts/layout";
import type { Look } from "../src/charts/palette";

const look = (colour: number): Look => ({ place: colour, colour, shape: "circle", word: `w${colour}` });
const scale = (x: number) => 14 + 60 * x;

function item(of: number, x: number, its: Look): Item<number> {
  return { of, x, from: x, to: x, before: 5, after: 5, look: its };
}

test("marks of few rows do not meet", () => {
  const looks = [look(0), look(1)];
  const items = Array.from({ length: 60 }, (_, at) => item(at, (at * 37 % 60) / 12, looks[at % 2] as Look));
  const { items: placed } = layStrip(items, scale, 0);
  for (const a of placed) {
    for (const b of placed) {
      if (a.item.of < b.item.of && a.top === b.top) assert.ok(Math.abs(a.left - b.left) >= 9, `${a.item.of} and ${b.item.of}`);
    }
  }
  assert.equal(placed.filter(({ first }) => first).length, 60);
});

test("a mark is where its value is, and lanes do not meet", () => {
  const items = Array.from({ length: 90 }, (_, at) => item(at, at / 20, look(at % 3)));
  const shared = [look(0), look(1), look(2)];
  const { items: placed, lanes } = layStrip(items.map((each, at) => ({ ...each, look: shared[at % 3] as Look })), scale, 0);
  for (const each of placed) assert.equal(each.left, scale(each.item.x));
  assert.deepEqual(lanes.map(({ count }) => count), [30, 30, 30]);
  for (const each of placed) {
    const lane = lanes[each.item.look.colour];
    const next = lanes[each.item.look.colour + 1];
    assert.ok(lane && each.top > lane.top && (!next || each.top < next.top));
  }
});

test("ten thousand rows share marks, and each row has a place", () => {
  const one = look(0);
  const { items: placed, height } = layStrip(Array.from({ length: 10000 }, (_, at) => item(at, (at % 997) / 200, one)), scale, 0);
  assert.equal(placed.length, 10000);
  assert.ok(placed.filter(({ first }) => first).length < 1000);
  assert.ok(height < 120);
});

test("the nearest mark is found within reach", () => {
  const marks = [{ id: "a", x: 10, y: 10 }, { id: "b", x: 30, y: 10 }];
  assert.equal(nearest(marks, 22, 10)?.id, "b");
  assert.equal(nearest(marks, 80, 10), null);
});
