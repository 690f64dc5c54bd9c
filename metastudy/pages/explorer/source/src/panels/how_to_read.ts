// What stands in the place of the card before a row is chosen: how to read the page, and how to help.

import { el, link, listOf, words, type Child } from "../dom";
import type { Help } from "../data/payload";
import type { Page } from "./page";

export function howToRead(page: Page): Child[] {
  return [
    el("h2", {}, "How to read this"),
    el("p", {}, "Each mark and each row is the resistance of one contact of one specimen, moved to one reference "
      + "temperature. Choose one to see what the source prints and what moved it."),
    el("p", {}, "An arrow is a bound: the source prints only a limit. A line joins a treated arm to the untreated one "
      + "of its work. A grey row cannot be moved; its cell says why."),
    ...helpUs(page),
  ];
}

function helpUs(page: Page): Child[] {
  const { unidentified, wanted, claims } = page.payload.help;
  return [
    el("h2", {}, "Help us"),
    fold(`Works without a known source (${unidentified.length})`,
      "Do you know one of them? Send its DOI, with the name in the list.",
      unidentified.map((work) => [el("a", { href: `#f.study_id=${work.study_id}` }, work.name), ": ", words(work.title ?? "")])),
    fold(`Wanted papers (${wanted.length})`,
      "Do you have one of them, or its tables? metastudy new begins a study; a letter with the numbers is enough.",
      wanted.map(wantedItem)),
    fold(`Open claims (${claims.length})`,
      "What would settle each is said behind it.",
      claims.map((claim: Help["claims"][number]) => [words(claim.statement), " ", el("em", {}, words(claim.missing))])),
  ];
}

function wantedItem(work: Help["wanted"][number]): Child[] {
  const doi = work.doi ?? "";
  return [words(work.work ?? ""), ". ", doi && link(doi, `https://doi.org/${doi}`), doi && ". ",
    words(work.asked ?? ""), work.why ? el("em", {}, " ", words(work.why)) : ""];
}

function fold(title: string, how: string, items: Child[][]): Child {
  if (items.length === 0) return null;
  return el("details", {}, el("summary", {}, title), el("p", {}, how), listOf(items));
}
