// The panels on the page, and what holds them together: the row that is pointed at, the card, the
// live region.

import { button, el, fill, type Child } from "../dom";
import { filterCount } from "../view/state";
import { makeCard } from "./card";
import { makeFacets } from "./facet_list";
import { howToRead } from "./how_to_read";
import { makePicture } from "./picture";
import { aboutText } from "./about";
import type { Opener, Page } from "./page";
import { makeSearchBox } from "./search_box";
import { makeSwitches } from "./switches";
import { makeTable } from "./table";
import { makeTools } from "./tools";

export interface Layout {
  update: (page: Page) => void;
  redraw: (page: Page) => void; // the picture alone
  toCard: (from: Opener) => void;
  say: (text: string) => void;
  middle: HTMLElement; // the column of picture and table
}

export function makeLayout(root: HTMLElement, first: Page): Layout {
  let page = first;
  let opener: Opener = "picture";
  const live = el("p", { class: "hidden", role: "status", "aria-live": "polite" });
  const say = (text: string) => { live.textContent = text; };
  const point = (id: string | null) => {
    picture.point(id ?? (page.view.record || null));
    table.mark(id ?? (page.view.record || null));
  };
  const search = makeSearchBox(first);
  const switches = makeSwitches(first);
  const picture = makePicture(first, point);
  const table = makeTable(first, point);
  const tools = makeTools(first, picture.file);
  const facets = makeFacets(first);
  const sheet = makeSheet(facets.element);
  const close = () => {
    const { record } = page.view;
    page.change({ ...page.view, record: "" });
    if (opener === "table") table.focus(record);
    else picture.focus();
  };
  const card = makeCard(close, () => howToRead(page));
  const unknown = el("p", { class: "note" });
  const address = el("p", { class: "on-paper" });
  const middle = el("div", { class: "middle" }, search.element, sheet.opener, switches.element, unknown, address,
    picture.element, tools.element, table.element, live);
  fill(root,
    el("header", { class: "top" },
      el("h1", {}, "Interfaces between ionic conductors"),
      el("p", { class: "note" }, `Data ${first.data.dataVersion}, metastudy ${first.data.codeVersion}. `,
        el("a", { href: "#static" }, "All pairs and works"))),
    el("main", { class: "columns" },
      sheet.element,
      middle,
      card.element));
  const panels = [search, switches, facets, table, tools, picture];
  const update = (next: Page) => {
    page = next;
    fill(unknown, ...unknownText(page));
    address.textContent = aboutText(page);
    for (const panel of panels) panel.update(page);
    sheet.update(page);
    card.update(page);
  };
  const toCard = (from: Opener) => {
    opener = from;
    card.focus();
  };
  return { update, redraw: picture.update, toCard, say, middle };
}

function unknownText(page: Page): Child[] {
  const { unknown } = page.view;
  if (unknown.length === 0) return [];
  return ["The address has keys that say nothing here and are kept: ", unknown.map(([key]) => key).join(", "), "."];
}

/** Facets beside the rows on a wide screen, in a sheet above them on a narrow one. */
function makeSheet(content: HTMLElement) {
  const show = (open: boolean) => {
    element.classList.toggle("open", open);
    opener.setAttribute("aria-expanded", String(open));
    (open ? done : opener).focus();
  };
  const done = button("Show", () => show(false), { class: "done" });
  const opener = button("Filters", () => show(true), { class: "opener", "aria-expanded": "false", "aria-controls": "filters" });
  const element = el("section", { class: "sheet", id: "filters", "aria-label": "Filters" },
    el("h2", {}, "Filters"), el("p", { class: "note" }, "works / rows under all other filters"), content, done);
  element.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && element.classList.contains("open")) show(false);
  });
  const update = (page: Page) => {
    opener.textContent = `Filters (${filterCount(page.view)})`;
    done.textContent = `Show ${page.selection.rows.length}`;
  };
  return { element, opener, update };
}
