// Elements of the page. Every text becomes a text node, so that no data is read as markup.

export type Child = Node | string | null | undefined | false;
type Listener = (event: Event) => void;
export type Attributes = Record<string, string | number | boolean | Listener | undefined>;

export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  setAttributes(made, attributes);
  append(made, children);
  return made;
}

export function append(parent: Node, children: Child[]): void {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    parent.appendChild(typeof child === "string" ? document.createTextNode(child) : child);
  }
}

export function fill(parent: Element, ...children: Child[]): void {
  parent.replaceChildren();
  append(parent, children);
}

export function button(text: string, act: () => void, attributes: Attributes = {}): HTMLButtonElement {
  return el("button", { type: "button", onclick: act, ...attributes }, text);
}

/** A control with its label before it; the label does not hold the control, whose words are not its name. */
export function field(text: string, control: HTMLElement, after = ""): HTMLElement {
  return el("span", { class: "field" }, el("label", { for: control.id }, text), " ", control, after);
}

export function link(text: string, address: string): HTMLAnchorElement {
  return el("a", { href: address, rel: "noopener noreferrer", target: "_blank" }, text);
}

export function listOf(items: Child[][]): HTMLUListElement {
  return el("ul", {}, ...items.map((item) => el("li", {}, ...item)));
}

/** A text of the data: its direction is its own and does not turn what is around it. */
export function words(text: string): HTMLElement {
  return el("bdi", {}, text);
}

function setAttributes(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
}
