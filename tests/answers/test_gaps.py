"""Gaps of a few invented rows, each expectation by hand; the command on frozen studies."""

import json
import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from metastudy.answers import preparation as varied
from metastudy.answers.claims.judging import Judgement
from metastudy.answers.claims.verdict import Outcome, Verdict
from metastudy.answers.gaps import claims, fields, yardsticks
from metastudy.answers.treatments import treatments
from metastudy.cli import app
from metastudy.pages.sections import gaps as written
from metastudy.tables.loading import Dataset
from metastudy.tables.views import Selection
from tests.answers.test_coverage import PLAIN as RECORD
from tests.answers.test_coverage import QUANTITIES
from tests.answers.test_moderators import observations

CONTACTS = "how many contacts the number covers"


def dataset():
    """Return four invented responses; two of one work differ in age only."""
    records = pd.DataFrame(
        [
            {"observation_id": "a.s0", "preparation_id": "p0"},
            {"observation_id": "a.s1", "preparation_id": "p1", "value_covers": "one"},
            {"observation_id": "b.s2", "preparation_id": "p2", "read": "abstract"},
            {"excluded": "no_area", "preparation_id": "p1", "value_covers": "all"},
        ]
    )
    records = pd.DataFrame([RECORD | row.dropna().to_dict() for _, row in records.iterrows()])
    records = records.assign(record_id=["r0", "r1", "r2", "r3"], derived_from=None)
    records["n_in_circuit"] = records["n_in_circuit"].astype("Int64")
    made = observations(
        ("a", 1.0, {"ea_source": "own"}),
        ("a", 1.4, {"age_h": 48.0, "ea_source": "pooled"}),
        ("b", 2.0, {}),
    )
    budget = pd.DataFrame(
        [
            ("a.s0", "interfaces", 0.3),
            ("a.s1", "interfaces", 9.9),  # the count is stated
            ("b.s2", "interfaces", -0.1),
            ("a.s0", "ea", 9.9),  # of the sample itself
            ("a.s1", "ea_pool_mean", 0.3),
            ("a.s1", "ea_pool_within", -0.4),
        ],
        columns=["observation_id", "term", "loading"],
    )
    codes = [("p0", None), ("p1", "not_reported"), ("p2", "not_applicable")]
    preparations = pd.DataFrame(codes, columns=["preparation_id", "missing"])
    words = [("quantity", w, json.dumps({"response": r}), "") for w, r in QUANTITIES.items()]
    axis = json.dumps({"required_for": "LE/SE"})
    words.append(("axis", "carbonate", axis, "Carbonate on the surface."))
    columns = ["vocabulary", "word", "properties", "meaning"]
    tables = {
        "records": records,
        "observations": made,
        "budget": budget,
        "preparations": preparations.assign(axis="carbonate"),
        "vocabulary": pd.DataFrame(words, columns=columns),
    }
    return Dataset(tables, {})


@pytest.fixture(scope="module")
def found():
    data = dataset()
    everything = Selection(data.observations, np.zeros((3, 3)), data.records)
    return fields(data, everything).set_index("field")


def test_shares_are_of_responses_and_of_those_read_in_full(found):
    columns = ["responses", "without", "full_text", "full_text_without"]
    assert found.loc[CONTACTS, columns].tolist() == [4, 2, 3, 1]
    assert found.loc[CONTACTS, "share"] == pytest.approx(0.5)
    assert found.loc["carbonate", columns].tolist() == [3, 2, 3, 2]  # one is not applicable
    energy = found.loc["activation energy of the same sample", columns]
    assert energy.tolist() == [3, 2, 2, 1]


def test_the_price_is_what_observations_without_the_field_carry(found):
    assert found.loc[CONTACTS, "price"] == pytest.approx(0.2)  # median of 0.3 and 0.1
    assert found.loc[CONTACTS, "price_of"] == "SD in the budget, 2 obs."
    # root of 0.3^2 + 0.4^2, in the one observation that borrows
    energy = found.loc["activation energy of the same sample"]
    assert energy["price"] == pytest.approx(0.5)
    assert energy["price_of"] == "SD in the budget, 1 obs."


def test_the_price_of_a_moderator_is_its_difference_within_a_work(found):
    age = found.loc["age of the contact"]
    assert age["price"] == pytest.approx(0.4)
    assert age["price_of"] == "difference within a work, 1 work"
    electrodes = found.loc["electrodes of the cell"]
    assert math.isnan(electrodes["price"])
    assert electrodes["price_of"] == "no work varies it alone"
    assert found.loc["carbonate", "price_of"] == "no number tells it"


def test_numbers_that_are_lost_are_counted(found):
    area = found.loc["area of the contact"]
    assert (area["lost"], area["price_of"]) == (1, "the number is lost without it")
    assert found["lost"].sum() == 1


def test_the_dearest_lack_is_first(found):
    # 0.4 x 1, 0.5 x 2/3, 0.2 x 1/2, 0.15 / ln 10 x 1
    assert found.index[:4].tolist() == [
        "age of the contact",
        "activation energy of the same sample",
        CONTACTS,
        "a spread or any uncertainty",
    ]
    assert found["price"].iloc[3] == pytest.approx(0.15 / math.log(10))


def test_the_section_of_the_report_has_the_dearest_fields_that_have_a_price(found):
    rows = written.gaps_section(found.reset_index()).blocks[1].rows
    priced = found[found["price"].notna()]
    assert [row[0] for row in rows] == list(priced.index[:6])
    assert [row[2] for row in rows] == [f"{price:.2f}" for price in priced["price"][:6]]


def test_the_checklist_has_a_box_a_field(found):
    text = written.checklist(found.reset_index())
    assert text.count("- [ ] ") == len(found)
    assert "- [ ] Carbonate: Carbonate on the surface. (67 %)\n" in text
    assert "(100 %; 0.40 dex)" in text
    assert "(100 %; lost: 1)" in text


def arms():
    """Return observations of two systems: S of works a and b, T of work c."""
    rows = observations(
        ("a", 1.0, {}), ("a", 1.1, {}), ("a", 1.2, {}), ("b", 2.0, {}), ("c", 3, {})
    )
    rows["system"] = rows["material"] = rows["family"] = ["S", "S", "S", "S", "T"]
    rows["preparation_id"] = ["p1", "p1", "p2", "p3", "p4"]
    return rows.assign(
        arm="reference",
        lab="l",
        cell_id="c",
        temperature_c=25.0,
        coverage_known=True,
        count_shift=0.0,
        left_out=None,
    )


@pytest.fixture(scope="module")
def open_yardsticks(frozen):
    return yardsticks(Selection(arms(), np.zeros((5, 5)), frozen.records.iloc[:0]))


def test_repeats_lack_cells_of_an_untreated_preparation(open_yardsticks):
    row = open_yardsticks.iloc[0]
    assert (row["df"], row["works"]) == (1, 1)  # p1 has two cells
    assert row["missing"] == "3 more repeated cells of an untreated preparation, in 2 more works"
    assert row["where"] == "a; b; c"


def test_a_treated_preparation_or_a_bound_is_no_repeat(frozen):
    rows = arms()
    rows.loc[0, "arm"] = "treated"
    table = yardsticks(Selection(rows, np.zeros((5, 5)), frozen.records.iloc[:0]))
    assert table.loc[0, "df"] == 0


def test_reference_arms_lack_works_and_preparations(open_yardsticks):
    family = open_yardsticks[open_yardsticks["of"] == "same family"].set_index("yardstick")
    between = family.loc["reference arms, between works"]
    assert (between["df"], between["works"]) == (1, 2)
    assert between["missing"] == ("3 more values on a system that another work has, in 1 more work")
    assert between["where"] == "T"
    within = family.loc["reference arms, within a work"]
    assert (within["df"], within["works"]) == (2, 1)
    assert within["missing"] == (
        "8 more untreated preparations of a system that their work has, in 4 more works"
    )
    assert within["where"] == "b; c"


def test_a_yardstick_above_its_floor_lacks_nothing(frozen):
    every = [arms().assign(study_id=lambda t, k=k: t["study_id"] + str(k)) for k in range(6)]
    rows = pd.concat(every, ignore_index=True)
    rows["preparation_id"] = rows["study_id"] + rows["preparation_id"]
    rows["age_h"] = 100.0
    rows["observation_id"] = rows["sample_id"] = [f"s{place}" for place in range(len(rows))]
    size = len(rows)
    table = yardsticks(Selection(rows, np.zeros((size, size)), frozen.records.iloc[:0]))
    assert table.loc[0, ["df", "works", "missing", "where"]].tolist() == [6, 6, "", ""]
    shown = written.yardsticks_table(table)
    assert [row[0] for row in shown.rows] == ["varied on purpose"]


def test_contrasts_are_those_of_the_yardstick(frozen):
    everything = Selection(frozen.observations, frozen.V, frozen.records)
    row = yardsticks(everything).set_index("yardstick").loc["varied on purpose"]
    expected = varied.preparation(treatments(frozen.records), varied.series_of(frozen.records))
    assert row["df"] == expected.all_works.exact
    assert (row["missing"] == "") == (expected.all_works.sd is not None)


def test_claims_that_cannot_be_told_say_what_is_missing():
    def judged(name, verdict, **more):
        claim = SimpleNamespace(id=name, work_name="A paper", statement="It is so.")
        return Judgement(claim, Outcome(verdict, **more))

    table = claims(
        [
            judged("one", Verdict.HOLDS),
            judged(
                "two", Verdict.CANNOT_BE_TOLD, missing="2 more works", records=("b.1", "a.1", "a.2")
            ),
        ]
    )
    assert table.to_dict("records") == [
        {
            "id": "two",
            "work": "A paper",
            "statement": "It is so.",
            "missing": "2 more works",
            "looked_at": "a; b",
        }
    ]


def call(root, *words):
    return CliRunner().invoke(app, ["gaps", *words, "--root", str(root)])


def test_the_command_writes_text_and_json(frozen_root):
    shown = call(frozen_root)
    assert shown.exit_code == 0, shown.output
    assert "Responses without a field" in shown.output
    content = json.loads(call(frozen_root, "--format", "json").output)["result"]
    assert set(content) == {"fields", "yardsticks", "claims"}
    assert content["claims"]
    assert all(claim["missing"] for claim in content["claims"])


def test_the_checklist_is_one_page_of_one_class(frozen_root):
    every = call(frozen_root, "--checklist").output.splitlines()
    assert len(every) <= 60
    liquid = call(frozen_root, "--checklist", "--class", "LE/SE").output.splitlines()
    assert set(line.split(":")[0] for line in liquid) < set(line.split(":")[0] for line in every)
    assert not any("Joining order" in line for line in liquid)


def test_csv_has_every_field(frozen_root):
    head, *rows = call(frozen_root, "--format", "csv").output.splitlines()
    assert head.startswith("field,group,advice,responses,without,share")
    listed = [
        line for line in call(frozen_root, "--checklist").output.splitlines() if "[ ]" in line
    ]
    assert len(rows) == len(listed)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--class", "LE/XE"], "no class is named 'LE/XE'"),
        (["--out", "pictures"], "--out and --descriptor are of the counts; add --coverage"),
        (
            ["--coverage", "--class", "LE/SE"],
            "without --class, --checklist and --format csv",
        ),
        (["--checklist", "--format", "json"], "--checklist is a text; call it without --format"),
    ],
)
def test_a_wrong_call_ends_with_one_message(frozen_root, words, message):
    done = call(frozen_root, *words)
    assert done.exit_code == 1
    assert message in str(done.exception)
    assert done.output == ""
