"""The fit that users call: of a circuit of their own, or of one proposed from the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy.typing as npt

from .circuits.bounds import Bounds
from .circuits.circuit import Circuit
from .circuits.elements import Element
from .errors import FitError
from .fits.fitting import fit_circuit
from .fits.options import Priors, Ties, require_stated
from .fits.result import CircuitFit
from .proposal.propose import propose_circuit
from .spectrum import Spectrum, require_spectrum
from .validation.signs import sign_remark


def fit(
    spectrum: Spectrum,
    circuit: str | Circuit | None = None,
    *,
    weight: str | npt.ArrayLike = "modulus",
    loss: str | None = None,
    high_frequency_error: float = 0.0,
    fix: Mapping[str, float] | None = None,
    tie: Ties | None = None,
    prior: Priors | None = None,
    bounds: Bounds | None = None,
    start: Mapping[str, float] | None = None,
    starts: int | None = None,
    elements: Sequence[Element] = (),
) -> CircuitFit:
    """Fit an equivalent circuit by complex non-linear least squares; no start values needed.

    Parameters
    ----------
    spectrum : Spectrum
        Impedance of the whole cell in ohm.
    circuit : str or Circuit, optional
        ``R0-p(R1,CPE1)`` or ``R(RQ)``. Without it one is proposed from the data; the result's
        ``proposal`` says why.
    weight : {"modulus", "proportional", "unit", "structure"} or array_like
        Law of the standard deviations: proportional to |Z|, to each part, constant, or a law in
        |Z| and frequency read off the residuals (``ErrorStructure``); or the deviations
        themselves in ohm, shape (n,), real for both parts or complex. Their common factor is
        estimated in every case.
    loss : {"linear", "huber", "soft_l1", "cauchy"}, optional
        Loss on the residual of a point in robust standard deviations; all but the first keep
        single bad points from pulling the fit. By default linear, that is squares; where a circuit
        is proposed, Huber's if single points would decide it, and the reason says so.
    high_frequency_error : float
        Relative error of the instrument at 7 MHz, rising linearly from 1 MHz, as its maker states
        it (often 0.01 to 0.03): a smooth error that neighbouring points share
        (``correlated_errors``), beside those read off the residuals, so it goes with
        ``weight="structure"``.
    fix : mapping of str to float, optional
        Parameters held at a value.
    tie : mapping of str to str or (str, float), optional
        ``{"CPE2_n": "CPE1_n"}`` or ``{"R2": ("R1", 2.0)}``: R2 = 2 R1.
    prior : mapping of str to (float, float), optional
        What is known beforehand, ``{"R1": (3000.0, 0.1)}``: a value in its unit and a relative
        standard deviation, of ln R1; for an exponent the standard deviation itself (``priors``).
    bounds : mapping of str to (float, float), optional
        ``{"CPE1_n": (0.8, 1.0)}``: lowest and highest value in the parameter's unit; None or an
        infinite side is open. A parameter that ends on a bound is named in the verdict.
    start : mapping of str to float, optional
        A start of your own, some or all parameters, tried beside those from the data. It also
        keeps the arcs in your order; otherwise interchangeable arcs are sorted by rising time
        constant.
    starts : int, optional
        Starts of the first round of the search, 6 by default; 1 with ``start`` is that start alone,
        without a search.
    elements : sequence of Element, optional
        Elements of your own in ``circuit``.

    Returns
    -------
    CircuitFit

    Raises
    ------
    CircuitError
        If the circuit cannot be read or has no such parameter.
    FitError
        If there are fewer data than parameters, an option is not one of those named, or a circuit
        is to be proposed and Re Z is negative nearly everywhere.

    Examples
    --------
    >>> import numpy as np
    >>> from metastudy import eis
    >>> f = np.logspace(5, 0, 41)
    >>> z = eis.Circuit("R0-p(R1,C1)").impedance(f, {"R0": 10.0, "R1": 100.0, "C1": 1e-6})
    >>> spectrum = eis.Spectrum(f, z)
    >>> fit = eis.fit(spectrum, "R0-p(R1,C1)")
    >>> round(float(fit.params["R1"]), 3)
    100.0
    >>> fixed = eis.fit(spectrum, "R0-p(R1,C1)", fix={"R0": 12.0})
    >>> float(fixed.params["R0"]), bool(fixed.chi2 > fit.chi2)
    (12.0, True)
    """
    if circuit is not None:
        return fit_circuit(
            spectrum,
            circuit,
            weight=weight,
            loss=loss,
            high_frequency_error=high_frequency_error,
            fix=fix,
            tie=tie,
            prior=prior,
            bounds=bounds,
            start=start,
            starts=starts,
            elements=elements,
        )
    require_spectrum(spectrum)
    require_stated(high_frequency_error, weight)
    if fix or tie or start or prior or bounds:
        raise FitError("fix, tie, prior, bounds and start name parameters, so they need a circuit")
    turned = sign_remark(spectrum)
    if turned.startswith("Re Z"):
        raise FitError(f"no circuit can be proposed: {turned}")
    return propose_circuit(
        spectrum, weight=weight, loss=loss, high_frequency_error=high_frequency_error
    )
