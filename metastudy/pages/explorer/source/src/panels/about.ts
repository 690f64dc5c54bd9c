// What a picture or a printed page is of.

import { toHash } from "../view/hash";
import type { Page } from "./page";
import { shownAt } from "./reference";

export function aboutText(page: Page): string {
  const { data, view } = page;
  return `metastudy, data ${data.dataVersion}, software ${data.codeVersion}; ${shownAt(page)}; view #${toHash(view)}`;
}
