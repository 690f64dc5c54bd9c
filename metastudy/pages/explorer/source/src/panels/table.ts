// The table: the words of the picture. Headers sort; a row is known by its record, not its place.

import { button, el, fill, words, type Child } from "../dom";
import { plain } from "../data/amount";
import { numberOf, shownWord, wordsOf, type Row } from "../data/dataset";
import { temperatureText } from "../data/records";
import { readingText, UNIT } from "../view/words";
import { intervalText } from "../view/interval";
import { recordsOf } from "../view/readings";
import type { Page, Panel } from "./page";

const ALL = 200; // so many rows are drawn at once; of more the first
const STEP = 60;

interface Column {
  key: string; // what the order is by
  title: string;
  cell: (row: Row, page: Page) => Child[];
  number?: boolean;
}

const COLUMNS: readonly Column[] = [
  { key: "pair", title: "Pair", cell: pairCell },
  { key: "value", title: `${UNIT} [95 % interval]`, cell: valueCell, number: true },
  { key: "printed", title: "As printed", cell: printedCell },
  { key: "treatments", title: "Preparation", cell: (row, page) => [preparationText(row, page)] },
  { key: "work", title: "Work", cell: (row, page) => [words(page.data.works[row.work]?.name ?? "")] },
  { key: "row_state", title: "State", cell: stateCell },
];

export interface Table extends Panel {
  mark: (id: string | null) => void;
  focus: (id: string) => void;
}

export function makeTable(first: Page, point: (id: string | null) => void): Table {
  let page = first;
  let most = ALL;
  let lines = new Map<string, HTMLElement>();
  const heads = COLUMNS.map((column) => headOf(column, () => page));
  const body = el("tbody");
  const more = el("p");
  const caption = el("caption");
  const table = el("table", { class: "rows" }, caption,
    el("thead", {}, el("tr", {}, ...heads.map(({ cell }) => cell))), body);
  const element = el("div", { class: "wide", tabindex: 0, role: "region", "aria-label": "Table of the shown rows" },
    table);
  body.addEventListener("click", (event) => openAt(event, page));
  body.addEventListener("mouseover", (event) => point(idAt(event)));
  body.addEventListener("mouseleave", () => point(null));
  let shown: readonly Row[] = [];
  const update = (next: Page) => {
    page = next;
    if (page.selection.rows !== shown) most = page.selection.rows.length > ALL ? STEP : ALL;
    shown = page.selection.rows;
    caption.textContent = page.view.sort === "" ? "Shown rows: used ones first, then by value" : "Shown rows";
    for (const head of heads) head.update(page);
    lines = new Map(shown.slice(0, most).map((row) => [row.id, lineOf(row, page)]));
    fill(body, ...lines.values());
    fill(more, shown.length > most && button(`Show ${Math.min(ALL, shown.length - most)} more of ${shown.length}`, () => {
      most += ALL;
      update(page);
    }));
    mark(page.view.record || null);
  };
  let marked: HTMLElement | undefined;
  const mark = (id: string | null) => {
    marked?.classList.remove("marked");
    marked = id === null ? undefined : lines.get(id);
    marked?.classList.add("marked");
  };
  const focus = (id: string) => lines.get(id)?.querySelector("button")?.focus();
  return { element: el("section", { "aria-label": "Rows" }, element, more), update, mark, focus };
}

function headOf(column: Column, page: () => Page) {
  const act = () => {
    const { view } = page();
    page().change({ ...view, sort: view.sort === column.key ? `-${column.key}` : column.key });
  };
  const order = el("span", { "aria-hidden": "true", class: "order" });
  const press = el("button", { type: "button", class: "plain", onclick: act }, column.title, " ", order);
  const cell = el("th", { scope: "col", class: column.number ? "n" : undefined }, press);
  const update = ({ view }: Page) => {
    const falling = view.sort === `-${column.key}`;
    const sorted = falling || view.sort === column.key;
    cell.setAttribute("aria-sort", sorted ? (falling ? "descending" : "ascending") : "none");
    order.textContent = sorted ? (falling ? "▼" : "▲") : "";
  };
  return { cell, update };
}

function lineOf(row: Row, page: Page): HTMLElement {
  const unmoved = page.readings.reason(row) !== "";
  const cells = COLUMNS.map((column, place) => el(
    place === 0 ? "th" : "td",
    { class: `${column.key}${column.number ? " n" : ""}`, ...(place === 0 ? { scope: "row" } : {}) },
    ...column.cell(row, page),
  ));
  return el("tr", { "data-id": row.id, class: unmoved ? "unmoved" : undefined }, ...cells);
}

function pairCell(row: Row): Child[] {
  return [el("button", { type: "button", class: "plain", "data-open": "" }, words(row.pair || "no contact"))];
}

function valueCell(row: Row, page: Page): Child[] {
  const reading = page.readings.of(row);
  const reason = page.readings.reason(row);
  if (!reading) return [reason || "none"];
  const exact = !Number.isNaN(reading.y);
  const interval = page.view.scale === "printed" ? "" : intervalText(page.readings, row);
  return [
    exact ? el("data", { value: String(10 ** reading.y) }, readingText(reading)) : readingText(reading),
    interval && el("span", { class: "interval" }, ` [${interval}]`),
    reason && el("span", { class: "interval reason" }, ` ${reason}`),
  ];
}

function printedCell(row: Row, page: Page): Child[] {
  const records = recordsOf(page.data, row).flatMap((id) => page.records.of(id) ?? []);
  const printed = [...new Set(records.map(({ temperature }) => temperature))];
  const texts = records.map(({ text, temperature }) => [text, printed.length > 1 ? temperatureText(temperature) : ""]);
  const shared = printed.length === 1 ? temperatureText(printed[0] ?? "") : "";
  const at = shared || (printed.every((text) => text === "") ? measuredText(row, page) : "");
  return [words([texts.map((parts) => parts.filter(Boolean).join(" ")).join("; "), at].filter(Boolean).join(" "))];
}

/** The temperature of the row where its source prints none beside the number. */
function measuredText(row: Row, page: Page): string {
  const measured = numberOf(page.data, "temperature_c", row);
  return Number.isNaN(measured) ? "" : `at ${plain(measured)} °C`;
}

function preparationText(row: Row, page: Page): string {
  const treatments = wordsOf(page.data, "treatments", row).map((word) => shownWord(word));
  const how = ["joining_method", "surface_state"].flatMap((name) => wordsOf(page.data, name, row))
    .filter((word) => !word.startsWith("not_")).map((word) => shownWord(word));
  return [...treatments, ...how].join(", ") || (row.treated ? "treated" : "");
}

function stateCell(row: Row, page: Page): Child[] {
  const reasons = wordsOf(page.data, "left_out", row).map((word) => shownWord(word));
  const state = wordsOf(page.data, "row_state", row).join("");
  return [reasons.length ? `${state}: ${reasons.join(", ")}` : state];
}

function lineAt(event: Event): HTMLElement | null {
  return event.target instanceof Element ? event.target.closest("tr") : null;
}

function idAt(event: Event): string | null {
  return lineAt(event)?.getAttribute("data-id") ?? null;
}

function openAt(event: Event, page: Page): void {
  const line = lineAt(event);
  const row = page.data.byId.get(line?.getAttribute("data-id") ?? "");
  const pressed = event.target instanceof Element && event.target.closest("[data-open]") !== null;
  const selecting = window.getSelection()?.isCollapsed === false; // to copy a text of the table
  if (row && (pressed || !selecting)) page.open(row, "table");
}
