// What every panel gets: the data, the view, the rows of the view, and how to change them.

import type { Dataset, Row } from "../data/dataset";
import type { OwnPoint } from "../data/own_points";
import type { Payload } from "../data/payload";
import type { Records } from "../data/records";
import type { Readings } from "../view/readings";
import type { Selection } from "../view/selection";
import type { View } from "../view/state";
import type { Look } from "../charts/palette";

export type Opener = "table" | "picture";

export interface Page {
  data: Dataset; // at the reference temperature of the view
  payload: Payload;
  records: Records;
  view: View;
  width: number; // px, of the picture
  own: readonly OwnPoint[]; // in no address and no file
  selection: Selection;
  lookOf: (row: Row) => Look;
  readings: Readings;
  /** Take another view: a step of the browser's history, or none while somebody types. */
  change: (view: View, step?: boolean) => void;
  /** Open the card of a row; Escape returns to where it was opened. */
  open: (row: Row, from: Opener) => void;
  /** Take the reader's own values into the picture. */
  takeOwn: (points: readonly OwnPoint[]) => void;
  /** Say something to readers of the live region. */
  say: (text: string) => void;
}

export interface Panel {
  element: HTMLElement;
  update: (page: Page) => void;
}
