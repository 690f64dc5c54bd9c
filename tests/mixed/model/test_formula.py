import numpy as np
import pandas as pd
import pytest

from metastudy import mixed
from metastudy.mixed.errors import FormulaError
from metastudy.mixed.model.formula import parse


def _random(text):
    return [(part.effects, part.name, part.structure) for part in parse(text).random]


def test_a_slash_nests_and_keeps_the_outer_grouping():
    assert _random("y ~ 1 + (1 | lab/work/prep)") == [
        ("1", "lab", "un"),
        ("1", "lab:work", "un"),
        ("1", "lab:work:prep", "un"),
    ]


def test_crossed_terms_keep_their_order_and_leave_the_fixed_part():
    model = parse("y ~ x + C(z) - 1 + (1 | a) + (x || b)")
    assert model.response == "y"
    assert model.fixed == "x + C(z) - 1"
    assert [(p.name, p.structure) for p in model.random] == [("a", "un"), ("b", "diag")]


def test_named_structures_take_a_factor():
    (part,) = parse("y ~ 0 + C(outcome) + cs(outcome | trial)").random
    assert (part.structure, part.inner, part.effects) == ("cs", True, "outcome")


def test_a_function_of_a_moderator_is_not_a_random_term():
    assert parse("np.log(y) ~ np.sqrt(x + 1) + (1 | g)").fixed == "np.sqrt(x + 1)"


def test_an_empty_fixed_part_is_the_intercept():
    assert parse("y ~ (1 | g)").fixed == "1"


def test_names_in_backticks_may_hold_anything():
    model = parse("`R (60 C)` ~ 1 + `a + b` + C(`k|d`) + (`a + b` | `cell no.`/`sub.`)")
    assert (model.response, model.column_response) == ("R (60 C)", True)
    assert model.fixed == "1 + `a + b` + C(`k|d`)"
    assert [p.grouping for p in model.random] == [("cell no.",), ("cell no.", "sub.")]
    assert {p.effects for p in model.random} == {"`a + b`"}


def test_names_in_backticks_within_functions_memberships_and_structures():
    model = parse(
        "np.log(`R 60`) ~ cs(`the part` | `cell.`) + (1 | mm(`t 1`, r, weights=(1, `w 1`)))"
    )
    assert (model.response, model.column_response) == ("np.log(`R 60`)", False)
    structured, membership = model.random
    assert structured.effects == "the part"
    assert membership.members.columns == ("t 1", "r")
    assert membership.members.weights == (1.0, "w 1")


def test_a_fault_names_the_column_as_it_was_given():
    with pytest.raises(FormulaError, match=r"random term \(1 \| `a b`\) occurs twice"):
        parse("y ~ (1 | `a b`) + (1 | `a b`)")


def test_odd_names_change_nothing_but_the_names(rng):
    """A fit with renamed columns is the same fit, predictions of new rows included."""
    work = np.repeat(np.arange(9), 4)
    data = pd.DataFrame({"work": work, "x": rng.normal(size=36), "kind": list("ab") * 18})
    data["y"] = data["x"] + rng.normal(size=9)[work] + rng.normal(0, 0.3, 36)
    odd = {"work": "work no.", "x": "x.1", "kind": "kind of cell", "y": "log R"}
    plain = mixed.fit("y ~ x + kind + (1 + x | work)", data)
    renamed = data.rename(columns=odd)
    fit = mixed.fit("`log R` ~ `x.1` + `kind of cell` + (1 + `x.1` | `work no.`)", renamed)
    assert fit.llf == plain.llf
    assert list(fit.params.index) == ["Intercept", "x.1", "kind of cell[T.b]"]
    assert fit.component_names == ["work no.[Intercept]", "work no.[x.1]", "residual"]
    columns = ["prediction", "lower", "upper"]
    pd.testing.assert_frame_equal(
        fit.predict(renamed.iloc[:3])[columns], plain.predict(data.iloc[:3])[columns]
    )
    assert fit.ranef()["work no."].index.names == ["work no.", "effect"]


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("y + (1 | g)", "needs one '~' between response and model"),
        ("~ 1 + (1 | g)", "has no response left of '~'"),
        ("y ~ 1 + (1 | g", "has a bracket without its partner"),
        ("y ~ 1 + (1 | )", "needs text on both sides of the bar"),
        ("y ~ 1 + (1 | g h)", "'g h' is not a column name"),
        ("y ~ 1 + toeplitz(t | g)", "'toeplitz' is not a structure; use one of id, diag, cs"),
        ("y ~ 1 + cs(1 + t | g)", "takes one column left of one bar"),
        ("y ~ 1 + (1 | g) + (1 | g)", r"random term \(1 \| g\) occurs twice"),
        ("y ~ 1 - (1 | g)", "cannot be taken away"),
        ("y ~ 1 + (1 | `g h)", "has a backtick without its partner"),
        ("y ~ 1 + (1 | g.h)", "'g.h' is not a column name; .* stands in backticks"),
    ],
)
def test_a_formula_that_cannot_be_read_is_refused_with_the_reason(formula, message):
    with pytest.raises(FormulaError, match=message):
        parse(formula)
