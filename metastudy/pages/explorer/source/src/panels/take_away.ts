import { el } from "../dom";
import type { Page } from "./page";
import type { Panel } from "./switches";
export function makeTakeAway(_first: Page, _picture: () => SVGElement): Panel { return { element: el("div"), update: () => undefined }; }
