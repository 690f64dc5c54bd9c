// At which temperature the page shows its rows.

import { referenceText } from "../view/reference";
import type { Page } from "./page";

/** "at 60 °C", by class where they differ; "as measured" where nothing is moved. */
export function shownAt({ view, selection, payload }: Page): string {
  if (view.scale === "printed") return "as measured";
  return referenceText(view.referenceC, selection.rows, payload.references_c);
}
