"""Fits of one circuit to many spectra, vectorised over the spectra of one frequency grid.

A spectrum is fitted from its best start only, then from four; where the minimum is sharp in every
parameter and its residuals have no waves that is the answer, and every other spectrum gets the
full search of ``fit``. Weights that are read off the residuals are each spectrum's own: they are
followed from its minimum under modulus weights, where that is the answer. One bad spectrum never
stops the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.linalg import block_diag

from ...confidence import check_alpha
from ..circuits.bounds import Bounds
from ..circuits.circuit import Circuit
from ..circuits.elements import Element
from ..circuits.model import Model
from ..errors import EisError, FitError
from ..optimise.levenberg_marquardt import Minimum, minimise
from ..optimise.multistart import SHARP, WAVES, Search, autocorrelation, scored, spread
from ..optimise.starts import COARSE, PLAIN, Fineness, propose
from ..spectrum import FloatArray, Spectrum, require_spectrum
from ..weighting.copies import without_copies
from ..weighting.data import BoolArray, Data
from .fitting import arc_order, fit_circuit
from .options import Ties, initial_weight, model_of, require_loss, require_points, require_stated
from .result import CircuitFit
from .several_fits import SeveralFits

if TYPE_CHECKING:
    import pandas as pd

    from ...summary import Summary
    from ..drawing.curves import FitCurves

# Spectra fitted together: their Jacobians stay in the processor's cache.
BLOCK = 64


@dataclass(frozen=True, eq=False)
class FitBatch(SeveralFits):
    """Fits of one circuit to many spectra, in the order given.

    Where a spectrum has no fit its parameters are NaN; sums are over those that have one.

    Attributes
    ----------
    model : Model
        The circuit with its constraints.
    fits : tuple of CircuitFit or None
        None where a spectrum could not be fitted.
    errors : mapping of int to str
        Position of each such spectrum and the reason.

    Examples
    --------
    >>> import numpy as np
    >>> from metastudy import eis
    >>> f = np.logspace(5, 0, 41)
    >>> z = eis.Circuit("R0-p(R1,C1)").impedance(f, {"R0": 10.0, "R1": 100.0, "C1": 1e-6})
    >>> spectrum = eis.Spectrum(f, z)
    >>> batch = eis.fit_many([spectrum, spectrum], "R0-p(R1,C1)")
    >>> batch.nobs, batch.df_resid, dict(batch.errors)
    (164, 158, {})
    """

    model: Model = field(repr=False)
    fits: tuple[CircuitFit | None, ...]
    errors: Mapping[int, str]

    def __len__(self) -> int:
        return len(self.fits)

    def __iter__(self) -> Iterator[CircuitFit | None]:
        return iter(self.fits)

    def __getitem__(self, position: int) -> CircuitFit | None:
        return self.fits[position]

    @property
    def circuit(self) -> Circuit:
        """Circuit of all spectra."""
        return self.model.circuit

    @property
    def estimates(self) -> FloatArray:
        """Parameters (K, p) in their units."""
        return self._stacked(lambda one: one.estimates)

    @property
    def standard_errors(self) -> FloatArray:
        """Standard errors (K, p) in the parameters' units; NaN at a limit."""
        return self._stacked(lambda one: one.standard_errors)

    @property
    def nobs(self) -> int:
        """Real numbers fitted: two for each point."""
        return sum(one.nobs for one in self._fitted)

    @property
    def df_resid(self) -> float:
        """Residual degrees of freedom of all fits together."""
        return sum(one.df_resid for one in self._fitted)

    @property
    def llf(self) -> float:
        """Log-likelihood of normal errors in ohm, a variance for each spectrum."""
        return float(sum(one.llf for one in self._fitted))

    @property
    def chi2_reduced(self) -> pd.Series[float]:
        """Reduced chi-square of each spectrum."""
        import pandas as pd

        values = [np.nan if one is None else one.chi2_reduced for one in self.fits]
        return pd.Series(values, index=self._labels(), name="chi2_reduced")

    @property
    def verdicts(self) -> pd.Series[str]:
        """What each spectrum determines, or why it has no fit."""
        import pandas as pd

        words = [self.errors[k] if one is None else one.verdict for k, one in enumerate(self.fits)]
        return pd.Series(words, index=self._labels(), name="verdict")

    def summary(self, alpha: float = 0.05) -> Summary:
        """Text of all fits: one row per spectrum; prints itself, in a notebook as HTML.

        The estimates are there without their intervals, which ``to_frame(alpha)`` gives.
        """
        from ...summary import Summary, SummaryTable

        check_alpha(alpha, FitError)
        table = self.params.unstack(sort=False)
        table["chi2_reduced"] = self.chi2_reduced
        table["verdict"] = self.verdicts
        return Summary(
            [
                f"Circuit      {self.circuit.text}",
                f"Spectra      {len(self)}, {len(self._fitted)} of them fitted",
            ],
            [SummaryTable("Estimates", table)],
        )

    @property
    def _fitted(self) -> list[CircuitFit]:
        return [one for one in self.fits if one is not None]

    @property
    def _parameter_count(self) -> float:
        return self.nobs - self.df_resid + len(self._fitted)

    def _labels(self) -> pd.Index[Any]:
        import pandas as pd

        return pd.RangeIndex(len(self.fits), name="spectrum")

    def _stacked(self, values: Callable[[CircuitFit], FloatArray], *last: int) -> FloatArray:
        """Values (p, ...) of every fit, NaN where there is none."""
        empty = np.full((len(self.circuit.names), *last), np.nan)
        rows = [empty if one is None else values(one) for one in self.fits]
        return np.array(rows).reshape(-1, *empty.shape)

    def _ends(self, alpha: float) -> FloatArray:
        names = self.circuit.names

        def ends(one: CircuitFit) -> FloatArray:
            if one.df_resid <= 0:
                return np.full((len(names), 2), np.nan)
            return one.intervals(names, alpha)

        return self._stacked(ends, 2)

    def _covariance(self) -> FloatArray:
        """Return the covariance block by block: the fits are independent."""
        empty = np.full(2 * (len(self.circuit.names),), np.nan)
        return block_diag(*(empty if one is None else one.covariance for one in self.fits))

    def _curves(self) -> list[FitCurves | None]:
        return [None if one is None else one.curves() for one in self.fits]


def fit_many(
    spectra: Sequence[Spectrum],
    circuit: str | Circuit,
    *,
    weight: str = "modulus",
    loss: str = "linear",
    high_frequency_error: float = 0.0,
    fix: Mapping[str, float] | None = None,
    tie: Ties | None = None,
    bounds: Bounds | None = None,
    elements: Sequence[Element] = (),
) -> FitBatch:
    """Fit one circuit to many spectra.

    Parameters
    ----------
    spectra : sequence of Spectrum
        Any frequencies; those with the same grid are fitted together.
    circuit, weight, loss, high_frequency_error, fix, tie, bounds, elements
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

    Examples
    --------
    >>> import numpy as np
    >>> from metastudy import eis
    >>> f = np.logspace(5, 0, 41)
    >>> z = eis.Circuit("R0-p(R1,C1)").impedance(f, {"R0": 10.0, "R1": 100.0, "C1": 1e-6})
    >>> spectrum = eis.Spectrum(f, z)
    >>> batch = eis.fit_many([spectrum, spectrum], "R0-p(R1,C1)")
    >>> batch.params.xs("R1", level=-1).round(3).tolist()
    [100.0, 100.0]
    """
    if not isinstance(spectra, Sequence):
        raise FitError(f"fit_many takes a list of spectra, not {spectra!r}; one goes to fit")
    for spectrum in spectra:
        require_spectrum(spectrum)
    spectra = [without_copies(spectrum)[0] for spectrum in spectra]
    require_loss(loss)
    require_stated(high_frequency_error, weight)
    model = model_of(circuit, fix, tie, elements, bounds=bounds)
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
                    one = _read_off(one, high_frequency_error, fix, tie, bounds)
                fits[k] = one
                if one is None:
                    alone.append(k)
    for k in alone:
        try:
            fits[k] = fit_circuit(
                spectra[k],
                circuit,
                weight=weight,
                loss=loss,
                high_frequency_error=high_frequency_error,
                fix=fix,
                tie=tie,
                bounds=bounds,
            )
        except EisError as error:
            errors[k] = str(error)
    return FitBatch(model, tuple(fits), errors)


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
    bounds: Bounds | None,
) -> CircuitFit | None:
    """Follow the error structure from a fit under modulus weights; None where that is not enough.

    Under the new weights the minimum must be as sharp as it was, and leave no waves.
    """
    start = dict(zip(first.circuit.names, first.estimates.tolist(), strict=True))
    found = fit_circuit(
        first.spectrum,
        first.circuit,
        weight="structure",
        high_frequency_error=high_frequency_error,
        fix=fix,
        tie=tie,
        bounds=bounds,
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
        model=model,
        minimum=minimum,
        search=Search(minimum, 1, 1, True, none),
        weights=weights,
        base_weights=weights,
        weight_law=law,
        loss="linear",
    )
