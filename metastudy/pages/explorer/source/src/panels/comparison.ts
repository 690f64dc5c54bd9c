// Two groups side by side.

import { el, field, fill, words, type Child } from "../dom";
import { amount, plain } from "../data/amount";
import { shownWord, wordsOf } from "../data/dataset";
import { comparisonLine, linesOf } from "../data/lines";
import { askedOf } from "../view/asked";
import { groupOf, isNarrowed, writtenFor, type Group, type Written } from "../view/compare";
import type { Comparison } from "../view/state";
import { UNIT } from "../view/words";
import type { Page, Panel } from "./page";

// Beside the columns of the written comparisons.
const COLUMNS = [
  "salt", "partner", "solid_electrolyte", "family", "partner_class", "interface_class", "arm", "electrodes",
  "evaluation", "joining_method", "surface_state", "film_process", "state_kind", "read", "ion",
];

export function makeComparison(first: Page): Panel {
  let page = first;
  const written = first.payload.comparisons.map((each) => each.column);
  const columns = [...new Set([...written, ...COLUMNS])].flatMap((name) => first.data.words.get(name) ?? []);
  const column = selectBox("cmp-column", "Column", () => change({ column: column.select.value, a: "", b: "" }));
  const a = selectBox("cmp-a", "A", () => change({ ...now(), a: a.select.value }));
  const b = selectBox("cmp-b", "B", () => change({ ...now(), b: b.select.value }));
  const result = el("div", { class: "result", "aria-live": "polite" });
  const element = el("div", {}, el("div", { class: "buttons" }, column.label, a.label, b.label), result);
  const now = (): Comparison => ({ column: column.select.value, a: a.select.value, b: b.select.value });
  const change = (comparison: Comparison) => page.change({ ...page.view, comparison });
  options(column.select, columns.map(({ name, label }) => [name, label]));
  const update = (next: Page) => {
    page = next;
    const chosen = page.view.comparison;
    if (chosen) column.select.value = chosen.column;
    const present = wordsPresent(page, column.select.value);
    const names = present.map((word): [string, string] => [word, shownWord(word)]);
    options(a.select, [["", "choose"], ...withKept(names, chosen?.a)]);
    options(b.select, [["", "choose"], ...withKept(names, chosen?.b)]);
    a.select.value = chosen?.a ?? "";
    b.select.value = chosen?.b ?? "";
    fill(result, ...(chosen?.a && chosen.b ? resultOf(chosen, page) : [el("p", { class: "note" }, "Choose two words of a column.")]));
  };
  return { element, update };
}

function selectBox(id: string, text: string, act: () => void) {
  const select = el("select", { id, onchange: act });
  return { select, label: field(text, select) };
}

function options(select: HTMLSelectElement, pairs: readonly (readonly [string, string])[]): void {
  fill(select, ...pairs.map(([value, text]) => el("option", { value }, text)));
}

function withKept(names: [string, string][], word: string | undefined): [string, string][] {
  return !word || names.some(([name]) => name === word) ? names : [...names, [word, shownWord(word)]];
}

function wordsPresent(page: Page, column: string): string[] {
  const rows = page.selection.rows.filter((row) => page.readings.of(row));
  return [...new Set(rows.flatMap((row) => wordsOf(page.data, column, row)))].sort();
}

function resultOf(comparison: Comparison, page: Page): Child[] {
  const groups = [comparison.a, comparison.b].map((word) =>
    groupOf(word, comparison.column, page.selection.rows, page.data, page.readings));
  const written = isNarrowed(page.view) ? [] : writtenFor(comparison, page.payload.comparisons);
  return [
    groupTable(groups),
    ...(written.length ? written.map(writtenText) : noInterval(comparison, page)),
  ];
}

function groupTable(groups: readonly Group[]): HTMLElement {
  const heads = ["Group", "Works", "Values", "Bounds", `Median of the values (${UNIT})`];
  return el("div", { class: "wide", tabindex: 0, role: "region", "aria-label": "Two groups" }, el("table", {},
    el("thead", {}, el("tr", {}, ...heads.map((text) => el("th", { scope: "col" }, text)))),
    el("tbody", {}, ...groups.map((group) => el("tr", {}, el("th", { scope: "row" }, words(shownWord(group.word))),
      ...[group.works, group.values, group.bounds].map((count) => el("td", { class: "n" }, String(count))),
      el("td", { class: "n" }, group.medianLog10 === null ? "none" : amount(10 ** group.medianLog10)))))));
}

function writtenText(each: Written): Child {
  const factor = (dex: number) => amount(10 ** dex);
  return el("p", {}, `${each.interfaceClass}: B is `, el("strong", {}, `${factor(each.difference)} times A`),
    ` (95 % interval ${factor(each.lower)} to ${factor(each.upper)}, ${plain(each.df)} degrees of freedom, `
    + `${each.works[0]} and ${each.works[1]} works; untreated arms, bounds in the likelihood).`);
}

function noInterval(comparison: Comparison, page: Page): Child[] {
  const rows = page.selection.rows.filter((row) => page.readings.moved(row)
    && wordsOf(page.data, comparison.column, row).some((word) => word === comparison.a || word === comparison.b));
  const asked = new Map(askedOf(page.view, page.selection.matches, page.data));
  asked.set(comparison.column, [comparison.a, comparison.b]);
  const lines = linesOf(page.data, rows, asked, page.view.referenceC, Object.keys(page.payload.references_c));
  return [
    el("p", { class: "note" }, "No interval is written for these rows: too few works, or a view of its own. "
      + "Medians leave out the bounds. This computes it:"),
    el("pre", { tabindex: 0, "aria-label": "Python line" }, comparisonLine(lines, comparison.column)),
  ];
}
