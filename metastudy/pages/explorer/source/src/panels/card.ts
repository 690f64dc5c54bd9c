// The card of a row: printed text and place, normalised value, what moved it, corrections and
// decisions, preparation, source, and the way to report a fault.

import { button, el, fill, link, listOf, words, type Child } from "../dom";
import { amount, plain } from "../data/amount";
import { meaningOf, numberOf, shownWord, wordOf, wordsOf, type Row } from "../data/dataset";
import type { Loading } from "../data/payload";
import type { PrintedRecord } from "../data/records";
import { drawNyquist } from "../charts/nyquist";
import { intervalText } from "../view/interval";
import { recordsOf } from "../view/readings";
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
    el("p", { class: "note" }, words(contactText(row, page))),
    ...records.flatMap((record) => printedPart(record, page)),
    ...normalisedPart(row, page),
    ...movesPart(row, page),
    ...budgetPart(row, page),
    ...groundsPart(records),
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
    record.details.length > 0 && facts(record.details.map(([name, word]) => [name, shownWord(word)])),
    record.notes && el("p", { class: "note" }, words(record.notes)),
  ];
}

/** A temperature as printed; the rows have degrees Celsius where no unit is printed. */
function temperatureText(printed: string): string {
  if (printed === "") return "";
  return /^[-−\d.]+$/.test(printed) ? `at ${printed} °C` : `at ${printed.replaceAll("_", " ")}`;
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
      interval && !measured ? ` (95 % of its known error: ${interval})` : ""),
    page.readings.reason(row) && el("p", { class: "fault" }, `${page.readings.reason(row)}.`),
    ...reasonsPart(row, page),
  ];
}

function reasonsPart(row: Row, page: Page): Child[] {
  const reasons = wordsOf(page.data, "left_out", row);
  if (reasons.length === 0) return [row.observation && el("p", { class: "note" }, "Used in the headline.")];
  const title = row.observation ? "Not in the headline:" : "No observation:";
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
    steps.push([`Read off its own Arrhenius line: ${factor(whole)}`]);
  } else {
    const share = whole - place.move;
    if (Math.abs(share) > 1e-9) steps.push([`One contact of the circuit: ${factor(share)}`]);
    const energy = place.eaEv === null ? "" : `, activation energy ${amount(place.eaEv)} eV (${place.source})`;
    if (place.move !== 0) steps.push([`From ${from} to ${plain(place.referenceC)} °C: ${factor(place.move)}${energy}`]);
  }
  return [el("h3", {}, "What moved it"), listOf(steps)];
}

function factor(dex: number): string {
  const signed = `${dex < 0 ? "−" : "+"}${amount(Math.abs(dex))} dex`;
  return `× ${amount(10 ** dex)} (${signed})`;
}

function budgetPart(row: Row, page: Page): Child[] {
  const terms = (page.readings.moved(row)?.terms ?? []).filter(([, , loading]) => loading !== 0);
  if (terms.length === 0) return [];
  const sorted = [...terms].sort((a, b) => Math.abs(b[2]) - Math.abs(a[2]));
  return [el("h3", {}, "Budget of its known error"), el("table", { class: "budget" },
    el("thead", {}, el("tr", {}, ...["Unknown", "Shared by", "SD (dex)"].map((text) => el("th", { scope: "col" }, text)))),
    el("tbody", {}, ...sorted.map(budgetLine)))];
}

function budgetLine([name, scope, loading]: Loading): HTMLElement {
  return el("tr", {}, el("td", {}, shownWord(name)), el("td", {}, scope),
    el("td", { class: "n" }, Math.abs(loading).toFixed(3)));
}

function groundsPart(records: readonly PrintedRecord[]): Child[] {
  const corrections = records.flatMap((record) => record.corrections.map((each): Child[] => [
    el("strong", {}, `Correction (${shownWord(each.ground)}): `),
    words([each.expect, each.value].filter(Boolean).join(" → ")), ". ", words(each.reason)]));
  const decisions = records.flatMap((record) => record.decisions.map((each): Child[] => [
    el("strong", {}, "Decision: "), words(each.decision), " ", words(each.reason),
    each.would_settle ? " Would settle it: " : "", words(each.would_settle ?? "")]));
  const items = [...corrections, ...decisions];
  return items.length ? [el("h3", {}, "Corrections and decisions"), listOf(items)] : [];
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
