// Facets: words with their counts under all other filters. Only an open facet is counted.

import { el } from "../dom";
import { meaningOf, shownWord, type Dataset, type WordColumn } from "../data/dataset";
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
  page: Page; // as last shown
  options: Map<string, Option>; // made once, then changed: a new one costs more than all counting
}

interface Option {
  element: HTMLElement;
  update: (count: Count) => void;
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
  const facet: Facet = { column, fold, title, body, filter, page: page(), options: new Map() };
  fold.addEventListener("toggle", () => show(facet, page()));
  filter?.addEventListener("input", () => show(facet, page()));
  return facet;
}

function show(facet: Facet, page: Page): void {
  const { column, fold } = facet;
  facet.page = page;
  const chosen = page.view.facets.get(column.name) ?? [];
  facet.title.textContent = chosen.length ? `${column.label} (${chosen.length} chosen)` : column.label;
  if (!fold.open || fold.parentElement?.closest("details:not([open])")) return;
  const now = page.data.words.get(column.name) ?? column; // words may change with the temperature
  const rows = rowsOfFacet(page.selection, column.name);
  const counts = countWords(rows, now, chosen, page.data.works.length);
  const listed = within(counts, facet.filter?.value ?? "");
  const elements = listed.slice(0, MOST_WORDS).map((count) => optionOf(facet, count, page));
  if (listed.length > MOST_WORDS) {
    elements.push(el("p", { class: "note" }, `${listed.length - MOST_WORDS} more words; write a part of one above.`));
  }
  place(facet.body, elements);
}

/** Put elements in order, without touching those that are there: they may have the focus. */
function place(parent: HTMLElement, elements: readonly HTMLElement[]): void {
  const wanted = new Set<Element>(elements);
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
  elements.forEach((element, at) => {
    if (parent.children[at] !== element) parent.insertBefore(element, parent.children[at] ?? null);
  });
}

function within(counts: readonly Count[], part: string): Count[] {
  const wanted = part.trim().toLowerCase();
  return counts.filter(({ word, chosen }) => chosen || shownWord(word).toLowerCase().includes(wanted));
}

function optionOf(facet: Facet, count: Count, page: Page): HTMLElement {
  const option = facet.options.get(count.word) ?? makeOption(facet, count.word, page);
  facet.options.set(count.word, option);
  option.update(count);
  return option.element;
}

function makeOption(facet: Facet, word: string, page: Page): Option {
  const { column } = facet;
  const box = el("input", {
    type: "checkbox", value: word,
    onchange: () => facet.page.change(withFacet(facet.page.view, column.name, word, box.checked)),
  });
  const title = meaningOf(page.data, column.name, word);
  const [works, rows] = [document.createTextNode(""), document.createTextNode("")];
  const element = el("label", { class: "option", title: title || undefined }, box,
    el("span", { class: "word" }, el("bdi", {}, nameOf(word, column, page))),
    el("span", { class: "count" }, works, el("span", { class: "hidden" }, " works, "),
      el("span", { "aria-hidden": "true" }, " / "), rows, el("span", { class: "hidden" }, " rows")));
  const update = (count: Count) => {
    box.checked = count.chosen;
    box.disabled = count.rows === 0 && !count.chosen;
    element.classList.toggle("none", count.rows === 0);
    if (works.data !== String(count.works)) works.data = String(count.works);
    if (rows.data !== String(count.rows)) rows.data = String(count.rows);
  };
  return { element, update };
}

function nameOf(word: string, column: WordColumn, page: Page): string {
  if (column.name !== "study_id") return shownWord(word, column.name);
  return page.data.workNames.get(word) ?? word;
}
