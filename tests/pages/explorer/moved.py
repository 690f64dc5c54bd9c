"""The arithmetic of the page, from nothing but its payload: rows at any reference temperature."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

TEMPERATURE = {"temperature", "ea", "ea_form", "ea_pool_mean", "ea_pool_between", "ea_pool_within"}


def cells(table: Mapping[str, Any], name: str) -> list[Any]:
    """Return a column of a coded table: texts, lists joined by blanks, numbers, flags."""
    column = table["columns"].get(name)
    if column is None:
        return [None] * table["rows"]
    if "values" in column:
        return list(column["values"])
    words = column["words"]
    return [
        (" ".join(words[c] for c in code) or None)
        if isinstance(code, list)
        else (None if code < 0 else words[code])
        for code in column["codes"]
    ]


def observations_at(payload: Mapping[str, Any], at: float | None) -> dict[str, dict[str, Any]]:
    """Return the observations by id, all classes at one temperature (degC), or each at its own."""
    names = [column["name"] for column in payload["columns"]]
    table = {name: cells(payload["rows"], name) for name in names}
    laws = payload["laws"]["columns"]
    found = {}
    for place in range(payload["observations"]):
        row = {name: table[name][place] for name in names}
        reference = payload["references_c"][row["interface_class"]] if at is None else at
        segment = None
        for i, start in enumerate(laws["start_c"]):
            holds = start < reference or (start == reference and laws["included"][i])
            if laws["row"][i] == place and holds:
                segment = i
        assert segment is not None
        law = {name: column[segment] for name, column in laws.items()}
        if law["kind"] == "none":
            continue
        moved = _moved(payload, row, law, reference, own=at is None)
        moved["rank"] = payload["laws"]["rank"][place]
        found[row["observation_id"]] = moved
    return _left_out(payload, found)


def _moved(
    payload: Mapping[str, Any], row: dict[str, Any], law: Mapping[str, Any], at: float, own: bool
) -> dict[str, Any]:
    constants, laws = payload["constants"], payload["laws"]
    row = row | laws["changes"][law["changes"]]
    k, zero = constants["boltzmann_ev_per_k"], constants["zero_celsius_k"]
    kelvin, start = at + zero, law["from_k"]
    d = (1 / kelvin - 1 / start) / (k * math.log(10))
    energy = law["kind"] == "energy"
    still = law["kind"] == "fixed" or (
        energy and abs(row["temperature_c"] - at) <= constants["at_reference_k"]
    )
    form = law["form"] * math.log10(kelvin / start)
    move = 0.0 if still else law["ea_ev"] * d + form
    terms = [tuple(term) for term in laws["terms"][law["terms"]]]
    if energy and not still:
        terms += [(name, scope, d * sd) for name, scope, sd in laws["errors"][law["errors"]]]
        if law["form"] == 0.5:
            terms.append(("ea_form", "study", form))
    if law["kind"] == "line":
        terms += _line_terms(laws, law, at, kelvin, k, own)
    lo, hi = (None if law[end] is None else law[end] + move for end in ("lo", "hi"))
    y = lo if row["censoring"] == "exact" else None
    known = law["source"] != "none" and not still
    parts = {name: sum(x * x for n, _, x in terms if n == name) for name, _, _ in terms}
    v, temperature = sum(parts.values()), sum(parts[n] for n in parts if n in TEMPERATURE)
    interfaces = parts.get("interfaces", 0.0)
    return row | {
        "y": y,
        "lo": lo,
        "hi": hi,
        "asr_ohm_cm2": None if y is None else 10**y,
        "reference_c": row["temperature_c"] if law["kind"] == "fixed" else at,
        "ea_source": law["source"] if known else "none",
        "ea_ev": law["ea_ev"] if known else None,
        "v": v,
        "v_temperature": temperature,
        "v_interfaces": interfaces,
        "v_other": v - temperature - interfaces,
        "other_phase": law["kind"] == "fixed",
    }


def _line_terms(
    laws: Mapping[str, Any], law: Mapping[str, Any], at: float, kelvin: float, k: float, own: bool
) -> list[tuple[str, str, float]]:
    line = laws["lines"][law["line"]]
    x = 1 / kelvin - 1 / law["from_k"]
    s = laws["residual_own_dex"]
    if not own:
        s = [s for start, it, s in laws["residual_dex"] if start < at or (start == at and it)][-1]
    known = sum(c * x**power for power, c in enumerate(line["known"]))
    variance = max((1 / line["points"] + x * x / line["spread"]) * s * s, known)
    slope = -law["ea_ev"] / (k * kelvin**2 * math.log(10))
    return [
        ("arrhenius_line", "row", math.sqrt(variance)),
        ("temperature", line["temperature_scope"], slope * line["temperature_sd_k"]),
    ]


def _left_out(payload: Mapping[str, Any], rows: dict[str, dict[str, Any]]) -> dict[str, Any]:
    limit = payload["constants"]["temperature_limit_dex"]
    samples: dict[str, list[dict[str, Any]]] = {}
    for row in rows.values():
        reasons = ["treated"] if row["arm"] == "treated" else []
        reasons += ["other_phase"] if row.pop("other_phase") else []
        reasons += ["temperature_uncertain"] if math.sqrt(row["v_temperature"]) > limit else []
        row["reasons"] = reasons
        samples.setdefault(row["sample_id"], []).append(row)
    for states in samples.values():
        ready = [row for row in states if set(row["reasons"]) <= {"treated"}]
        taken = min(ready or states, key=lambda row: row["rank"])
        for row in states:
            reasons = row["reasons"] + ([] if row is taken else ["other_state"])
            row["headline"], row["left_out"] = not reasons, " ".join(reasons) or None
            row["row_state"] = "left out" if reasons else "used"
    return rows
