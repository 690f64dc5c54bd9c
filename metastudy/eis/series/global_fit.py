"""One circuit fitted to several spectra with some parameters in common.

The normal matrix is an arrow: shared coordinates couple all spectra, the others only their own.
A step eliminates the spectra's own coordinates one spectrum at a time (Schur complement), so the
cost grows linearly with their number, where the dense solve of a temperature series, with its lines
over all spectra, costs their cube. EqualityTest is tested against separate fits by an F test.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ..circuits.circuit import Circuit
from ..circuits.elements import Element
from ..circuits.model import Model
from ..errors import FitError
from ..fits.batch import fit_many
from ..fits.options import Ties
from ..fits.result import CircuitFit
from ..fits.several_fits import SeveralFits, curves_at, ends_on_logs, joint_log_likelihood
from ..optimise.damping import descend
from ..spectrum import FloatArray, Spectrum
from ..weighting.data import BoolArray
from .equality_test import EqualityTest, compare_costs
from .global_least_squares import SeriesData

if TYPE_CHECKING:
    import pandas as pd

    from ...summary import Summary
    from ..drawing.curves import FitCurves


@dataclass(frozen=True)
class ArrowCovariance:
    """Covariance of the coordinates of K spectra that have m of them in common.

    Between spectra k and l it is G_k S G_l', and own_k is added where k = l.

    Attributes
    ----------
    shared : ndarray, shape (m, m)
        S, of the coordinates in common.
    follow : ndarray, shape (K, q, m)
        G, how the coordinates of each spectrum follow those.
    own : ndarray, shape (K, q, q)
        Of each spectrum's coordinates where the common ones are known.
    """

    shared: FloatArray
    follow: FloatArray
    own: FloatArray

    def block(self, k: int) -> FloatArray:
        """Covariance of the coordinates of spectrum ``k``, shape (q, q)."""
        return np.asarray(self.follow[k] @ self.shared @ self.follow[k].T + self.own[k])


@dataclass(frozen=True, eq=False)
class JointFit(SeveralFits):
    """Spectra fitted with shared parameters.

    Attributes
    ----------
    shared : tuple of str
        Names in common.
    separate : tuple of CircuitFit
        The fits without sharing.
    test : EqualityTest
        Of the parameters in common against separate ones.
    chi2 : float
        Sum over the spectra, each weighted by the residual variance of its separate fit.
    v : ndarray, shape (K, q)
        Coordinates of ``model``; shared ones are equal in every row.
    arrow : ArrowCovariance
        Of the coordinates, for residuals of those variances.

    Examples
    --------
    >>> import numpy as np
    >>> from metastudy import eis
    >>> f = np.logspace(5, 0, 41)
    >>> circuit = eis.Circuit("R0-p(R1,C1)")
    >>> noise = np.random.default_rng(1).normal(1, 1e-3, (4, 41))
    >>> temperature_c = [20.0, 40.0, 60.0, 80.0]
    >>> line = eis.Arrhenius(1000.0, 20.0, 0.5, rises=False)
    >>> values = [{"R0": 10.0, "R1": float(line.at(t)), "C1": 1e-6} for t in temperature_c]
    >>> spectra = [
    ...     eis.Spectrum(f, circuit.impedance(f, each) * factor)
    ...     for each, factor in zip(values, noise, strict=True)
    ... ]
    >>> joint = eis.fit_joint(spectra, circuit, shared=["C1"])
    >>> joint.params.xs("C1", level=-1).nunique()
    1
    """

    shared: tuple[str, ...]
    separate: tuple[CircuitFit, ...]
    test: EqualityTest
    chi2: float
    model: Model = field(repr=False)
    v: FloatArray = field(repr=False)
    arrow: ArrowCovariance = field(repr=False)

    @property
    def circuit(self) -> Circuit:
        """Circuit of all spectra."""
        return self.model.circuit

    @cached_property
    def estimates(self) -> FloatArray:
        """Parameters (K, p) in their units; shared ones are equal in every row."""
        return self.model.natural(self.v)

    @cached_property
    def log_standard_errors(self) -> FloatArray:
        """Standard errors (K, p) of logarithms of positive parameters and of exponents."""
        errors = []
        for k, jacobian in enumerate(self._jacobians):
            variance = np.diag(jacobian @ self.arrow.block(k) @ jacobian.T)
            errors.append(np.sqrt(np.maximum(variance, 0.0)))
        return np.asarray(np.array(errors) * np.sqrt(self.chi2 / self.df_resid))

    @property
    def standard_errors(self) -> FloatArray:
        """Standard errors (K, p) in the parameters' units."""
        scale = np.where(self.model.is_log, self.estimates, 1.0)
        return np.asarray(self.log_standard_errors * scale)

    @property
    def nobs(self) -> int:
        """Real numbers fitted: two for each point."""
        return sum(one.nobs for one in self.separate)

    @property
    def df_resid(self) -> float:
        """Residual degrees of freedom: those of the separate fits, and what sharing frees."""
        return sum(one.df_resid for one in self.separate) + self.test.df[0]

    @property
    def llf(self) -> float:
        """Log-likelihood of normal errors in ohm, their variances in the ratio of separate fits."""
        return joint_log_likelihood(self.separate, self.chi2)

    def summary(self, alpha: float = 0.05) -> Summary:
        """Text of the fit, with the test of the sharing; prints itself, in a notebook as HTML."""
        from ...summary import Summary, SummaryTable

        return Summary(
            [
                f"Circuit      {self.circuit.text}",
                f"Spectra      {len(self.separate)}",
                f"Chi-square   {self.chi2:.5g} with {self.df_resid:.5g} degrees of freedom",
                f"Shared       {self.test.words}",
            ],
            [SummaryTable(f"{100 * (1 - alpha):g} % intervals", self.to_frame(alpha), digits=5)],
        )

    @property
    def _jacobians(self) -> list[FloatArray]:
        return [self.model.log_parameter_jacobian(row) for row in self.v]

    def _labels(self) -> pd.Index[Any]:
        import pandas as pd

        return pd.RangeIndex(len(self.separate), name="spectrum")

    def _ends(self, alpha: float) -> FloatArray:
        return ends_on_logs(
            self.estimates, self.log_standard_errors, self.model.is_log, self.df_resid, alpha
        )

    def _covariance(self) -> FloatArray:
        scale = np.where(self.model.is_log, self.estimates, 1.0)
        jacobians = [row[:, None] * j for row, j in zip(scale, self._jacobians, strict=True)]
        follow = np.concatenate([j @ g for j, g in zip(jacobians, self.arrow.follow, strict=True)])
        out = follow @ self.arrow.shared @ follow.T
        p = scale.shape[1]
        for k, jacobian in enumerate(jacobians):
            rows = slice(k * p, (k + 1) * p)
            out[rows, rows] += jacobian @ self.arrow.own[k] @ jacobian.T
        return np.asarray(out * self.chi2 / self.df_resid)

    def _curves(self) -> list[FitCurves]:
        spectra = [one.spectrum for one in self.separate]
        return curves_at(self.model, spectra, self.v)


def fit_joint(
    spectra: Sequence[Spectrum],
    circuit: str | Circuit,
    shared: Sequence[str],
    *,
    weight: str = "modulus",
    fix: Mapping[str, float] | None = None,
    tie: Ties | None = None,
    elements: Sequence[Element] = (),
) -> JointFit:
    """Fit one circuit to several spectra with the parameters ``shared`` equal in all of them.

    Arcs are taken in the order of rising time constant; where they cross along the series, share
    nothing before ``track_arcs`` has been asked.

    Raises
    ------
    CircuitError, FitError
        If a shared name is unknown, fixed or tied, or a spectrum cannot be fitted by itself.

    Examples
    --------
    >>> import numpy as np
    >>> from metastudy import eis
    >>> f = np.logspace(5, 0, 41)
    >>> circuit = eis.Circuit("R0-p(R1,C1)")
    >>> noise = np.random.default_rng(1).normal(1, 1e-3, (4, 41))
    >>> temperature_c = [20.0, 40.0, 60.0, 80.0]
    >>> line = eis.Arrhenius(1000.0, 20.0, 0.5, rises=False)
    >>> values = [{"R0": 10.0, "R1": float(line.at(t)), "C1": 1e-6} for t in temperature_c]
    >>> spectra = [
    ...     eis.Spectrum(f, circuit.impedance(f, each) * factor)
    ...     for each, factor in zip(values, noise, strict=True)
    ... ]
    >>> joint = eis.fit_joint(spectra, circuit, shared=["C1"])
    >>> joint.shared, joint.nobs
    (('C1',), 328)
    """
    if not isinstance(circuit, Circuit):
        circuit = Circuit(circuit, elements)
    if isinstance(shared, str) or not isinstance(shared, Sequence):
        raise FitError(f"shared is {shared!r}; give a list of parameters, as in ['CPE1_n']")
    circuit.require(list(shared))
    batch = fit_many(spectra, circuit, weight=weight, fix=fix, tie=tie)
    if batch.errors:
        k, reason = next(iter(batch.errors.items()))
        raise FitError(f"spectrum {k} cannot be fitted: {reason}")
    separate = [f for f in batch.fits if f is not None]
    if len(separate) < 2 or not shared:
        raise FitError("sharing needs at least two spectra and one parameter")
    # Arcs keep ln Q here: a shared Q needs a coordinate of its own.
    first = separate[0].model
    model = Model(circuit, first.fixed, first.tied, arcs=False)
    names = [circuit.names[i] for i in model.free]
    for name in shared:
        if name not in names:
            raise FitError(f"{name} is fixed or tied and cannot be shared; free it first")
    common = np.array([name in shared for name in names])
    start = np.concatenate([model.coordinates(f.estimates[None]) for f in separate])
    at, arrow = _solve(model, SeriesData.of(separate), start, common)
    df, extra = sum(f.df_resid for f in separate), int(common.sum()) * (len(separate) - 1)
    return JointFit(
        shared=tuple(shared),
        separate=tuple(separate),
        # Each spectrum is in units of its own residual variance, so separate fits cost their df.
        test=compare_costs(tuple(shared), "in all spectra", (at.cost, df), (extra, df), True),
        chi2=at.cost,
        model=model,
        v=at.v,
        arrow=arrow,
    )


@dataclass(frozen=True)
class _Point:
    """Coordinates (K, q) with the cost of all spectra, gradients (K, q) and normal matrices."""

    v: FloatArray
    cost: float
    gradient: FloatArray
    normal: FloatArray


def _solve(
    model: Model, data: SeriesData, v: FloatArray, common: BoolArray
) -> tuple[_Point, ArrowCovariance]:
    """Levenberg-Marquardt on the arrow: where it ends, and the covariance there."""

    def point(v: FloatArray) -> _Point:
        v = np.clip(v, model.low, model.high)
        cost, gradient, normal = data.assess(model, v)
        return _Point(v, float(sum(cost.tolist())), gradient, normal)

    def step(at: _Point, damping: float) -> _Point:
        return point(at.v + _step(model, at, common, damping)[0])

    v = v.copy()
    v[:, common] = v[:, common].mean(axis=0)
    at, _ = descend(point(v), lambda at: at.cost, step, relative=1e-10)
    return at, _step(model, at, common, 0.0)[1]


def _step(
    model: Model, at: _Point, common: BoolArray, damping: float
) -> tuple[FloatArray, ArrowCovariance]:
    """Step (K, q) and the covariance of the coordinates, from the arrow."""
    own = ~common
    count, q, m = *at.v.shape, int(common.sum())
    summed = at.gradient.copy()
    # A coordinate on a limit whose gradient points beyond it stays; for a shared one it is the sum.
    summed[:, common] = summed[:, common].sum(axis=0)
    still = ((at.v <= model.low) & (summed > 0)) | ((at.v >= model.high) & (summed < 0))
    gradient = np.where(still, 0.0, at.gradient)
    schur, right = np.zeros((m, m)), np.zeros(m)
    inverses, follow = np.zeros((count, q, q)), np.zeros((count, q, m))
    follow[:, common] = np.eye(m)
    for k in range(count):
        normal = _damped(at.normal[k], still[k], damping)
        inverse = np.linalg.inv(normal[np.ix_(own, own)])
        cross = normal[np.ix_(common, own)] @ inverse
        schur = schur + normal[np.ix_(common, common)] - cross @ normal[np.ix_(own, common)]
        right = right + gradient[k, common] - cross @ gradient[k, own]
        inverse[still[k, own]] = 0.0
        inverses[k][np.ix_(own, own)] = inverse
        follow[k, own] = -cross.T
    shared = np.asarray(np.linalg.inv(schur), dtype=float)
    shared[still[0, common]] = 0.0
    move = -shared @ right
    step = np.array([g @ move - i @ s for g, i, s in zip(follow, inverses, gradient, strict=True)])
    return np.clip(step, -2.0, 2.0), ArrowCovariance(shared, follow, inverses)


def _damped(normal: FloatArray, fixed: BoolArray, damping: float) -> FloatArray:
    """Return the normal matrix with its diagonal raised and fixed coordinates cut out."""
    out = np.where(fixed[:, None] | fixed[None, :], 0.0, normal)
    diagonal = np.einsum("ii->i", out)
    diagonal *= 1 + damping
    diagonal += 1e-12 * diagonal.max()
    diagonal[fixed] = 1.0
    return out
