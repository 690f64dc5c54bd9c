"""Fits of one circuit to many spectra, vectorised over the spectra of one frequency grid.

A spectrum is fitted from its best start only, then from four; where the minimum is sharp in every
parameter and its residuals have no waves that is the answer, and every other spectrum gets the
full search of ``fit``. Weights that are read off the residuals are each spectrum's own: they are
followed from its minimum under modulus weights, where that is the answer. One bad spectrum never
stops the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..circuits.circuit import Circuit
from ..circuits.elements import Element
from ..circuits.model import Model
from ..errors import EisError, FitError
from ..optimise.levenberg_marquardt import BoolArray, Data, Minimum, minimise
from ..optimise.multistart import SHARP, WAVES, Search, autocorrelation, scored, spread
from ..optimise.starts import COARSE, PLAIN, Fineness, propose
from ..spectrum import FloatArray, Spectrum, require_spectrum
from .fitting import (
    Ties,
    arc_order,
    fit,
    initial_weight,
    model_of,
    require_loss,
    require_points,
    require_stated,
)
from .result import CircuitFit

if TYPE_CHECKING:
    import pandas as pd

# Spectra fitted together: their Jacobians stay in the processor's cache.
BLOCK = 64


@dataclass(frozen=True)
class FitBatch:
    """Fits of one circuit to many spectra, in the order given.

    Attributes
    ----------
    circuit : Circuit
    fits : tuple of CircuitFit or None
        None where a spectrum could not be fitted.
    errors : mapping of int to str
        Position of each such spectrum and the reason.
    """

    circuit: Circuit
    fits: tuple[CircuitFit | None, ...]
    errors: Mapping[int, str]

    def __len__(self) -> int:
        return len(self.fits)

    def __iter__(self) -> Iterator[CircuitFit | None]:
        return iter(self.fits)

    def __getitem__(self, position: int) -> CircuitFit | None:
        return self.fits[position]

    @property
    def params(self) -> pd.DataFrame:
        """Estimates, one row per spectrum, NaN where there is no fit."""
        return self._frame([None if f is None else f.estimates for f in self.fits])

    @property
    def bse(self) -> pd.DataFrame:
        """Standard errors, one row per spectrum."""
        return self._frame([None if f is None else f.standard_errors for f in self.fits])

    def _frame(self, rows: Sequence[FloatArray | None]) -> pd.DataFrame:
        import pandas as pd

        names = list(self.circuit.names)
        empty = np.full(len(names), np.nan)
        return pd.DataFrame(
            np.array([empty if row is None else row for row in rows]).reshape(-1, len(names)),
            columns=names,
        )

    def summary(self) -> pd.DataFrame:
        """Estimates with reduced chi-square, verdict, and the reason where there is no fit."""
        table = self.params
        table["chi2_reduced"] = [np.nan if f is None else f.chi2_reduced for f in self.fits]
        table["verdict"] = [
            self.errors[k] if f is None else f.verdict for k, f in enumerate(self.fits)
        ]
        return table


def fit_many(
    spectra: Sequence[Spectrum],
    circuit: str | Circuit,
    *,
    weight: str = "modulus",
    loss: str = "linear",
    high_frequency_error: float = 0.0,
    fix: Mapping[str, float] | None = None,
    tie: Ties | None = None,
    elements: Sequence[Element] = (),
) -> FitBatch:
    """Fit one circuit to many spectra.

    Parameters
    ----------
    spectra : sequence of Spectrum
        Any frequencies; those with the same grid are fitted together.
    circuit, weight, loss, high_frequency_error, fix, tie, elements
        As in ``fit``. With a robust loss the spectra are fitted one by one. With
        ``weight="structure"`` the search is shared, and each spectrum's law is followed alone.

    Returns
    -------
    FitBatch
        A spectrum that cannot be fitted has its reason in ``errors``.

    Raises
    ------
    CircuitError, FitError
        If the circuit or an option is wrong for all of them.
    """
    if not isinstance(spectra, Sequence):
        raise FitError(f"fit_many takes a list of spectra, not {spectra!r}; one goes to fit")
    for spectrum in spectra:
        require_spectrum(spectrum)
    require_loss(loss)
    require_stated(high_frequency_error, weight)
    model = model_of(circuit, fix, tie, elements)
    circuit = model.circuit
    if not isinstance(weight, str):
        raise FitError("fit_many takes the name of a weight law; deviations belong to one spectrum")
    fits: list[CircuitFit | None] = [None] * len(spectra)
    errors: dict[int, str] = {}
    alone: list[int] = []
    for positions in _grids(spectra):
        good = []
        for k in positions:
            try:
                require_points(spectra[k], model)
                good.append(k)
            except FitError as error:
                errors[k] = str(error)
        if loss != "linear":
            alone += good
            continue
        for first in range(0, len(good), BLOCK):
            block = good[first : first + BLOCK]
            found = _block([spectra[k] for k in block], model, weight)
            for k, one in zip(block, found, strict=True):
                if one is not None and weight == "structure":
                    one = _read_off(one, high_frequency_error, fix, tie)
                fits[k] = one
                if one is None:
                    alone.append(k)
    for k in alone:
        try:
            fits[k] = fit(
                spectra[k],
                circuit,
                weight=weight,
                loss=loss,
                high_frequency_error=high_frequency_error,
                fix=fix,
                tie=tie,
            )
        except EisError as error:
            errors[k] = str(error)
    return FitBatch(circuit, tuple(fits), errors)


def _grids(spectra: Sequence[Spectrum]) -> list[list[int]]:
    """Positions of the spectra that share their frequencies, in order of appearance."""
    groups: dict[bytes, list[int]] = {}
    for k, spectrum in enumerate(spectra):
        groups.setdefault(spectrum.frequency_hz.tobytes(), []).append(k)
    return list(groups.values())


def _block(spectra: list[Spectrum], model: Model, weight: str) -> list[CircuitFit | None]:
    """Fit spectra of one grid, from one start and then from four; None where that is not enough."""
    z = np.array([s.impedance_ohm for s in spectra])
    weights = np.array([initial_weight(weight, row) for row in z])
    data = Data(spectra[0].omega, z, weights)
    fits: list[CircuitFit | None] = [None] * len(spectra)
    rows = np.arange(len(spectra))
    for count, fineness in ((1, PLAIN), (4, COARSE)):
        exact, settled = _attempt(model, data.rows(rows), count, fineness)
        none = exact.rows([])
        for k in np.flatnonzero(settled).tolist():
            row = int(rows[k])
            fits[row] = _fit(spectra[row], model, exact.rows([k]), none, weights[row], weight)
        rows = rows[~settled]
        if rows.size == 0:
            break
    return fits


def _attempt(model: Model, data: Data, count: int, fineness: Fineness) -> tuple[Minimum, BoolArray]:
    """Best minimum of each spectrum from ``count`` starts, and whether it can be left at that."""
    starts = propose(model, data, count, fineness)
    spectra = starts.shape[0]
    each = data.rows(np.repeat(np.arange(spectra), count))
    found = minimise(model, each, starts.reshape(spectra * count, -1))
    best = np.argmin(found.cost.reshape(spectra, count), axis=1) + count * np.arange(spectra)
    found = found.rows(best)
    ordered = np.take_along_axis(found.v, arc_order(model, found.v), axis=1)
    polished = minimise(model, data, ordered, rescale=False, tolerance=1e-13, iterations=3)
    exact = scored(model, data, polished.v)
    waves = autocorrelation(model, data, exact.v)
    settled = found.converged & ((waves < WAVES) | (exact.cost <= 1e-24 * data.magnitude))
    return exact, settled & (spread(data, exact) < SHARP)


def _read_off(
    first: CircuitFit,
    high_frequency_error: float,
    fix: Mapping[str, float] | None,
    tie: Ties | None,
) -> CircuitFit | None:
    """Follow the error structure from a fit under modulus weights; None where that is not enough.

    Under the new weights the minimum must be as sharp as it was, and leave no waves.
    """
    start = dict(zip(first.circuit.names, first.estimates.tolist(), strict=True))
    found = fit(
        first.spectrum,
        first.circuit,
        weight="structure",
        high_frequency_error=high_frequency_error,
        fix=fix,
        tie=tie,
        start=start,
        starts=1,
    )
    at, data = found.minimum, found.data
    waves = autocorrelation(found.model, data, at.v)[0]
    good = at.converged[0] and waves < WAVES and spread(data, at)[0] < SHARP
    return found if good else None


def _fit(
    spectrum: Spectrum,
    model: Model,
    minimum: Minimum,
    none: Minimum,
    weights: FloatArray,
    law: str,
) -> CircuitFit:
    return CircuitFit(
        spectrum=spectrum,
        circuit=model.circuit,
        model=model,
        minimum=minimum,
        search=Search(minimum, 1, 1, True, none),
        weights=weights,
        base_weights=weights,
        weight_law=law,
        loss="linear",
    )
