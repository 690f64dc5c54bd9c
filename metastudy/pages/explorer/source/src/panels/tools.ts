// Compare, own points, take away: folded below the picture.

import { el } from "../dom";
import { makeComparison } from "./comparison";
import { makeOwnPoints } from "./own";
import type { Page, Panel } from "./page";
import { makeTakeAway } from "./take_away";

export function makeTools(first: Page, picture: () => SVGElement): Panel {
  const panels = [
    { title: "Compare two groups", panel: makeComparison(first) },
    { title: "Place your own value", panel: makeOwnPoints(first) },
    { title: "Take away", panel: makeTakeAway(first, picture) },
  ];
  let page = first;
  const folds = panels.map(({ title, panel }) => {
    const fold = el("details", { class: "tool" }, el("summary", {}, title), panel.element);
    fold.addEventListener("toggle", () => { if (fold.open) panel.update(page); });
    return { fold, panel };
  });
  const update = (next: Page) => {
    page = next;
    if (page.view.comparison && folds[0]) folds[0].fold.open = true;
    for (const { fold, panel } of folds) if (fold.open) panel.update(page);
  };
  return { element: el("div", { class: "tools" }, ...folds.map(({ fold }) => fold)), update };
}
