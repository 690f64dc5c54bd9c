// Own points as a reader writes them: "1.2 kohm cm2 at 60 degC", one a line, or a CSV with a header.

export interface OwnPoint {
  log10Asr: number; // log10(ohm cm2)
  temperatureC: number | null;
  text: string;
}

export interface Fault {
  line: number;
  message: string;
}

const PREFIX: Readonly<Record<string, number>> = {
  "": 0, µ: -6, μ: -6, u: -6, m: -3, k: 3, M: 6, G: 9,
};
const AREA: Readonly<Record<string, number>> = { cm: 0, mm: -2, m: 4 };
const NUMBER = String.raw`[-+]?(?:\d+(?:[.,]\d+)?|\.\d+)(?:\s*(?:[eE]|[x×·*]\s*10\s*\^?)\s*[-+−]?\d+)?`;
const UNIT = /^([µμumkMG]?)(?:ohm|Ohm|OHM|Ω|Ω)[\s·*.⋅-]*(c?m|mm)(?:\^?2|²)$/;
const LINE = new RegExp(String.raw`^\s*(${NUMBER})\s*([^\d\s,;@].*?(?:2|²))\s*(.*)$`);
const TEMPERATURE = new RegExp(
  String.raw`^(?:at|@|,|;|\t|\()?\s*(${NUMBER.replaceAll("+]", "+−]")})\s*(°\s*C|deg\s*C|℃|C|K)?\s*\)?\s*$`,
);
const NO_AREA = new RegExp(String.raw`^${NUMBER}\s*[µμumkMG]?(?:ohm\b|Ω|Ω)`, "i");
const RIGHT = 'write for example "1.2 kohm cm2 at 60 degC"';

/** Read points; faults name their line and say what would be right. */
export function readPoints(text: string): { points: OwnPoint[]; faults: Fault[] } {
  const lines = text.split(/\r?\n/).map((line, place) => ({ line: line.trim(), number: place + 1 }));
  const given = lines.filter(({ line }) => line !== "");
  const first = given[0];
  const header = first && !/\d/.test(first.line.replaceAll(/cm\^?2|m\^?2/g, "")) ? headerOf(first.line) : null;
  const points: OwnPoint[] = [];
  const faults: Fault[] = [];
  for (const { line, number } of header ? given.slice(1) : given) {
    const found = header ? fromCells(line, header) : fromLine(line);
    if (typeof found === "string") faults.push({ line: number, message: found });
    else points.push(found);
  }
  return { points, faults };
}

function fromLine(line: string): OwnPoint | string {
  const match = LINE.exec(line);
  if (!match) {
    return NO_AREA.test(line)
      ? `"${line}" has no area; multiply the resistance by the area of the contact and write ohm cm2`
      : `no number with a unit is read in "${line}"; ${RIGHT}`;
  }
  const [, value = "", unit = "", rest = ""] = match;
  return pointOf(value, unit.trim(), rest.trim(), line);
}

function pointOf(value: string, unit: string, rest: string, text: string): OwnPoint | string {
  const exponent = exponentOf(unit);
  if (exponent === null) {
    return `"${unit}" is no area-specific resistance; use ohm cm2, kohm cm2, ohm m2 or the like`;
  }
  const number = numberOf(value);
  if (!(number > 0)) return `"${value}" is no resistance above zero; ${RIGHT}`;
  const temperatureC = rest === "" ? null : temperatureOf(rest);
  if (Number.isNaN(temperatureC)) return `"${rest}" is no temperature; write "at 60 degC" or "at 333 K"`;
  return { log10Asr: Math.log10(number) + exponent, temperatureC, text };
}

function exponentOf(unit: string): number | null {
  const match = UNIT.exec(unit.replaceAll(/\s+/g, " ").trim());
  if (!match) return null;
  return (PREFIX[match[1] ?? ""] ?? 0) + (AREA[match[2] ?? ""] ?? 0);
}

function temperatureOf(text: string): number {
  const match = TEMPERATURE.exec(text);
  if (!match) return Number.NaN;
  const number = numberOf(match[1] ?? "");
  const celsius = match[2] === "K" ? number - 273.15 : number;
  return celsius > -273.15 ? celsius : Number.NaN;
}

function numberOf(text: string): number {
  const plain = text.replaceAll("−", "-").replaceAll(/\s/g, "").replace(",", ".");
  return Number(plain.replace(/[x×·*]10\^?/, "e"));
}

interface Header {
  separator: string;
  value: number;
  unit: number | string; // place of a column, or the unit that the header names
  temperature: number;
  kelvin: boolean;
}

function headerOf(line: string): Header | null {
  const separator = ["\t", ";", ","].find((mark) => line.includes(mark)) ?? ",";
  const names = cellsOf(line, separator).map((name) => name.toLowerCase());
  const value = names.findIndex((name) => /asr|value|resistance|ohm/.test(name));
  const temperature = names.findIndex((name) => /^t$|^t[_ (]|temp/.test(name));
  const unit = names.findIndex((name) => /^unit/.test(name));
  if (value < 0) return null;
  const named = /([µumkg]?)ohm[_\s*.]*(c?m|mm)\^?2/.exec(names[value] ?? "");
  return {
    separator, value, temperature,
    unit: unit >= 0 ? unit : named ? `${named[1]}ohm ${named[2]}2` : "ohm cm2",
    kelvin: /_k$|\(k\)|kelvin/.test(names[temperature] ?? ""),
  };
}

function fromCells(line: string, header: Header): OwnPoint | string {
  const cells = cellsOf(line, header.separator);
  const unit = typeof header.unit === "string" ? header.unit : (cells[header.unit] ?? "");
  const temperature = cells[header.temperature] ?? "";
  const rest = temperature === "" ? "" : `${temperature}${header.kelvin ? " K" : ""}`;
  return pointOf(cells[header.value] ?? "", unit, rest, line);
}

function cellsOf(line: string, separator: string): string[] {
  return line.split(separator).map((cell) => cell.trim().replace(/^"(.*)"$/, "$1"));
}

/** Share of exact values below one, and its rank among them: 1 is the smallest. */
export function rankAmong(value: number, others: readonly number[]): { rank: number; of: number } {
  return { rank: others.filter((other) => other < value).length + 1, of: others.length + 1 };
}
