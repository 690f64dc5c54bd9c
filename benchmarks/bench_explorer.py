"""Size of the explorer and time in the browser: today's data, and 10,000 observations.

The large corpus is invented: 100 works of 100 samples, one number each, through the same writer as
the real one. With Chromium and the test environment at hand the page is opened: first paint, and
the main-thread time of a filter, median of 20. Goals: 2 MB and one second for today's data; 12 MB
and 100 ms a filter for 10,000 observations. Run by hand: python benchmarks/bench_explorer.py
"""

from __future__ import annotations

import csv
import json
import os
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from metastudy.corpus.corpus import Corpus, default_root, read_corpus
from metastudy.corpus.study import COLUMNS
from metastudy.pages.explorer.page import answers_of, make_explorer, tables_of, write_explorer
from metastudy.pages.explorer.payload import Answers

WORKS, SAMPLES = 100, 100
SEED = 20261130
TODAY_MB, LARGE_MB, PAINT_S, FILTER_S = 2.0, 12.0, 1.0, 0.1
FILTERS = 20
SOLIDS = ("LLZO", "LLZO_Ta", "LATP", "LAGP", "LICGC", "LLTO")
LIQUIDS = ("PC", "DMC", "DME", "ACN", "DMSO")
SALTS = ("LiTFSI", "LiClO4", "LiPF6", "LiFSI")
SURFACES = ("polished_dry", "polished_wet", "as_sintered", "solvent_dipped", "heat_treated")


def write_corpus(root: Path) -> None:
    """Write a data root of 10,000 invented numbers."""
    for part in ("schemas", "data/vocabulary"):
        shutil.copytree(default_root() / part, root / part)
    rng = random.Random(SEED)
    for work in range(WORKS):
        name = f"simulated_{1990 + work % 36}_work{work:03d}"
        folder = root / "data" / "studies" / name
        folder.mkdir(parents=True)
        # JSON is YAML, and the reader takes every scalar as text.
        text = json.dumps(study(name, work, rng), indent=1)
        (folder / "study.yaml").write_text(text, encoding="utf-8")
        with (folder / "measurements.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows(name, rng))


def study(name: str, work: int, rng: random.Random) -> dict[str, Any]:
    """Return one work: a liquid and a polymer contact, six preparations, a sample a number."""
    solid = rng.choice(SOLIDS)
    plain = {"ion": "Li", "solid_electrolyte": solid, "se_form": "sintered_pellet"}
    salt = {"salt": rng.choice(SALTS), "salt_content": printed("1", "mol/L")}
    liquid = {"class": "LE/SE", "partner_class": "liquid", "solvents": [rng.choice(LIQUIDS)]}
    polymer = {"class": "PE/SE", "partner_class": "polymer", "polymer": "PEO"}
    return {
        "study_id": name,
        "source": {
            "kind": "article",
            "doi": f"10.1000/simulated.{work}",
            "title": f"Simulated: contacts of {solid} with liquids and polymers, work {work}",
            "authors": [f"Simulated, A. {chr(65 + work % 26)}.", "Invented, B.", "Made, C. D."],
            "year": name.split("_")[1],
            "container": "Not published; every number is invented",
            "lab": "unknown",
            "status": "ok",
            "read": "full_text",
        },
        "curation": [{"role": "curator", "date": "2026-11-30", "note": "Simulated."}],
        "contacts": [
            {"id": "liquid", **plain, **salt, **liquid, "area": printed("0.8", "cm2")},
            {"id": "polymer", **plain, **salt, **polymer, "area": printed("0.5", "cm2")},
        ],
        "preparations": [preparation(number, rng) for number in range(6)],
        "samples": [
            {"id": f"s{i}", "preparation": f"p{i % 6}", "contact": ("liquid", "polymer")[i % 2]}
            for i in range(SAMPLES)
        ],
        "cells": [cell("four_point", "REF|LE|SE|LE|REF"), cell("two_point", "SS|PE|SE|PE|SS")],
        "states": [{"id": "fresh", "kind": "fresh", "age": printed("2", "h")}],
    }


def printed(value: str, unit: str) -> dict[str, str]:
    """Return a condition."""
    return {"value": value, "unit": unit, "locator": "Experimental"}


def preparation(number: int, rng: random.Random) -> dict[str, Any]:
    """Return a preparation; the last two are treated."""
    treated = number > 3
    return {
        "id": f"p{number}",
        "arm": "treated" if treated else "reference",
        "series": ["surface"],
        "treatments": [rng.choice(("heat", "plasma"))] if treated else [],
        "steps": [{"step": "polish", "grit": "2000"}],
        "axes": {"surface_state": rng.choice(SURFACES), "carbonate": "not_reported"},
    }


def cell(electrodes: str, stack: str) -> dict[str, str]:
    """Return a cell of two contacts."""
    return {
        "id": electrodes,
        "electrodes": electrodes,
        "excitation": "eis",
        "stack": stack,
        "n_in_circuit": "2",
        "identical_contacts": "yes",
    }


def rows(name: str, rng: random.Random) -> Iterator[dict[str, str]]:
    """Yield one resistance a sample, some of them bounds."""
    for i in range(SAMPLES):
        yield dict.fromkeys(COLUMNS, "") | {
            "record_id": f"{name}.{i + 1:03d}",
            "sample_id": f"s{i}",
            "cell_id": ("four_point", "two_point")[i % 2],
            "state_id": "fresh",
            "role": "interface",
            "component": "total",
            "quantity": "area_specific_resistance",
            "value_text": f"{10 ** rng.gauss(2.0, 0.7):.3g}",
            "unit_text": "ohm cm2",
            "qualifier": rng.choice(("exact", "exact", "exact", "exact", "lt", "gt")),
            "value_covers": rng.choice(("one", "all", "unknown")),
            "unc_kind": "not_reported",
            "temperature_text": rng.choice(("25", "30", "40", "60", "80", "room temperature")),
            "branch": "not_applicable" if i % 2 == 0 else "cooling",
            "evaluation": rng.choice(("joint_fit", "total", "not_reported")),
            "basis": "table",
            "read": "full_text",
            "locator": f"Table {1 + i // 20}, row {1 + i % 20}",
            "notes": f"Simulated; sample {i} of the series, read in its table.",
        }
    for i in (0, 1):
        yield dict.fromkeys(COLUMNS, "") | {
            "record_id": f"{name}.{SAMPLES + i + 1:03d}",
            "sample_id": f"s{i}",
            "cell_id": ("four_point", "two_point")[i],
            "state_id": "fresh",
            "role": "interface",
            "component": "total",
            "quantity": "activation_energy",
            "value_text": f"{rng.gauss(0.5, 0.1):.2f}",
            "unit_text": "eV",
            "qualifier": "exact",
            "value_covers": "not_applicable",
            "unc_kind": "not_reported",
            "range_text": ("10..50", "65..90")[i],
            "branch": "not_applicable",
            "ea_form": "ln_r",
            "evaluation": "arrhenius_fit",
            "basis": "table",
            "read": "full_text",
            "locator": "Table 9",
            "notes": "Simulated.",
        }


def browser_times(page_file: Path) -> tuple[float, float] | None:
    """Return first paint and the median of a filter (s); None without a browser."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    if chromium is None:
        return None
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        page = launched.new_page(viewport={"width": 1280, "height": 900})
        page.goto(page_file.as_uri())
        page.wait_for_selector("input[type=checkbox]", state="attached", timeout=120_000)
        paint = page.evaluate(
            "() => performance.getEntriesByName('first-contentful-paint')[0].startTime"
        )
        session = page.context.new_cdp_session(page)
        session.send("Performance.enable", {"timeDomain": "threadTicks"})
        times = []
        for n in range(FILTERS):
            before = task_s(session)
            page.evaluate(CLICK, n)
            times.append(task_s(session) - before)
        launched.close()
    return paint / 1e3, statistics.median(times)


def task_s(session: Any) -> float:
    """Return the processor time (s) that the main thread has spent on tasks."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return next(float(m["value"]) for m in metrics if m["name"] == "TaskDuration")


# A facet is set and, the next time round, unset; two frames later it is laid out and painted.
CLICK = """async n => {
    const boxes = [...document.querySelectorAll("input[type=checkbox]:not([disabled])")];
    boxes[(Math.floor(n / 2) * 3) % boxes.length].click();
    const frame = () => new Promise(resolve => requestAnimationFrame(resolve));
    await frame();
    await frame();
}"""


def measure(
    name: str, corpus: Corpus, answers: Answers | None, folder: Path, limit_mb: float
) -> bool:
    """Write a page, open it, print one line, and say whether the goals are met."""
    data = tables_of(corpus)
    answers = answers_of(corpus, data) if answers is None else answers
    start = time.process_time()
    html = make_explorer(corpus, data, answers)
    seconds = time.process_time() - start
    out = folder / f"{name.replace(' ', '_')}.html"
    write_explorer(html, out)
    size = out.stat().st_size / 1e6
    times = browser_times(out)
    seen = "no browser" if times is None else f"{times[0]:>10.2f} s{times[1] * 1e3:>10.0f} ms"
    count = len(data.observations)
    print(f"{name:<12}{count:>8}{size:>9.2f} MB{seconds:>9.1f} s{seen:>25}")
    fast = times is None or (times[0] < PAINT_S and times[1] < FILTER_S)
    return size <= limit_mb and fast


def main() -> int:
    """Measure both and compare with the goals."""
    print(f"{'data':<12}{'rows':>8}{'size':>12}{'written':>11}{'first paint':>12}{'filter':>13}")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "root"
        write_corpus(root)
        large = read_corpus(root)
        if large.findings:
            raise SystemExit("\n".join(str(finding) for finding in large.findings[:5]))
        met = [
            measure("today", read_corpus(), None, Path(folder), TODAY_MB),
            measure("simulated", large, Answers(), Path(folder), LARGE_MB),
        ]
        if "KEEP" in os.environ:
            shutil.copytree(folder, os.environ["KEEP"], dirs_exist_ok=True)
    return 0 if all(met) else 1


if __name__ == "__main__":
    raise SystemExit(main())
