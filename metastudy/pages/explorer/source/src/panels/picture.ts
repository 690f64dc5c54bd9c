// The picture of the shown rows. By keyboard it is one stop: arrows walk by value, Enter opens the
// card. The table has all its words, so the drawing itself is hidden from screen readers.

import { el, fill } from "../dom";
import { IN_FILE, ON_PAGE, nearest, type Chart, type Mark } from "../charts/figure";
import type { Row } from "../data/dataset";
import { placeOf } from "../view/selection";
import { readingText, UNIT } from "../view/words";
import { drawPicture } from "./drawings";
import type { Page, Panel } from "./page";

export interface Picture extends Panel {
  point: (id: string | null) => void;
  file: () => SVGElement;
  focus: () => void;
}

const LEAST_WIDTH = 260;
const FILE_WIDTH = 900;

export function makePicture(first: Page, point: (id: string | null) => void): Picture {
  let page = first;
  let chart: Chart | null = null;
  let at = -1; // place in the walk
  const ring = ringElement();
  const holder = el("div", { class: "holder", "aria-hidden": "true" });
  const read = el("p", { class: "readout note", "aria-hidden": "true" }, HINT);
  const stop = el("div", {
    class: "picture", tabindex: 0, role: "application", "aria-roledescription": "picture",
    onkeydown: (event) => walk(event as KeyboardEvent), onclick: (event) => press(event as MouseEvent),
    onmousemove: (event) => hover(event as MouseEvent), onmouseleave: () => point(null),
  }, holder);
  const element = el("section", { "aria-label": "Picture" }, stop, read);
  const update = (next: Page) => {
    page = next;
    at = -1;
    const width = Math.max(LEAST_WIDTH, page.width);
    chart = drawPicture(page, width, ON_PAGE);
    fill(holder, chart.svg, ring.layer);
    ring.size(width, chart.svg);
    stop.setAttribute("aria-label", `${page.view.picture} of ${chart.marks.length} rows; arrow keys walk by value, Enter opens the card`);
    show(page.view.record || null);
  };
  const show = (id: string | null) => {
    const mark = chart?.marks.find((each) => each.id === id);
    ring.put(mark);
    const row = id === null ? undefined : page.data.byId.get(id);
    read.textContent = row && mark ? rowText(row, page) : hintText(chart, page);
  };
  const walk = (event: KeyboardEvent) => {
    const order = walkOrder(page, chart);
    const now = at >= 0 ? at : order.findIndex(({ id }) => id === page.view.record);
    const next = nextPlace(event.key, now, order.length);
    if (next !== null) {
      event.preventDefault();
      at = next;
      const row = order[at];
      if (!row) return;
      point(row.id);
      page.say(`${rowText(row, page)}, ${at + 1} of ${order.length}`);
    } else if (event.key === "Enter" && order[now]) {
      page.open(order[now], "picture");
    }
  };
  const markAt = (event: MouseEvent): Mark | null => {
    const box = holder.getBoundingClientRect();
    return nearest(chart?.marks ?? [], event.clientX - box.left, event.clientY - box.top);
  };
  const press = (event: MouseEvent) => {
    const row = page.data.byId.get(markAt(event)?.id ?? "");
    if (row) page.open(row, "picture");
  };
  const hover = (event: MouseEvent) => point(markAt(event)?.id ?? null);
  const file = () => drawPicture({ ...page, own: [] }, FILE_WIDTH, IN_FILE).svg as SVGElement;
  return { element, update, point: show, file, focus: () => stop.focus() };
}

const HINT = "Point at a mark, or walk with the arrow keys.";

function hintText(chart: Chart | null, page: Page): string {
  if (!chart || chart.marks.length === 0) return "No shown row has a resistance here.";
  const merged = chart.marks.length - chart.drawn;
  const share = merged > 0 ? ` ${chart.marks.length} rows in ${chart.drawn} marks.` : "";
  const arrows = page.selection.counts.bounds ? " An arrow is a bound and points to where the value may be." : "";
  return `${HINT}${arrows}${share}`;
}

/** Rows in the picture, by value. */
function walkOrder(page: Page, chart: Chart | null): Row[] {
  const drawn = new Set(chart?.marks.map(({ id }) => id));
  const place = (row: Row) => placeOf(page.readings.of(row));
  return page.selection.rows.filter((row) => drawn.has(row.id)).sort((a, b) => place(a) - place(b) || a.place - b.place);
}

function nextPlace(key: string, now: number, count: number): number | null {
  if (count === 0) return null;
  const clamp = (place: number) => Math.min(count - 1, Math.max(0, place));
  switch (key) {
    case "ArrowRight": case "ArrowUp": return clamp(now + 1);
    case "ArrowLeft": case "ArrowDown": return now < 0 ? count - 1 : clamp(now - 1);
    case "Home": return 0;
    case "End": return count - 1;
    default: return null;
  }
}

export function rowText(row: Row, page: Page): string {
  const reading = page.readings.of(row);
  const value = reading ? `${readingText(reading)} ${UNIT}` : page.readings.reason(row);
  return [row.pair, value, page.data.works[row.work]?.name ?? ""].filter(Boolean).join(", ");
}

const SVG = "http://www.w3.org/2000/svg";

function ringElement() {
  const layer = document.createElementNS(SVG, "svg");
  layer.setAttribute("class", "ring");
  const circle = document.createElementNS(SVG, "circle");
  circle.setAttribute("r", "9");
  circle.setAttribute("visibility", "hidden");
  layer.append(circle);
  const size = (width: number, svg: Element) => {
    layer.setAttribute("width", String(width));
    layer.setAttribute("height", svg.getAttribute("height") ?? "0");
  };
  const put = (mark: Mark | undefined) => {
    circle.setAttribute("visibility", mark ? "visible" : "hidden");
    if (!mark) return;
    circle.setAttribute("cx", String(mark.x));
    circle.setAttribute("cy", String(mark.y));
  };
  return { layer, size, put };
}

