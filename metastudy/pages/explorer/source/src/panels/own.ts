// Own values beside those of the literature. They stay in the browser and are in no address.

import { el, field, fill, words, type Child } from "../dom";
import { amount, plain } from "../data/amount";
import { readPoints, rankAmong, type OwnPoint } from "../data/own_points";
import type { Prediction } from "../data/payload";
import { UNIT } from "../view/words";
import { shownAt } from "./reference";
import type { Page, Panel } from "./page";

export function makeOwnPoints(first: Page): Panel {
  let page = first;
  const area = el("textarea", {
    id: "own", spellcheck: "false", placeholder: "1.2 kohm cm2 at 60 degC", oninput: () => take(),
  });
  const family = el("select", { id: "own-family", onchange: () => update(page) },
    el("option", { value: "" }, "choose a family"),
    ...first.payload.predictions.families.map((each) => el("option", { value: each.family }, each.family)));
  const file = el("input", { type: "file", id: "own-file", accept: ".csv,.txt,text/csv,text/plain", onchange: () => read() });
  const result = el("div", { class: "result", "aria-live": "polite" });
  const element = el("div", {},
    el("p", { class: "note" }, "Your values stay in this browser: they are in no address and no file of this page."),
    el("label", { for: "own" }, "One value a line, or a CSV with a header"), area,
    el("div", { class: "buttons" }, field("or a file", file), field("Family", family)), result);
  const read = () => {
    void file.files?.[0]?.text().then((text) => {
      area.value = text;
      take();
    });
  };
  const take = () => {
    update(page);
    page.takeOwn(readPoints(area.value).points);
  };
  const update = (next: Page) => {
    page = next;
    fill(result, ...resultOf(area.value, family.value, page));
  };
  return { element, update };
}

function resultOf(text: string, family: string, page: Page): Child[] {
  const { points, faults } = readPoints(text);
  const prediction = page.payload.predictions.families.find((each) => each.family === family);
  return [
    ...faults.map(({ line, message }) => el("p", { class: "fault" }, `Line ${line}: `, words(message), ".")),
    points.length > 0 && pointTable(points, page),
    ...(points.length > 0 && prediction ? predictionText(points, prediction, page) : []),
  ];
}

function pointTable(points: readonly OwnPoint[], page: Page): HTMLElement {
  const others = page.selection.rows.flatMap((row) => {
    const y = page.readings.of(row)?.y ?? Number.NaN;
    return Number.isNaN(y) ? [] : [y];
  });
  const heads = ["Your value", `Read as (${UNIT})`, "at °C", "Rank among the shown values"];
  return el("div", { class: "wide", tabindex: 0, role: "region", "aria-label": "Own values" },
    el("table", {}, el("thead", {}, el("tr", {}, ...heads.map((text) => el("th", { scope: "col" }, text)))),
      el("tbody", {}, ...points.map((point) => pointLine(point, others)))),
    el("p", { class: "note" }, `Shown values: ${shownAt(page)}. Your values are compared as given: `
      + "set the reference temperature to that of your value, and divide by the count of contacts."));
}

function pointLine(point: OwnPoint, others: readonly number[]): HTMLElement {
  const { rank, of } = rankAmong(point.log10Asr, others);
  const temperature = point.temperatureC === null ? "not given" : plain(point.temperatureC);
  return el("tr", {}, el("td", {}, words(point.text)), el("td", { class: "n" }, amount(10 ** point.log10Asr)),
    el("td", { class: "n" }, temperature), el("td", {}, `${rank} of ${of}, smallest first`));
}

function predictionText(points: readonly OwnPoint[], prediction: Prediction, page: Page): Child[] {
  const { shares } = page.payload.predictions;
  const at = (share: number) => prediction.quantiles[shares.indexOf(share)];
  const [low, middle, high] = [at(0.025), at(0.5), at(0.975)];
  if (low === undefined || middle === undefined || high === undefined) {
    return [el("p", {}, "No prediction interval for ", words(prediction.family), ": ", words(prediction.missing), ".")];
  }
  const reference = page.payload.references_c[prediction.family.split(" | ")[0] ?? ""];
  const inside = points.filter(({ log10Asr }) => log10Asr >= low && log10Asr <= high).length;
  return [el("p", {}, `A new laboratory will find ${amount(10 ** low)} to ${amount(10 ** high)} ${UNIT} (95 % prediction interval, `
    + `median ${amount(10 ** middle)}, at ${reference ?? "its reference temperature"} °C; ${prediction.works} works). `
    + `${inside} of your ${points.length} lie in it.`)];
}
