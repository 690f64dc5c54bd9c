// What is shown, and how: printed or normalised, reference temperature, kinds of rows, colour.

import { el, field } from "../dom";
import { HIGHEST_C, LOWEST_C, START, type Picture, type View } from "../view/state";
import { facetColumns } from "./facet_list";
import { classesByReference } from "../view/reference";
import type { Page, Panel } from "./page";

type Flag = "bounds" | "treated" | "secondary" | "unidentified";
const FLAGS: readonly [Flag, string, string][] = [
  ["bounds", "bounds", "Rows whose source prints only a limit"],
  ["treated", "treated", "Arms with a deliberate treatment"],
  ["secondary", "secondary", "Numbers that were read in another work"],
  ["unidentified", "unidentified", "Works whose source is not identified"],
];
const PICTURES: readonly [Picture, string][] = [
  ["strip", "strip"], ["arrhenius", "Arrhenius"], ["against", "against a number"],
];

export function makeSwitches(first: Page): Panel {
  let page = first;
  const change = (part: Partial<View>, step = true) => page.change({ ...page.view, ...part }, step);
  const scale = choice("scale", "Values", [["normalised", "normalised"], ["printed", "as measured"]],
    (value) => change({ scale: value as View["scale"] }));
  const temperature = temperatureBox(() => page, change);
  const flags = FLAGS.map(([name, text, title]) => {
    const box = el("input", { type: "checkbox", onchange: () => change({ [name]: box.checked }) });
    return { name, box, label: el("label", { class: "flag", title }, box, ` ${text}`) };
  });
  const colour = choice("colour", "Colour by", colourColumns(first), (value) => change({ colour: value }));
  const picture = choice("picture", "Picture", PICTURES, (value) => change({ picture: value as Picture }));
  const against = choice("against", "Number", numberColumns(first), (value) => change({ against: value }));
  const body = el("div", { class: "switches", role: "group", "aria-label": "What is shown" },
    scale.label, temperature.label, el("span", { class: "flags" }, ...flags.map(({ label }) => label)),
    colour.label, picture.label, against.label);
  const wide = window.matchMedia("(min-width: 48rem)").matches;
  const element = el("details", { class: "view", open: wide }, el("summary", {}, "View"), body);
  const update = (next: Page) => {
    page = next;
    const { view } = page;
    scale.set(view.scale);
    temperature.set(page);
    for (const { name, box } of flags) box.checked = view[name];
    colour.set(view.colour);
    picture.set(view.picture);
    against.set(view.against);
    against.label.hidden = view.picture !== "against";
  };
  return { element, update };
}

function choice(
  id: string, text: string, options: readonly (readonly [string, string])[], act: (value: string) => void,
) {
  const select = el("select", { id, onchange: () => act(select.value) },
    ...options.map(([value, shown]) => el("option", { value }, shown)));
  const label = field(text, select);
  const set = (value: string) => {
    if (select.value !== value) select.value = value;
  };
  return { label, set };
}

function temperatureBox(page: () => Page, change: (part: Partial<View>, step?: boolean) => void) {
  const fault = el("span", { class: "fault", id: "t-fault" });
  const act = () => {
    const value = input.value.trim() === "" ? null : Number(input.value);
    const good = value === null || (value >= LOWEST_C && value <= HIGHEST_C);
    fault.textContent = good ? "" : `${LOWEST_C} to ${HIGHEST_C} °C`;
    if (good && value !== page().view.referenceC) change({ referenceC: value }, false);
  };
  const input = el("input", {
    type: "number", id: "temperature", min: LOWEST_C, max: HIGHEST_C, step: "any",
    "aria-describedby": "t-fault", oninput: act,
  });
  const label = el("span", {}, field("Reference temperature", input, " °C "), fault);
  const set = ({ view, selection, payload }: Page) => {
    const { referenceC } = view;
    if (document.activeElement !== input) input.value = referenceC === null ? "" : String(referenceC);
    input.placeholder = classesByReference(selection.rows, payload.references_c).map(([celsius]) => celsius).join(" or ");
    input.disabled = view.scale === "printed";
  };
  return { label, set };
}

function colourColumns(page: Page): [string, string][] {
  return facetColumns(page.data).map(({ name, label }) => [name, label]);
}

function numberColumns(page: Page): [string, string][] {
  const named = [...page.data.numbers.values()].map(
    ({ name, label, unit }): [string, string] => [name, unit ? `${label} (${unit})` : label]);
  return named.some(([name]) => name === START.against) ? named : [[START.against, "temperature"], ...named];
}
