// The page: one view, and everything on it made from the view and the data.

import { looksOf, REST, shownLooks, type Look } from "./charts/palette";
import { decode } from "./data/decode";
import { MISSING, type Row, type WordColumn } from "./data/dataset";
import type { OwnPoint } from "./data/own_points";
import type { Payload } from "./data/payload";
import { makeRecords } from "./data/records";
import { makeSearch } from "./data/search";
import { makeLayout, type Layout } from "./panels/layout";
import type { Opener, Page } from "./panels/page";
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
  let own: readonly OwnPoint[] = [];

  const frameOf = (next: View): Frame => {
    const key = `${next.referenceC} ${next.scale}`;
    if (frame?.key !== key) frame = { key, frame: frameAt(base, payload, next.referenceC, next.scale) };
    return frame.frame;
  };
  const looks = new Map<string, ReadonlyMap<string, Look>>();
  const looksOfColumn = (name: string): ReadonlyMap<string, Look> => {
    const found = looks.get(name) ?? looksOf(countsOf(base.rows.filter((row) => row.observation), base.words.get(name)));
    looks.set(name, found);
    return found;
  };
  const pageOf = (): Page => {
    const { data, readings } = frameOf(view);
    const selection = select(data, search, view, readings);
    const lookOf = looksOfRows(selection.rows, data.words.get(view.colour), looksOfColumn(view.colour));
    return { data, payload, records, view, width, own, selection, lookOf, readings, change, open, takeOwn, say };
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
  const open = (row: Row, from: Opener): void => {
    change({ ...view, record: row.id });
    layout?.toCard(from);
  };
  const takeOwn = (points: readonly OwnPoint[]): void => {
    own = points;
    layout?.redraw(pageOf());
  };
  const say = (text: string): void => layout?.say(text);
  const reread = (): void => {
    // An anchor of a section is no view: the view stays, without a card that would lie over the section.
    view = isView(location.hash) ? fromHash(location.hash, known) : { ...view, record: "" };
    layout?.update(pageOf());
  };
  layout = makeLayout(root, pageOf());
  const { middle } = layout;
  width = middle.clientWidth;
  layout.update(pageOf());
  window.addEventListener("popstate", reread);
  window.addEventListener("hashchange", reread);
  document.addEventListener("click", (event) => {
    const followed = event.target instanceof Element ? event.target.closest("a[href^='#']") : null;
    const hash = followed?.getAttribute("href") ?? "";
    if (hash.includes("=") && isView(hash)) root.scrollIntoView();
  });
  // The width is read here alone: to read it while the page changes makes the browser lay it out twice.
  new ResizeObserver(() => {
    if (middle.clientWidth === width) return;
    width = middle.clientWidth;
    layout?.update(pageOf());
  }).observe(middle);
}

/** Looks of rows by their first word of a column; a word has one look whatever is shown. */
function looksOfRows(
  rows: readonly Row[], column: WordColumn | undefined, looks: ReadonlyMap<string, Look>,
): (row: Row) => Look {
  const counts = countsOf(rows, column);
  const shown = shownLooks(looks, new Map([...counts].filter(([, count]) => count > 0)));
  const byCode = [...counts.keys()].map((word) => shown.get(word) ?? REST);
  const codeOf = coder(column);
  return (row) => byCode[codeOf(row)] ?? REST;
}

/** Rows by their first word of a column, in the order of its codes; the missing word is last. */
function countsOf(rows: readonly Row[], column: WordColumn | undefined): Map<string, number> {
  const words = [...(column?.words ?? []), MISSING];
  const counts = new Int32Array(words.length);
  const codeOf = coder(column);
  for (const row of rows) counts[codeOf(row)]! += 1;
  return new Map(words.map((word, code) => [word, counts[code] ?? 0]));
}

function coder(column: WordColumn | undefined): (row: Row) => number {
  const missing = column?.words.length ?? 0;
  return (row) => column?.codes[row.place]?.[0] ?? missing;
}

const [data, root] = ["payload", "explorer"].map((id) => document.getElementById(id));
if (data && root) start(JSON.parse(data.textContent ?? "") as Payload, root);
