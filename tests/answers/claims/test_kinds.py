"""Every kind of claim on made-up claims: planted data turn each verdict, by hand arithmetic."""

import numpy as np
import pytest

from metastudy.answers.claims.judging import Evidence, outcome_of
from metastudy.answers.claims.verdict import Interval, Outcome, Verdict, joined
from tests.answers.claims.planted import Plan, Planted, claims_of, made_up, verdict

TWO = "one={ion=Li & family=NASICON}; other={ion=Li & family=garnet}"
ENERGIES = "one={quantity=activation_energy & ion=Na}; other={quantity=activation_energy & ion=Li}"


def plant(claim, plans, seed=8):
    planted, rng = Planted(), np.random.default_rng(seed)
    for name, plan in plans.items():
        planted.plant_rows(name, claim.terms[name], plan, rng)
    return planted


def judged(folder, plans, **cells):
    (claim,) = claims_of(folder, made_up(**cells))
    return verdict(claim, plant(claim, plans))


@pytest.mark.parametrize("terms", [TWO, ENERGIES])
@pytest.mark.parametrize(
    ("one", "comparison", "margin", "expected"),
    [
        (-1.0, "one < other", "", "holds"),
        (1.0, "one < other", "", "does not hold"),
        (0.0, "one < other", "", "cannot be told"),
        (0.0, "one = other", "0.2", "holds"),
        (1.0, "one = other", "0.2", "does not hold"),
        (0.2, "one = other", "0.2", "cannot be told"),
        (0.0, "one != other", "0.2", "does not hold"),
        (1.0, "one != other", "0.2", "holds"),
    ],
)
def test_two_selections(tmp_path, terms, one, comparison, margin, expected):
    plans = {"one": Plan(one, spread=0.05), "other": Plan(0.0, spread=0.05)}
    cells = {"kind": "difference", "terms": terms, "comparison": comparison}
    assert judged(tmp_path, plans, **cells, margin=margin) == expected


@pytest.mark.parametrize(
    ("level", "expected"), [(1.0, "holds"), (1.5, "does not hold"), (1.1, "cannot be told")]
)
def test_a_mean_and_a_number(tmp_path, level, expected):
    terms = "energies={quantity=activation_energy & ion=Li}; one=1 eV"
    cells = {"kind": "equality", "terms": terms, "comparison": "energies = one"}
    plans = {"energies": Plan(level, spread=0.05)}
    assert judged(tmp_path, plans, **cells, margin="0.1 eV") == expected


@pytest.mark.parametrize(("slope", "expected"), [(1.0, "holds"), (-1.0, "does not hold")])
def test_a_slope(tmp_path, slope, expected):
    cells = {
        "kind": "slope",
        "terms": "energies={quantity=activation_energy & ion=Li}",
        "comparison": "slope(energies, donor_number) > 0",
    }
    plans = {"energies": Plan(column="donor_number", slope=slope)}
    assert judged(tmp_path, plans, **cells) == expected


@pytest.mark.parametrize(
    ("spread", "expected"), [(0.05, "does not hold"), (2.0, "holds"), (0.5, "cannot be told")]
)
def test_a_span(tmp_path, spread, expected):
    cells = {
        "kind": "span",
        "terms": "contacts={ion=Li}",
        "comparison": "span(contacts, family) > 2",
    }
    assert judged(tmp_path, {"contacts": Plan(spread=spread)}, **cells) == expected


@pytest.mark.parametrize(
    ("least", "expected"), [(15.0, "holds"), (60.0, "does not hold"), (1.0, "does not hold")]
)
def test_a_minimum(tmp_path, least, expected):
    cells = {
        "kind": "minimum",
        "terms": "contacts={ion=Li}; best=15 EO:Li",
        "comparison": "minimum(contacts, salt_eo) = best",
    }
    plans = {"contacts": Plan(column="salt_eo", scale=15.0, least=least)}
    assert judged(tmp_path, plans, **cells) == expected


@pytest.mark.parametrize(("level", "expected"), [(-0.5, "holds"), (0.5, "does not hold")])
def test_every_row(tmp_path, level, expected):
    terms = "changes={quantity=treatment_contrast & treatments=heat}"
    cells = {"kind": "every", "terms": terms, "comparison": "every(changes) < 1"}
    assert judged(tmp_path, {"changes": Plan(level)}, **cells) == expected


def test_one_work_does_not_carry_a_claim_on_all(tmp_path):
    (claim,) = claims_of(tmp_path, made_up(kind="difference", terms=TWO, comparison="one < other"))
    planted = plant(claim, {"one": Plan(-1.0), "other": Plan()})
    one = planted.frames["observed_resistance"][0]
    one["study_id"] = "the_only_work"
    assert verdict(claim, planted) == "cannot be told"


def test_a_selection_of_one_named_work_needs_that_work_alone(tmp_path):
    cells = {
        "kind": "slope",
        "terms": "own={quantity=relative_resistance & study_id=the_work & treatments=heat}",
        "comparison": "slope(own, step_temperature_c) < 0",
    }
    plans = {"own": Plan(column="step_temperature_c", slope=-1.0)}
    assert judged(tmp_path, plans, **cells) == "holds"


def test_what_was_read_in_the_claiming_work_is_no_evidence(tmp_path):
    (claim,) = claims_of(
        tmp_path, made_up(kind="difference", terms=ENERGIES, comparison="one < other")
    )
    planted = plant(claim, {"one": Plan(-1.0), "other": Plan()})
    assert verdict(claim, planted) == "holds"
    for frame in planted.frames["activation_energy"]:
        frame["via"] = "weiss_2020"
    assert verdict(claim, planted) == "cannot be told"


def test_one_printed_number_on_both_sides_says_nothing(tmp_path):
    (claim,) = claims_of(
        tmp_path, made_up(kind="difference", terms=ENERGIES, comparison="one < other")
    )
    planted = plant(claim, {"one": Plan(-1.0), "other": Plan()})
    one, other = planted.frames["activation_energy"]
    other["printed_as"] = one["printed_as"].to_numpy()
    assert verdict(claim, planted) == "cannot be told"


def test_a_verdict_that_rests_on_bounds_says_so(tmp_path):
    (claim,) = claims_of(tmp_path, made_up(kind="difference", terms=TWO, comparison="one < other"))
    planted = plant(claim, {"one": Plan(-1.0, spread=0.3), "other": Plan(spread=0.3)})
    one = planted.frames["observed_resistance"][0]
    few = one["study_id"].isin(["one_0", "one_1"])
    one.loc[~few, ["y", "lo"]] = np.nan
    one.loc[~few, "hi"] = -1.0
    outcome = outcome_of(claim, planted)
    assert outcome.verdict is Verdict.HOLDS
    assert outcome.values["without bounds"] == pytest.approx(-1.0, abs=0.5)
    assert "one: 12 works, 4 values, 20 bounds" in outcome.note


def direct(folder, records=(), **cells):
    (claim,) = claims_of(folder, made_up(**cells))
    planted = Planted()
    for name, (value, digits) in dict(records).items():
        planted.plant_number(claim.terms[name], value, digits)
    return claim, planted


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ((2.0, 2), (3.0, 2), "holds"),
        ((3.0, 2), (2.0, 2), "does not hold"),
        ((2.0, 1), (2.1, 2), "cannot be told"),  # 2 may be 2.5
        ((2.5, 2), (2.4, 2), "does not hold"),  # at most 2.45 each: never below
    ],
)
def test_an_order_within_the_printed_digits(tmp_path, a, b, expected):
    records = {"a": a, "b": b}
    cells = {"terms": "a=probe.001; b=probe.002", "comparison": "a < b", "kind": "order"}
    assert verdict(*direct(tmp_path, records, **cells)) == expected


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (((0.845, 3), (0.156, 3)), "reproduced"),  # 1.001 is 1 within two last digits
        (((0.845, 3), (0.158, 3)), "does not hold"),
    ],
)
def test_rounding_is_no_contradiction(tmp_path, parts, expected):
    records = dict(zip("ab", parts, strict=True))
    cells = {"terms": "a=probe.001; b=probe.002", "comparison": "a + b = 1", "kind": "recomputed"}
    assert verdict(*direct(tmp_path, records, **cells)) == expected


@pytest.mark.parametrize(
    ("printed", "expected"),
    [("16.7 um", "reproduced"), ("16.5 um", "does not hold"), ("~16.4 um", "reproduced")],
)
def test_a_number_comes_out_again(tmp_path, printed, expected):
    # 50 mV x 0.1 mS/cm / 3 mA/cm2 = 16.67 um; 2 % of about 16.4 is 0.33
    cells = {
        "kind": "recomputed",
        "given": "drop=50 mV; current=3 mA cm-2; conductivity=0.1 mS cm-1",
        "terms": f"thickness={printed}",
        "comparison": "ohmic_thickness(drop, current, conductivity) = thickness",
    }
    assert verdict(*direct(tmp_path, **cells)) == expected


@pytest.mark.parametrize(
    ("margin", "expected"),
    [("0.3 eV", "holds"), ("0.1 eV", "does not hold"), ("0.2 eV", "cannot be told")],
)
def test_equality_to_a_margin(tmp_path, margin, expected):
    terms = "a=0.70 eV; b=0.50 eV"  # 0.19 to 0.21 apart
    cells = {"kind": "equality", "terms": terms, "comparison": "a = b", "margin": margin}
    assert verdict(*direct(tmp_path, **cells)) == expected


@pytest.mark.parametrize(
    ("margin", "expected"), [("10 percent", "does not hold"), ("1 dex", "holds")]
)
def test_a_relative_margin(tmp_path, margin, expected):
    cells = {"kind": "equality", "terms": "a=2.00; b=4.00", "comparison": "a = b", "margin": margin}
    assert verdict(*direct(tmp_path, **cells)) == expected


def test_a_printed_error_is_two_deviations_wide(tmp_path):
    cells = {"kind": "order", "comparison": "a < b"}
    near = direct(tmp_path, terms="a=0.70 +- 0.1 eV; b=0.90 +- 0.1 eV", **cells)
    far = direct(tmp_path, terms="a=0.70 +- 0.1 eV; b=1.10 +- 0.1 eV", **cells)
    assert [verdict(*near), verdict(*far)] == ["cannot be told", "holds"]


def test_an_open_bound_decides_only_on_its_side(tmp_path):
    cells = {"terms": "a=probe.001; b=probe.002", "comparison": "a < b", "kind": "order"}
    claim, planted = direct(tmp_path, {"a": (2.0, 3), "b": (4.0, 3)}, **cells)
    assert verdict(claim, planted) == "holds"
    for name, end in (("probe.001", "lo"), ("probe.002", "hi")):
        planted.by_record[name][["value", end]] = np.nan
    assert verdict(claim, planted) == "holds"  # at most 2, at least 4
    planted.by_record["probe.001"]["lo"], planted.by_record["probe.001"]["hi"] = 2.0, np.nan
    assert verdict(claim, planted) == "cannot be told"  # at least 2


def test_one_printed_number_for_two_things(tmp_path):
    cells = {"kind": "equality", "margin": "0.1", "comparison": "a = b"}
    claim, planted = direct(
        tmp_path, {"a": (2.0, 3), "b": (2.0, 3)}, terms="a=probe.001; b=probe.002", **cells
    )
    assert verdict(claim, planted) == "holds"  # two cells of a table
    for row in planted.by_record.values():
        row["basis"], row["locator"] = "text", "Conclusion"
    assert verdict(claim, planted) == "cannot be told"


def test_a_number_read_in_the_claiming_work_is_circular_but_its_own_sum_is_not(tmp_path):
    terms = {"terms": "a=probe.001; b=2.0"}
    compared = {**terms, "kind": "equality", "comparison": "a = b", "margin": "0.5"}
    added = {**terms, "kind": "recomputed", "comparison": "a = b"}
    for cells, expected in ((compared, "cannot be told"), (added, "reproduced")):
        claim, planted = direct(tmp_path, {"a": (2.0, 3)}, **cells)
        planted.by_record["probe.001"]["via"] = "weiss_2020"
        assert verdict(claim, planted) == expected


def test_a_missing_record_is_named(tmp_path):
    cells = {"terms": "a=probe.001", "comparison": "a < 1", "kind": "order"}
    claim, _ = direct(tmp_path, {"a": (2.0, 3)}, **cells)
    outcome = outcome_of(claim, Planted())
    assert outcome.verdict is Verdict.CANNOT_BE_TOLD
    assert outcome.missing == "record probe.001, which is not in this dataset, or left out"


def test_the_worst_comparison_decides():
    outcomes = [Outcome(v, {v.value: 1.0}) for v in Verdict if v is not Verdict.NOT_TESTED]
    assert joined(outcomes).verdict is Verdict.DOES_NOT_HOLD
    told = [o for o in outcomes if o.verdict is not Verdict.DOES_NOT_HOLD]
    assert joined(told).verdict is Verdict.CANNOT_BE_TOLD
    assert joined(outcomes[:2]).verdict is Verdict.HOLDS
    assert joined(outcomes[:1]).verdict is Verdict.REPRODUCED


def test_a_number_on_the_edge_of_a_region():
    region = Interval(0.0, 1.0)
    assert Interval(1.0, 1.0).verdict(region) is Verdict.HOLDS
    assert Interval(1.0, 1.0).verdict(region, open_ends=True) is Verdict.DOES_NOT_HOLD
    assert Interval(0.5, 1.0).verdict(region, open_ends=True) is Verdict.HOLDS
    assert Interval(0.5, 1.5).verdict(region) is Verdict.CANNOT_BE_TOLD


def test_a_reason_is_the_verdict(tmp_path):
    claim, planted = direct(tmp_path, reason="Advice.")
    assert verdict(claim, planted) == "not tested"


def test_a_temperature_that_cannot_be_made_leaves_the_claim_untold(tmp_path):
    (claim,) = claims_of(
        tmp_path,
        made_up(kind="difference", terms=TWO, comparison="one < other", reference_c="25"),
    )
    outcome = outcome_of(claim, Evidence(None))
    assert outcome.missing == "tables at 25 degC, which are made from a data root"
