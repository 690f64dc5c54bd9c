"""Half-t priors of standard deviations, and the names of what they belong to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import stats

from ..errors import FormulaError, UndefinedError
from ..model.frame import Frame
from ..model.structures import Array

DF = 4.0
"""Degrees of freedom of the half-t priors."""
SCALE = 0.5
"""Default scale: for log10 units a typical factor of 3 between two draws."""


@dataclass(frozen=True)
class HalfTPrior:
    """Half-t priors of the standard deviations, flat ones of coefficients and correlations.

    Attributes
    ----------
    scales
        Their scales, in units of the response, by the term's name.
    df
        Degrees of freedom of the half-t distributions.
    """

    scales: Mapping[str, float]
    df: float = DF

    def describe(self) -> str:
        """State the priors in one sentence."""
        words = ", ".join(f"{scale:g} ({name})" for name, scale in self.scales.items())
        return (
            f"Priors: half-t with {self.df:g} df on standard deviations, scale {words or 'none'}; "
            "flat on coefficients, uniform on correlations"
        )

    def log_density(self, term: str, sd: Array, factor: float = 1.0) -> Array:
        """Log-density of a term's standard deviations (..., m), the scale times ``factor``."""
        scale = factor * self.scales[term]
        density = stats.t.logpdf(sd / scale, self.df) + np.log(2 / scale)
        return np.asarray(density.sum(axis=-1))


def build_prior(scale: float | Mapping[str, float], frame: Frame) -> HalfTPrior:
    """Priors of the terms of a frame; a mapping may name some of them.

    Raises
    ------
    FormulaError
        If the mapping names no random term.
    UndefinedError
        If a scale is not a positive number.
    """
    names = [term.name for term in frame.terms]
    if isinstance(scale, Mapping):
        for name in scale:
            if name not in names:
                raise FormulaError(
                    f"prior_scale names {name!r}, which is not a random term; "
                    f"terms are {', '.join(names) or 'none'}"
                )
        scales = {name: scale.get(name, SCALE) for name in names}
    else:
        scales = dict.fromkeys(names, scale)
    for value in [*scales.values()] if isinstance(scale, Mapping) else [scale]:
        if not (isinstance(value, (int, float)) and 0 < value < np.inf):
            raise UndefinedError(f"prior scale {value!r} is not a positive number; give one as 0.5")
    return HalfTPrior({name: float(value) for name, value in scales.items()})


def parameter_names(frame: Frame) -> list[str]:
    """Name of each covariance parameter, such as ``"work"`` or ``"Subject[Days]"``."""
    return [name for term in frame.terms for name in term.parameter_names]


def variance_names(frame: Frame) -> dict[str, list[str]]:
    """Names of the variance components of each term, by the term's name."""
    return {term.name: list(term.parameter_names[: term.structure.n_sd]) for term in frame.terms}
