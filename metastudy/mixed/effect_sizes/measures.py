"""Effect sizes from printed means, standard deviations, ratios and changes, with their variances.

Each measure is one row of ``MEASURES``. Variances are those of the delta method; levels and ratios
are on the natural logarithm, which ``base=10`` turns into decades. Sources: Hedges, Gurevitch &
Curtis 1999, 10.1890/0012-9658(1999)080[1150:TMAORR]2.0.CO;2, for the ratio of means; Lajeunesse
2015, 10.1890/14-2402.1, for its correction; Nakagawa et al. 2015, 10.1111/2041-210X.12309, for
scatter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from ..errors import DataError, UndefinedError
from .given_columns import Array, check_data, numbers_of

Columns = Mapping[str, Array]
LIMITS: dict[str, dict[str, Any]] = {
    "m": {"above": 0.0},
    "ratio": {"above": 0.0},
    "change": {"above": -100.0},
    "sd": {"least": 0.0, "missing": True},
    "n": {"least": 1.0, "missing": True},
}
"""What values of each kind of argument may be; a number at its end names the arm."""


@dataclass(frozen=True)
class Measure:
    """One effect size.

    Attributes
    ----------
    meaning
        What y is.
    needed, optional
        Arguments; optional ones have the value that stands in for them.
    compute
        Function of the arguments (each (n,)) that gives y and v, shapes (n,), by natural logarithm.
    scatter
        Whether it is made of standard deviations, which must be above 0, of samples from 2.
    """

    meaning: str
    needed: tuple[str, ...]
    optional: Mapping[str, float]
    compute: Callable[[Columns], tuple[Array, Array]]
    scatter: bool = False


def _cv2(given: Columns, arm: str) -> Array:
    """Squared relative standard error of an arm's mean, which is the variance of its logarithm."""
    return np.asarray((given[f"sd{arm}"] / given[f"m{arm}"]) ** 2 / given[f"n{arm}"])


def _log_mean(given: Columns) -> tuple[Array, Array]:
    return np.log(given["m"]), _cv2(given, "")


def _ratio_of_means(given: Columns) -> tuple[Array, Array]:
    return np.log(given["m1"] / given["m2"]), _cv2(given, "1") + _cv2(given, "2")


def _corrected_ratio_of_means(given: Columns) -> tuple[Array, Array]:
    y, v = _ratio_of_means(given)
    one, two = _cv2(given, "1"), _cv2(given, "2")
    return y + (one - two) / 2, v + (one**2 + two**2) / 2


def _ratio(given: Columns) -> tuple[Array, Array]:
    return np.log(given["ratio"]), (given["sd"] / given["ratio"]) ** 2 / given["n"]


def _change(given: Columns) -> tuple[Array, Array]:
    ratio = 1 + given["change"] / 100
    return np.log(ratio), (given["sd"] / 100 / ratio) ** 2 / given["n"]


def _log_sd(given: Columns, arm: str = "") -> tuple[Array, Array]:
    twice = 2 * (given[f"n{arm}"] - 1)
    return np.log(given[f"sd{arm}"]) + 1 / twice, 1 / twice


def _ratio_of_sds(given: Columns) -> tuple[Array, Array]:
    (one, v_one), (two, v_two) = _log_sd(given, "1"), _log_sd(given, "2")
    return one - two, v_one + v_two


def _ratio_of_cvs(given: Columns) -> tuple[Array, Array]:
    y, v = _ratio_of_sds(given)
    means, v_means = _ratio_of_means(given)
    return y - means, v + v_means


ONE, TWO = ("m1", "sd1", "n1"), ("m2", "sd2", "n2")
MEASURES = {
    "MNLN": Measure("log of a mean", ("m", "sd"), {"n": 1.0}, _log_mean),
    "ROM": Measure(
        "log ratio of two means", ("m1", "sd1", "m2", "sd2"), {"n1": 1, "n2": 1}, _ratio_of_means
    ),
    "ROMC": Measure(
        "log ratio of two means, corrected for its bias in small samples",
        (*ONE, *TWO),
        {},
        _corrected_ratio_of_means,
    ),
    "RATIO": Measure("log of a printed ratio", ("ratio", "sd"), {"n": 1.0}, _ratio),
    "CHANGE": Measure(
        "log ratio from a printed change in per cent, -30 for '30 % lower'",
        ("change", "sd"),
        {"n": 1.0},
        _change,
    ),
    "SDLN": Measure("log of a standard deviation", ("sd", "n"), {}, _log_sd, True),
    "VR": Measure(
        "log ratio of two standard deviations",
        ("sd1", "n1", "sd2", "n2"),
        {},
        _ratio_of_sds,
        True,
    ),
    "CVR": Measure(
        "log ratio of two coefficients of variation", (*ONE, *TWO), {}, _ratio_of_cvs, True
    ),
}


def escalc(
    measure: str,
    data: pd.DataFrame,
    *,
    base: float = np.e,
    columns: tuple[str, str] = ("y", "v"),
    **given: Any,
) -> pd.DataFrame:
    """Compute effect sizes and their sampling variances from what papers print.

    Parameters
    ----------
    measure
        One of the table below.
    data
        One row for each effect.
    base
        Base of the logarithm; 10 gives decades.
    columns
        Names of the two columns that are added.
    **given
        The measure's arguments: names of columns, arrays (n,), or numbers that hold for all rows.

    Returns
    -------
    pandas.DataFrame
        The data with the effect size and its variance. Where a standard deviation or a number of
        samples is missing, the variance is missing, which fits take as a spread not reported.

    Raises
    ------
    UndefinedError
        For another measure.
    TypeError
        For arguments that the measure does not have, or lacks.
    DataError, FormulaError
        Naming the row or column at fault.

    Notes
    -----
    =========  ===================================================  ================================
    measure    effect size                                          arguments
    =========  ===================================================  ================================
    MNLN       log of a mean                                        m, sd, n
    ROM        log ratio of two means, m1/m2                        m1, sd1, n1, m2, sd2, n2
    ROMC       the same, corrected for bias in small samples        the same, n1 and n2 needed
    RATIO      log of a printed ratio                               ratio, sd, n
    CHANGE     log ratio from a change in per cent (-30: 30 %       change, sd, n
               lower), with sd also in per cent
    SDLN       log of a standard deviation, corrected for bias      sd, n
    VR         log ratio of two standard deviations                 sd1, n1, sd2, n2
    CVR        log ratio of two coefficients of variation           m1, sd1, n1, m2, sd2, n2
    =========  ===================================================  ================================

    Arm 1 is the treated one, arm 2 its reference. n counts the samples behind a mean whose standard
    deviation is ``sd``; it is 1 unless given, for an ``sd`` that is the standard error of what is
    printed.

    A change of p % with standard deviation sd has v = (sd / (100 + p))^2: a resistance that is
    (80 +- 5) % lower has a log ratio with standard deviation 0.25.

    Examples
    --------
    >>> import pandas as pd
    >>> from metastudy import mixed
    >>> data = pd.DataFrame({"change": [-80.0, 25.0], "sd": [5.0, 10.0]})
    >>> mixed.escalc("CHANGE", data, change="change", sd="sd").round(4)
       change    sd       y       v
    0   -80.0   5.0 -1.6094  0.0625
    1    25.0  10.0  0.2231  0.0064
    """
    data = check_data(data)
    if measure not in MEASURES:
        raise UndefinedError(f"measure {measure!r} is not known; use one of {', '.join(MEASURES)}")
    if not (isinstance(base, Real) and 1 < base < np.inf):
        raise DataError(f"base is {base!r}; give a number above 1, such as 10")
    taken = [name for name in columns if name in data.columns]
    if taken:
        raise DataError(f"the data have a column {taken[0]!r} already; give others by columns=")
    found = MEASURES[measure]
    numbers = _arguments(measure, found, given, data)
    y, v = found.compute(numbers)
    unit = float(np.log(base))
    return data.assign(**dict(zip(columns, (y / unit, v / unit**2), strict=True)))


def _arguments(
    name: str, measure: Measure, given: Mapping[str, Any], data: pd.DataFrame
) -> dict[str, Array]:
    """Check the arguments of a measure and read their numbers."""
    known = (*measure.needed, *measure.optional)
    for word in given:
        if word not in known:
            raise TypeError(f"measure {name} has no argument {word!r}; it has {', '.join(known)}")
    for word in measure.needed:
        if word not in given:
            raise TypeError(f"measure {name} needs {word}; its arguments are {', '.join(known)}")
    filled = dict(measure.optional) | dict(given)
    return {word: _checked(word, filled[word], measure, data) for word in known}


def _checked(word: str, given: Any, measure: Measure, data: pd.DataFrame) -> Array:
    kind = word.rstrip("12")
    limits = dict(LIMITS[kind])
    if measure.scatter and kind == "sd":
        limits = {"above": 0.0}
    if measure.scatter and kind == "n":
        limits = {"least": 2.0}
    return numbers_of(given, data, word, **limits)
