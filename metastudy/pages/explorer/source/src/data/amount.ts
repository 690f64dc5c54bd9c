// Numbers as words: three significant digits on the page, twelve in files.

const SUPERSCRIPT = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** `mantissa` times ten to `exponent`, such as 2×10⁴; 10⁴ where the mantissa is 1. */
export function scientific(mantissa: number, exponent: number): string {
  const digits = [...String(Math.abs(exponent))].map((d) => SUPERSCRIPT[Number(d)]).join("");
  const power = `10${exponent < 0 ? "⁻" : ""}${digits}`;
  return mantissa === 1 ? power : `${mantissa}×${power}`;
}

/** A number to some significant digits: 0.0123, 12.3, 12 300, 1.23×10⁶. */
export function amount(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return "0";
  const rounded = Number(value.toPrecision(digits));
  const exponent = Math.floor(Math.log10(Math.abs(rounded)) + 1e-12);
  if (exponent < -3 || exponent > 5) {
    return scientific(Number((rounded / 10 ** exponent).toPrecision(digits)), exponent);
  }
  const decimals = Math.max(0, digits - 1 - exponent);
  return grouped(rounded.toFixed(Math.min(decimals, 20)), exponent);
}

/** A number as it is, without digits that only say how it was computed: 60, 22.5. */
export function plain(value: number): string {
  return String(Number(value.toPrecision(6)));
}

function grouped(text: string, exponent: number): string {
  return exponent < 4 ? text : text.replace(/(\d)(?=(\d{3})+$)/g, "$1\u202f");
}

/** As C's %.12g writes it: what the files of the dataset hold. */
export function twelveDigits(value: number): string {
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const [mantissa = "", power = "0"] = value.toExponential(11).split("e");
  const exponent = Number(power);
  if (exponent < -4 || exponent >= 12) {
    const sign = exponent < 0 ? "-" : "+";
    return `${trimmed(mantissa)}e${sign}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  return trimmed(value.toFixed(Math.max(0, 11 - exponent)));
}

function trimmed(text: string): string {
  return text.includes(".") ? text.replace(/0+$/, "").replace(/\.$/, "") : text;
}

/** "1 value", "2 values". */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${grouped(String(count), Math.floor(Math.log10(Math.max(count, 1))))} ${count === 1 ? noun : plural}`;
}

export function median(values: number[]): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  return sorted.length % 2 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}
