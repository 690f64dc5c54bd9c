// Facets: words with their counts under all other filters. Only an open facet is counted.

import { el, fill } from "../dom";
import { MISSING, meaningOf, shownWord, type Dataset, type WordColumn } from "../data/dataset";
import { countWords, type Count } from "../view/facets";
import { rowsOfFacet } from "../view/selection";
import { withFacet } from "../view/state";
import type { Page, Panel } from "./page";

const FIRST = [
  "interface_class", "solid_electrolyte", "partner", "family", "salt", "treatments", "censoring",
  "row_state", "left_out", "arm", "state_kind", "read", "evaluation", "electrodes", "joining_method",
  "surface_state", "study_id",
];
const OPEN = new Set(["interface_class", "solid_electrolyte", "partner"]);
// Columns that are there for the search, or that name one row each.
const NO_FACET = new Set(["row_id", "solid_words", "partner_words"]);
const MOST_WORDS = 40;

interface Facet {
  column: WordColumn;
  fold: HTMLDetailsElement;
  title: HTMLElement;
  body: HTMLElement;
  filter: HTMLInputElement | null;
}

/** The columns of the facets, those that most readers want first. */
export function facetColumns(data: Dataset): WordColumn[] {
  const columns = [...data.words.values()].filter(({ name }) => !NO_FACET.has(name));
  const place = ({ name }: WordColumn) => (FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length);
  return columns.sort((a, b) => place(a) - place(b));
}

export function makeFacets(first: Page): Panel {
  let page = first;
  const columns = facetColumns(first.data);
  const main = columns.filter(({ name }) => FIRST.includes(name));
  const facets = columns.map((column) => makeFacet(column, () => page, OPEN.has(column.name)));
  const folds = facets.map(({ fold }) => fold);
  const more = el("details", { class: "more" },
    el("summary", {}, "More columns"), ...folds.slice(main.length));
  const element = el("div", { class: "facets" }, ...folds.slice(0, main.length), more);
  more.addEventListener("toggle", () => facets.slice(main.length).forEach((facet) => show(facet, page)));
  const update = (next: Page) => {
    page = next;
    for (const facet of facets) show(facet, page);
  };
  return { element, update };
}

function makeFacet(column: WordColumn, page: () => Page, open: boolean): Facet {
  const title = el("summary");
  const body = el("div", { role: "group", "aria-label": column.label });
  const many = column.words.length > MOST_WORDS;
  const filter = many
    ? el("input", { type: "search", "aria-label": `Words of ${column.label}`, placeholder: "words with ..." })
    : null;
  const fold = el("details", { open, class: "facet" }, title, filter, body);
  const facet = { column, fold, title, body, filter };
  fold.addEventListener("toggle", () => show(facet, page()));
  filter?.addEventListener("input", () => show(facet, page()));
  return facet;
}

function show(facet: Facet, page: Page): void {
  const { column, fold } = facet;
  const chosen = page.view.facets.get(column.name) ?? [];
  facet.title.textContent = chosen.length ? `${column.label} (${chosen.length} chosen)` : column.label;
  if (!fold.open || fold.parentElement?.closest("details:not([open])")) return;
  const now = page.data.words.get(column.name) ?? column; // words may change with the temperature
  const rows = rowsOfFacet(page.selection, page.view, column.name);
  const counts = countWords(rows, now, chosen, page.data.works.length);
  const listed = within(counts, facet.filter?.value ?? "");
  const focused = focusedWord(facet);
  fill(facet.body, ...listed.slice(0, MOST_WORDS).map((count) => option(count, column, page)),
    listed.length > MOST_WORDS && el("p", { class: "note" },
      `${listed.length - MOST_WORDS} more words; write a part of one above.`));
  if (focused !== null) focusOn(facet, focused);
}

function within(counts: readonly Count[], part: string): Count[] {
  const wanted = part.trim().toLowerCase();
  return counts.filter(({ word, chosen }) => chosen || shownWord(word).toLowerCase().includes(wanted));
}

function option(count: Count, column: WordColumn, page: Page): HTMLElement {
  const box = el("input", {
    type: "checkbox", checked: count.chosen, value: count.word,
    disabled: count.rows === 0 && !count.chosen,
    onchange: () => page.change(withFacet(page.view, column.name, count.word, box.checked)),
  });
  const title = count.word === MISSING ? "The source or the data does not say it." : meaningOf(page.data, column.name, count.word);
  return el("label", { class: count.rows ? "option" : "option none", title: title || undefined }, box,
    el("span", { class: "word" }, el("bdi", {}, nameOf(count.word, column, page))),
    el("span", { class: "count" }, `${count.works}`, el("span", { class: "hidden" }, " works, "),
      el("span", { "aria-hidden": "true" }, " / "), `${count.rows}`, el("span", { class: "hidden" }, " rows")));
}

function nameOf(word: string, column: WordColumn, page: Page): string {
  if (column.name !== "study_id") return shownWord(word);
  return page.data.workNames.get(word) ?? word;
}

function focusedWord(facet: Facet): string | null {
  const active = document.activeElement;
  return active instanceof HTMLInputElement && facet.body.contains(active) ? active.value : null;
}

function focusOn(facet: Facet, word: string): void {
  const boxes = [...facet.body.querySelectorAll("input")];
  boxes.find((box) => box.value === word)?.focus();
}
