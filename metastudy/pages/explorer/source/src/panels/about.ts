// What a picture or a printed page is of.

import { toHash } from "../view/hash";
import type { Page } from "./page";
import { temperatureText } from "./search_box";

export function aboutText(page: Page): string {
  const { data, view } = page;
  return `metastudy, data ${data.dataVersion}, software ${data.codeVersion}; ${temperatureText(view.referenceC)}; view #${toHash(view)}`;
}
