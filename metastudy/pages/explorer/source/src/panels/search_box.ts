// The box to find, and what it found.

import { button, el, fill, words, type Child } from "../dom";
import { counted } from "../data/amount";
import type { Match } from "../data/search";
import { shownWord } from "../data/dataset";
import { filterCount, withoutFilters } from "../view/state";
import { countsText, UNIT } from "../view/words";
import type { Page, Panel } from "./page";
import { shownAt } from "./reference";

const MOST_NAMES = 4;

export function makeSearchBox(first: Page): Panel {
  let page = first;
  const input = el("input", {
    type: "search", id: "find", autocomplete: "off", spellcheck: "false",
    placeholder: "LLZO | PEO, acetonitrile, an author, a DOI",
    oninput: () => page.change({ ...page.view, query: input.value }, false),
  });
  const found = el("p", { class: "note", id: "found" });
  const counts = el("p", { class: "counts", role: "status", "aria-live": "polite" });
  const element = el("div", { class: "find", role: "search" },
    el("label", { for: "find" }, "Find a pair, a material, a work"), input, found, counts);
  const update = (next: Page) => {
    page = next;
    if (input.value !== page.view.query) input.value = page.view.query;
    fill(found, ...foundText(page));
    fill(counts, ...countsLine(page));
  };
  return { element, update };
}

function foundText(page: Page): Child[] {
  return page.selection.matches.flatMap((match, place) => [place ? "; " : "", ...matchText(match, page)]);
}

function matchText(match: Match, page: Page): Child[] {
  if (match.found.length === 0) {
    return [el("strong", {}, "nothing is named “", words(match.typed), "”")];
  }
  if (match.found.every(({ column }) => column === "preparation_id")) {
    return [words(match.typed), ` (used in ${counted(match.found.length, "preparation")})`];
  }
  const codes = [...new Set(match.found.map(({ code }) => code))];
  const variants = match.how === "name" ? codes.filter((code) => codes.some((other) => code.startsWith(`${other}_`))) : [];
  const direct = namesOf(match, page, (code) => !variants.includes(code));
  const wider = namesOf(match, page, (code) => variants.includes(code));
  const how = match.how === "name" ? "" : match.how === "near" ? "spelled nearly so: " : "begins so: ";
  return [
    words(match.typed),
    ...(direct.length === 1 && direct[0] === match.typed ? [] : [` (${how}`, words(someOf(direct)), ")"]),
    ...(wider.length ? [", also: ", words(someOf(wider))] : []),
  ];
}

function namesOf(match: Match, page: Page, wanted: (code: string) => boolean): string[] {
  const found = match.found.filter(({ code }) => wanted(code));
  return [...new Set(found.map(({ column, code }) => nameOf(column, code, page)))];
}

function someOf(names: readonly string[]): string {
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : "";
  return `${names.slice(0, MOST_NAMES).join(", ")}${more}`;
}

function nameOf(column: string, code: string, page: Page): string {
  if (column !== "study_id") return shownWord(code);
  return page.data.workNames.get(code) ?? code;
}

function countsLine(page: Page): Child[] {
  const { view, selection } = page;
  const clear = filterCount(view) > 0 || view.query !== "";
  return [
    el("span", {}, `${countsText(selection.counts)}; ${UNIT}, ${shownAt(page)}; data ${page.data.dataVersion}`), " ",
    clear && button("Clear all", () => page.change(withoutFilters(page.view)), { class: "plain" }),
  ];
}
