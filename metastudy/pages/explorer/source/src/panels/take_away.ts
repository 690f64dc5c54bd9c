// Take away: rows, citations, picture, and the lines that give the same rows again.

import { button, el, field, fill, type Child } from "../dom";
import { IN_FILE } from "../charts/figure";
import { pngOf, svgText } from "../charts/picture_file";
import { linesOf } from "../data/lines";
import { askedOf } from "../view/asked";
import { exported, fileOf, FORMATS, type Format } from "../view/export";
import { toHash } from "../view/hash";
import { aboutText } from "./about";
import type { Page, Panel } from "./page";

const NAME = "interfaces";

export function makeTakeAway(first: Page, picture: () => SVGElement): Panel {
  let page = first;
  const which = el("select", { id: "which", onchange: () => update(page) });
  const rows = el("div", { class: "buttons" });
  const said = el("p", { class: "note", role: "status" });
  const spare = el("textarea", { readonly: true, hidden: true, "aria-label": "Text to copy" });
  const lines = el("div");
  const element = el("div", {},
    el("div", { class: "buttons" }, field("Rows", which)),
    rows, picturesRow(() => page, picture, said), said, spare, lines);
  const update = (next: Page) => {
    page = next;
    const shown = exported(page.selection.rows, page.readings);
    const all = exported(page.data.rows, page.readings);
    const chosen = which.value === "all" ? all : shown;
    fill(which, el("option", { value: "shown" }, `the ${shown.length} shown observations`),
      el("option", { value: "all" }, `all ${all.length} observations`));
    which.value = chosen === all && all !== shown ? "all" : "shown";
    fill(rows, ...(Object.keys(FORMATS) as Format[]).map((format) => formatButtons(format, () => fileOf(format, chosen, page.data, page.payload), said, spare)));
    fill(lines, ...linesPart(page), ...citePart(page));
  };
  return { element, update };
}

function formatButtons(format: Format, make: () => string, said: HTMLElement, spare: HTMLTextAreaElement): HTMLElement {
  const { name, ending, type } = FORMATS[format];
  const copy = async () => {
    const text = make();
    try {
      await navigator.clipboard.writeText(text);
      said.textContent = `${name} copied.`;
    } catch {
      spare.hidden = false;
      spare.value = text;
      spare.select();
      said.textContent = `The browser does not let the page copy; the ${name} is marked below.`;
    }
  };
  return el("span", { class: "pair-of-buttons" },
    button(`Copy ${name}`, () => void copy()),
    button("file", () => save(new Blob([make()], { type }), `${NAME}${ending}`), { "aria-label": `${name} as a file` }));
}

function picturesRow(page: () => Page, picture: () => SVGElement, said: HTMLElement): HTMLElement {
  const text = () => svgText(picture(), aboutText(page()), IN_FILE.ground);
  const png = () => pngOf(text()).then((blob) => save(blob, `${NAME}.png`), (error: Error) => {
    said.textContent = `No PNG: ${error.message}.`;
  });
  return el("div", { class: "buttons" }, "Picture",
    button("SVG", () => save(new Blob([text()], { type: "image/svg+xml" }), `${NAME}.svg`)),
    button("PNG", () => void png()));
}

function save(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob);
  el("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

function linesPart(page: Page): Child[] {
  const rows = exported(page.selection.rows, page.readings);
  const asked = askedOf(page.view, page.selection.matches, page.data);
  const lines = linesOf(page.data, rows, asked, page.view.referenceC, Object.keys(page.payload.references_c));
  return [
    el("h2", {}, "The same rows in Python"), el("pre", { tabindex: 0, id: "python", "aria-label": "Python" }, lines.python),
    el("h2", {}, "and on the command line"), el("pre", { tabindex: 0, id: "shell", "aria-label": "Command line" }, lines.shell),
  ];
}

function citePart(page: Page): Child[] {
  const { dataVersion, codeVersion } = page.data;
  return [
    el("h2", {}, "How to cite"),
    el("p", { id: "cite" }, `The metastudy authors. metastudy: interface resistances between ionic conductors, data version ${dataVersion}, `
      + `software version ${codeVersion}. View: #${toHash(page.view)}. Cite the works behind the numbers too: Copy BibTeX.`),
  ];
}
