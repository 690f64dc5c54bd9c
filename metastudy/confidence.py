"""The level of an interval, in statsmodels' convention: ``alpha`` is what lies outside it."""

from __future__ import annotations

from numbers import Real

from metastudy.errors import MetastudyError


def check_alpha(alpha: object, error: type[MetastudyError]) -> float:
    """Return the share of an interval that lies outside it, such as 0.05 for 95 %.

    Parameters
    ----------
    alpha
        Above 0 and at most 0.5.
    error
        The error to raise.

    Raises
    ------
    MetastudyError
        The given ``error``, naming what was probably meant where a level was given instead.
    """
    if isinstance(alpha, Real) and not isinstance(alpha, bool):
        given = float(alpha)
        if 0.0 < given <= 0.5:
            return given
        meant = None
        if 0.5 < given < 1.0:
            meant = 1.0 - given
        elif 1.0 <= given <= 50.0:
            meant = given / 100.0
        elif 50.0 < given < 100.0:
            meant = 1.0 - given / 100.0
        if meant is not None:
            raise error(
                f"alpha = {alpha} is no share outside an interval; "
                f"did you mean alpha={round(meant, 12):g}, an interval of {100 * (1 - meant):g} %?"
            )
    raise error(f"alpha = {alpha!r} is not above 0 and at most 0.5, such as 0.05")
