import pytest

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
    ],
)
def test_a_formula_that_cannot_be_read_is_refused_with_the_reason(formula, message):
    with pytest.raises(FormulaError, match=message):
        parse(formula)
