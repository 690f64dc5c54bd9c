// The lines of Python and of the shell that give the shown rows.

import { answers, type Asked } from "./pairs";
import type { Dataset, Row } from "./dataset";

export interface Lines {
  python: string;
  shell: string;
}

/** The Python line that compares two groups of rows, with bounds in the likelihood. */
export function comparisonLine(lines: Lines, column: string): string {
  return lines.python.replace("import metastudy\n", "import metastudy\nfrom metastudy import mixed\n")
    .replace(/\nrows = (data|data\..*)\.observations\n/, (_, part: string) => [
      "", `part = ${part}`, `fit = mixed.fit("y ~ ${column} + (1 | study_id)", part.observations, V=part.V,`,
      '                lower="lo", upper="hi", residual=True)', "print(fit.summary())", "",
    ].join("\n"));
}

/** Lines for rows: by words where these words give the same rows, else by the ids of the rows. */
export function linesOf(
  data: Dataset, rows: readonly Row[], asked: Asked, referenceC: number | null, classes: readonly string[],
): Lines {
  const observations = rows.filter((row) => row.observation);
  const words = sameRows(data, observations, asked) ? asked : idsOf(data, observations);
  return {
    python: pythonOf(words, referenceC, classes),
    shell: shellOf(words, referenceC),
  };
}

function sameRows(data: Dataset, rows: readonly Row[], asked: Asked): boolean {
  const shown = new Set(rows);
  return data.rows.every((row) => answers(data, row, asked) === shown.has(row));
}

function idsOf(data: Dataset, rows: readonly Row[]): Asked {
  const all = data.rows.filter((row) => row.observation).length;
  return rows.length === all ? new Map() : new Map([["observation_id", rows.map((row) => row.id)]]);
}

function pythonOf(words: Asked, referenceC: number | null, classes: readonly string[]): string {
  const temperatures = classes.map((name) => `${quoted(name)}: ${referenceC}`).join(", ");
  const load = referenceC === null ? "metastudy.load()" : `metastudy.load(reference_c={${temperatures}})`;
  const given = [...words].map(([column, list]) =>
    `${column}=${list.length === 1 ? quoted(list[0] ?? "") : `[${list.map(quoted).join(", ")}]`}`);
  const none = [...words.values()].some((list) => list.length === 0);
  if (none) return `import metastudy\n\ndata = ${load}\nrows = data.observations.iloc[:0]\n`;
  const rows = given.length ? `data.subset(${given.join(", ")}).observations` : "data.observations";
  return `import metastudy\n\ndata = ${load}\nrows = ${rows}\n`;
}

function shellOf(words: Asked, referenceC: number | null): string {
  if ([...words.values()].some((list) => list.length === 0)) return "# no observation is shown\n";
  const options = [...words].flatMap(([column, list]) =>
    list.map((word) => ` --where ${shellQuoted(`${column}=${word}`)}`));
  const at = referenceC === null ? "" : ` --at ${referenceC}`;
  return `metastudy table${options.join("")}${at} --format csv\n`;
}

// A text of JSON is also one of Python.
const quoted = (text: string) => JSON.stringify(text);

function shellQuoted(text: string): string {
  return /^[\w=./:-]+$/.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`;
}
