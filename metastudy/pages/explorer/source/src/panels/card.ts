// The card of a row: work, printed text and place, normalised value, how solid it is, what moved it,
// facts of the printed number, preparation, source, and the way to report a fault.

import { button, el, fill, link, listOf, words, type Child } from "../dom";
import { amount, plain } from "../data/amount";
import { meaningOf, numberOf, shownWord, wordOf, wordsOf, type Row } from "../data/dataset";
import type { Loading } from "../data/payload";
import { temperatureText, type PrintedRecord } from "../data/records";
import { drawNyquist } from "../charts/nyquist";
import { intervalText } from "../view/interval";
import { recordsOf } from "../view/readings";
import { energySource, factWord, readText, scopeWord, unknownWord } from "../view/plain_words";
import { readingText, UNIT } from "../view/words";
import type { Page, Panel } from "./page";

export interface Card extends Panel {
  focus: () => void;
}

export function makeCard(close: () => void, empty: () => Child[]): Card {
  const element = el("section", { class: "card", id: "card", tabindex: -1, "aria-label": "Record" });
  element.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
  });
  const update = (page: Page) => {
    const row = page.data.byId.get(page.view.record);
    element.classList.toggle("open", row !== undefined);
    element.setAttribute("aria-label", row ? "Record" : "How to read");
    if (row) fill(element, button("Close", close, { class: "close" }), ...cardOf(row, page));
    else fill(element, ...empty());
  };
  return { element, update, focus: () => element.focus({ preventScroll: true }) };
}

function cardOf(row: Row, page: Page): Child[] {
  const records = recordsOf(page.data, row).flatMap((id) => page.records.of(id) ?? []);
  return [
    el("h2", {}, words(row.pair || "No contact of two conductors")),
    el("p", {}, el("strong", { class: "work" }, words(page.data.works[row.work]?.name ?? "")), " ",
      el("span", { class: "note" }, words(contactText(row, page)))),
    ...records.flatMap((record) => printedPart(record, page)),
    ...normalisedPart(row, page),
    ...solidPart(row, records, page),
    ...movesPart(row, page),
    ...intervalPart(row, page),
    ...factsPart(records),
    ...preparationPart(row, page),
    ...spectrumPart(records, page),
    ...sourcePart(row, records, page),
  ];
}

function contactText(row: Row, page: Page): string {
  const named = ["interface_class", "salt", "salt_content", "state_kind"];
  const stated = named.flatMap((name) => wordsOf(page.data, name, row)).filter((word) => !word.startsWith("not_") && word !== "unknown");
  return [...stated.map((word) => shownWord(word)), row.treated ? "treated arm" : ""].filter(Boolean).join(", ");
}

function printedPart(record: PrintedRecord, page: Page): Child[] {
  const where = [record.place, temperatureText(record.temperature)].filter(Boolean).join("; ");
  const from = record.derivedFrom.map((id) => page.records.of(id)?.text ?? id).join(" and ");
  return [
    el("h3", {}, from ? "Derived" : record.refit ? "Refit of a spectrum" : "Printed"),
    el("p", {}, el("strong", { class: "printed-text" }, words(record.text)), where ? ", " : "", words(where)),
    from && el("p", {}, "From ", words(from), "."),
    record.notes && el("p", { class: "note" }, words(record.notes)),
  ];
}

function factsPart(records: readonly PrintedRecord[]): Child[] {
  const several = records.length > 1;
  return records.filter(({ details }) => details.length > 0).flatMap((record) => [
    el("h3", {}, "About the printed number", several ? words(` ${record.text}`) : ""),
    facts(record.details.map(({ column, label, word }) => [label, factWord(column, word)])),
  ]);
}

function facts(pairs: readonly (readonly [string, string])[]): HTMLElement {
  return el("dl", {}, ...pairs.flatMap(([name, word]) => [el("dt", {}, name), el("dd", {}, words(word))]));
}

function normalisedPart(row: Row, page: Page): Child[] {
  const reading = page.readings.of(row);
  if (!row.observation) return reasonsPart(row, page);
  if (!reading) return [el("p", { class: "fault" }, `Not movable to this temperature: ${page.readings.reason(row)}.`)];
  const interval = intervalText(page.readings, row);
  const at = plain(numberOf(page.data, "reference_c", row));
  const measured = page.view.scale === "printed";
  return [
    el("h3", {}, measured ? "As measured: whole circuit" : `One contact at ${at} °C`),
    el("p", {}, el("strong", { class: "value" }, `${readingText(reading)} ${UNIT}`),
      interval && !measured ? ` (95 % interval: ${interval})` : ""),
    page.readings.reason(row) && el("p", { class: "fault" }, `${page.readings.reason(row)}.`),
    ...reasonsPart(row, page),
  ];
}

function reasonsPart(row: Row, page: Page): Child[] {
  const reasons = wordsOf(page.data, "left_out", row);
  if (reasons.length === 0) return [row.observation && el("p", { class: "note" }, "Used in the pooled results.")];
  const title = row.observation ? "Left out of the pooled results:" : "No observation:";
  return [el("p", { class: "note" }, title), listOf(reasons.map((reason) => [
    shownWord(reason), meaningOf(page.data, "left_out", reason) ? `: ${meaningOf(page.data, "left_out", reason)}` : ""]))];
}

/** Steps from the measured circuit to one contact at the reference temperature. */
function movesPart(row: Row, page: Page): Child[] {
  const place = page.readings.moved(row);
  if (!place) return [];
  const measured = numberOf(page.data, "measured_log10", row);
  const start = place.hi ?? place.lo;
  const from = plain(numberOf(page.data, "temperature_c", row));
  const steps: Child[][] = [[`Circuit as measured at ${from} °C: ${amount(10 ** measured)} ${UNIT}`]];
  const whole = start === null ? 0 : start - measured;
  if (place.segment.kind === "line") {
    steps.push([`Read off its own Arrhenius line at ${plain(place.referenceC)} °C, for one contact: ${factor(whole)}`]);
  } else {
    const share = whole - place.move;
    if (Math.abs(share) > 1e-9) steps.push([`${shareText(row, page)}: ${factor(share)}`]);
    const energy = place.eaEv === null ? "" : `, activation energy ${amount(place.eaEv)} eV (${energySource(place.source)})`;
    if (place.move !== 0) steps.push([`From ${from} to ${plain(place.referenceC)} °C: ${factor(place.move)}${energy}`]);
  }
  return [el("h3", {}, "What moved it"), listOf(steps)];
}

/** Why the number of the circuit is not that of one contact. */
function shareText(row: Row, page: Page): string {
  if (wordOf(page.data, "coverage_known", row) === "true") return "The number is of several contacts alike, divided by their count";
  const count = Math.round(10 ** numberOf(page.data, "count_shift", row));
  const all = count === 2 ? "both contacts" : `all ${count} contacts`;
  const taken = row.bound ? "the limit that claims less is taken" : "the middle of the two is taken, on the logarithmic scale";
  return `The source does not say whether the number is of one contact or of ${all}; ${taken}`;
}

function factor(log10: number): string {
  return `× ${amount(10 ** log10)}`;
}

function intervalPart(row: Row, page: Page): Child[] {
  const terms = (page.readings.moved(row)?.terms ?? []).filter(([, , loading]) => loading !== 0);
  if (terms.length === 0) return [];
  const sorted = [...terms].sort((a, b) => Math.abs(b[2]) - Math.abs(a[2]));
  return [el("h3", {}, "What the 95 % interval is made of"), el("table", { class: "budget" },
    el("thead", {}, el("tr", {}, ...["Not known exactly", "Shared by", "One standard deviation"].map((text) => el("th", { scope: "col" }, text)))),
    el("tbody", {}, ...sorted.map(budgetLine)))];
}

function budgetLine([name, scope, loading]: Loading): HTMLElement {
  return el("tr", {}, el("td", {}, unknownWord(name)), el("td", {}, scopeWord(scope)),
    el("td", {}, `factor ${(10 ** Math.abs(loading)).toFixed(2)}`));
}

/** Where the number was read, and what was corrected or decided about it. */
function solidPart(row: Row, records: readonly PrintedRecord[], page: Page): Child[] {
  const read = wordsOf(page.data, "read", row).map(readText);
  const corrections = records.flatMap((record) => record.corrections.map((each): Child[] => [
    el("strong", {}, `Correction (${shownWord(each.ground)}): `),
    words([each.expect, each.value].filter(Boolean).join(" → ")), ". ", words(each.reason)]));
  const decisions = records.flatMap((record) => record.decisions.map((each): Child[] => [
    el("strong", {}, "Decision: "), words(each.decision), " ", words(each.reason),
    each.would_settle ? " Would settle it: " : "", words(each.would_settle ?? "")]));
  const items = [...corrections, ...decisions];
  if (read.length + items.length === 0) return [];
  return [el("h3", {}, "How solid it is"), el("p", {}, words(read.join(" "))), items.length > 0 && listOf(items)];
}

function preparationPart(row: Row, page: Page): Child[] {
  const { axes, steps } = page.records.preparation(wordOf(page.data, "preparation_id", row));
  const stated = axes.filter(([, word]) => !word.startsWith("not_"));
  const silent = axes.length - stated.length;
  if (axes.length + steps.length === 0) return [];
  return [
    el("h3", {}, "Preparation"),
    steps.length > 0 && el("ol", {}, ...steps.map((step) => el("li", {}, words(step)))),
    stated.length > 0 && facts(stated.map(([axis, word]) => [shownWord(axis), shownWord(word)])),
    silent > 0 && el("p", { class: "note" }, `${silent} more fields are not reported, not read, or do not apply.`),
  ];
}

function spectrumPart(records: readonly PrintedRecord[], page: Page): Child[] {
  return records.flatMap(({ id }) => {
    const spectrum = page.payload.spectra[id];
    return spectrum ? [el("h3", {}, "Spectrum of the refit"), drawNyquist(spectrum),
      el("p", { class: "note" }, words(`${spectrum.file}, circuit ${spectrum.circuit}`))] : [];
  });
}

function sourcePart(row: Row, records: readonly PrintedRecord[], page: Page): Child[] {
  const work = page.data.works[row.work];
  if (!work) return [];
  const ids = records.map(({ id }) => id).join(", ") || row.id;
  return [
    el("h3", {}, "Source"),
    el("p", {}, words(`${work.authors ? `${work.authors} ` : ""}${work.title}`), ". ",
      work.doi ? link(`doi.org/${work.doi}`, `https://doi.org/${work.doi}`) : "No DOI is known."),
    work.status !== "" && work.status !== "ok" && el("p", { class: "fault" }, `Status: ${shownWord(work.status)}.`),
    el("p", {}, el("a", { href: `#${work.anchor}` }, `All of ${work.name}`), "; record ",
      el("code", {}, ids), "; ", link("report a fault", faultAddress(ids, work.name, page))),
  ];
}

/** An issue where the project has an address, else a letter that the reader addresses. */
function faultAddress(ids: string, name: string, page: Page): string {
  const title = `This number looks wrong: ${ids}`;
  const body = [
    `Record: ${ids} (${name})`, `Data ${page.data.dataVersion}, metastudy ${page.data.codeVersion}`, "",
    "What is wrong, and where it is printed:", "",
  ].join("\n");
  const { issues } = page.payload;
  const [start, subject] = issues ? [issues, "title"] : ["mailto:", "subject"];
  return `${start}?${subject}=${encodeURIComponent(title)}&body=${encodeURIComponent(body)}`;
}
