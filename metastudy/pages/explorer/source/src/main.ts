// The page: one view, and everything on it made from the view and the data.

import { looksOf, REST, type Look } from "./charts/palette";
import { decode } from "./data/decode";
import type { Row } from "./data/dataset";
import { wordsOf, MISSING } from "./data/dataset";
import type { Payload } from "./data/payload";
import { makeRecords } from "./data/records";
import { makeSearch } from "./data/search";
import { makeLayout, type Layout } from "./panels/layout";
import type { Page } from "./panels/page";
import { fromHash, isView, toHash, type Known } from "./view/hash";
import { frameAt, type Frame } from "./view/readings";
import { select } from "./view/selection";
import { START, type View } from "./view/state";

function start(payload: Payload, root: HTMLElement): void {
  const base = decode(payload);
  const search = makeSearch(base);
  const records = makeRecords(payload);
  const known: Known = { words: new Set(base.words.keys()), numbers: new Set(base.numbers.keys()) };
  let view: View = isView(location.hash) ? fromHash(location.hash, known) : START;
  let frame: { key: string; frame: Frame } | null = null;
  let layout: Layout | null = null;
  let width = 0;

  const frameOf = (next: View): Frame => {
    const key = `${next.referenceC} ${next.scale}`;
    if (frame?.key !== key) frame = { key, frame: frameAt(base, payload, next.referenceC, next.scale) };
    return frame.frame;
  };
  const pageOf = (): Page => {
    const { data, readings } = frameOf(view);
    const selection = select(data, search, view, readings);
    const looks = looksOf(countsOf(selection.rows, (row) => wordsOf(data, view.colour, row)));
    const lookOf = (row: Row): Look => looks.get(wordsOf(data, view.colour, row)[0] ?? MISSING) ?? REST;
    return { data, payload, records, view, width, selection, looks, lookOf, readings, change, open, say };
  };
  const change = (next: View, step = true): void => {
    view = next;
    const hash = `#${toHash(view)}`;
    if (hash !== location.hash) {
      if (step) history.pushState(null, "", hash);
      else history.replaceState(null, "", hash);
    }
    layout?.update(pageOf());
  };
  const open = (row: Row, from?: HTMLElement): void => {
    change({ ...view, record: row.id });
    layout?.toCard(from);
  };
  const say = (text: string): void => layout?.say(text);
  const reread = (): void => {
    if (!isView(location.hash)) return;
    view = fromHash(location.hash, known);
    layout?.update(pageOf());
  };
  layout = makeLayout(root, pageOf());
  const { middle } = layout;
  width = middle.clientWidth;
  layout.update(pageOf());
  window.addEventListener("popstate", reread);
  window.addEventListener("hashchange", reread);
  // The width is read here alone: to read it while the page changes makes the browser lay it out twice.
  new ResizeObserver(() => {
    if (middle.clientWidth === width) return;
    width = middle.clientWidth;
    layout?.update(pageOf());
  }).observe(middle);
}

function countsOf(rows: readonly Row[], words: (row: Row) => string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const row of rows) {
    const word = words(row)[0] ?? MISSING;
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return counts;
}

const [data, root] = ["payload", "explorer"].map((id) => document.getElementById(id));
if (data && root) start(JSON.parse(data.textContent ?? "") as Payload, root);
