// Build ../bundle.js, ../bundle.css, ../LICENSES.txt and ../plot_style.css; with --check compare
// them with the tracked ones; with --tests bundle the unit tests for node --test.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";

const source = dirname(fileURLToPath(import.meta.url));
const target = dirname(source);
const CLASS_OF_PLOTS = "chart"; // src/charts/figure.ts gives it to every plot
const common = { bundle: true, absWorkingDir: source, charset: "utf8", legalComments: "none" };

function packagesOf(inputs) {
  const names = inputs.map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]);
  return [...new Set(names.filter(Boolean))].sort();
}

function licenceOf(name) {
  const folder = join(source, "node_modules", name);
  const about = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (!file) throw new Error(`${name}: no licence file in its package`);
  const text = readFileSync(join(folder, file), "utf8").replaceAll("\r\n", "\n").trim();
  return `${name} ${about.version} (${about.license})\n\n${text}\n`;
}

function plotStyle() {
  const text = readFileSync(
    join(source, "node_modules/@observablehq/plot/src/plot.js"), "utf8",
  );
  const template = /append\("style"\)\.text\(\s*`([^`]*)`/.exec(text)?.[1];
  if (!template) throw new Error("the style of @observablehq/plot is not found in its plot.js");
  return template.replaceAll("${className}", CLASS_OF_PLOTS);
}

function built() {
  const script = buildSync({
    ...common, entryPoints: ["src/main.ts"], minify: true, format: "iife", target: "es2020",
    write: false, metafile: true,
  });
  const style = buildSync({
    ...common, entryPoints: ["src/style.css"], minify: true, target: "es2020", write: false,
  });
  const licences = packagesOf(Object.keys(script.metafile.inputs)).map(licenceOf);
  const texts = [script, style].map((result) => result.outputFiles[0].text);
  if (texts.some((text) => /<\/(script|style)|<!--/i.test(text))) {
    throw new Error("a text of the bundle would end its element in the page");
  }
  return {
    "bundle.js": texts[0],
    "bundle.css": texts[1],
    "plot_style.css": plotStyle(),
    "LICENSES.txt": licences.join(`\n${"-".repeat(72)}\n\n`),
  };
}

function check(files) {
  const differing = Object.entries(files).filter(([name, text]) => {
    try {
      return readFileSync(join(target, name), "utf8") !== text;
    } catch {
      return true;
    }
  });
  for (const [name] of differing) {
    console.error(`metastudy/pages/explorer/${name} is not what source/ builds; run npm run build`);
  }
  process.exitCode = differing.length ? 1 : 0;
}

function write(files) {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(target, name), text);
}

if (process.argv.includes("--tests")) {
  buildSync({
    ...common, entryPoints: ["tests/all.ts"], outfile: "build/tests.mjs", format: "esm",
    platform: "node", external: ["node:*"],
  });
} else if (process.argv.includes("--check")) {
  check(built());
} else {
  write(built());
}
