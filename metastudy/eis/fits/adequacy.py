"""Whether a fitted circuit has the shape of the data, and what is known beforehand agrees.

A verdict on the parameters holds only where it does. The misfit is compared with the noise that
the Kramers-Kronig check reads off the spectrum without any circuit, so no choice of weights hides
it.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from ..circuits.model import Model
from ..numerics.normal_matrix import covariance
from ..numerics.rounding import rounding_error
from ..optimise.levenberg_marquardt import minimise
from ..optimise.multistart import autocorrelation
from ..spectrum import ComplexArray
from ..validation.kramers_kronig import KramersKronig, check_kramers_kronig
from ..validation.measurement_model import measure
from ..validation.signs import sign_remark
from ..weighting.data import interleave
from ..weighting.residual_tests import (
    MULTIPLE,
    in_waves,
    misfit,
    misfit_words,
    multiple_words,
)
from ..weighting.weights import ARITHMETIC, HIGH_FREQUENCY
from .drift_test import drift_test
from .fitted_circuit import FittedCircuit
from .noise_law import LOCALLY, WAVES, locally, meets, noise_law
from .outliers import outlier_remark

# Distance of the data from a prior in standard deviations of both: probability 3e-3.
_CONFLICT = 3.0


class Adequacy:
    """Remarks on one fit, each a phrase or empty."""

    def __init__(self, fit: FittedCircuit) -> None:
        self.fit = fit

    @property
    def remarks(self) -> list[str]:
        """Every remark that applies, the gravest first."""
        outliers = self.outlier_remark
        missed = "" if outliers else self.misfit_remark
        weights = self.weights_remark if missed else ""
        signs = sign_remark(self.fit.spectrum) if missed else ""
        drift = "" if outliers or (missed and not weights) else self.drift_remark
        words = (signs, weights or missed, outliers, drift, *self.prior_remarks)
        return [one for one in words if one]

    @cached_property
    def waves(self) -> bool:
        """Whether residuals of neighbouring points are alike."""
        fit = self.fit
        alike = autocorrelation(fit.model, fit.data, fit.minimum.v)[0] > WAVES
        return bool(alike or in_waves(fit.runs_test))

    @property
    def drift_remark(self) -> str:
        """Say that a resistance seems to drift along the sweep, or nothing."""
        tested = drift_test(self.fit)
        return "" if tested is None else tested.remark

    @cached_property
    def measured(self) -> KramersKronig | None:
        """What the spectrum shows without a circuit; None where it has too few points."""
        return check_kramers_kronig(self.fit.spectrum) if len(self.fit.spectrum) >= 10 else None

    @property
    def misfit_remark(self) -> str:
        """Say that the circuit has another shape than the data, or nothing."""
        fit = self.fit
        frequency = fit.spectrum.frequency_hz
        order = np.argsort(frequency, kind="stable")
        if fit.structure is not None and fit.structure.instrument > 0:
            # Above 1 MHz a smooth error of the instrument was asked for.
            order = order[frequency[order] <= HIGH_FREQUENCY]
        if self.measured is None or not order.size:
            return misfit_words(fit.misfit, waves=self.waves)
        share = (fit.resid / np.abs(fit.spectrum.impedance_ohm))[order]
        noise = self.measured.noise
        # Exact or rounded numbers show the steps of their digits, in waves where Z hardly changes.
        steps = self._rounding[order]
        least = max(noise, misfit(steps))
        size = misfit(share)
        if self.waves and size > MULTIPLE * least:
            return multiple_words(size, noise)
        here = locally(share)
        without = np.maximum(locally(self.measured.residual[order]), least)
        without = np.maximum(without, locally(steps))
        if fit.weight_law != "modulus":
            without = np.maximum(without, locally(self._under_weights[order]))
        worst = int(np.argmax(here / without))
        if here[worst] > LOCALLY * without[worst]:
            return multiple_words(here[worst], without[worst], frequency[order[worst]])
        return misfit_words(fit.misfit, waves=self.waves)

    @cached_property
    def outlier_remark(self) -> str:
        """Say that single points decide, or nothing."""
        if self.measured is None:
            return ""
        return outlier_remark(
            self.fit, self.measured, max(self.measured.noise, misfit(self._rounding))
        )

    @property
    def weights_remark(self) -> str:
        """Say that weights which do not suit the noise make the circuit miss, or nothing."""
        fit = self.fit
        if self.measured is None or fit.weight_law == "structure":
            return ""
        law = noise_law(fit, self.measured.outliers)
        if not law.differs(fit.base_weights) or not meets(fit, law):
            return ""
        return law.remark(fit.weight_law)

    @property
    def _under_weights(self) -> ComplexArray:
        """Residuals over |Z| of the measurement model under the weights of the fit, shape (n,)."""
        fit = self.fit
        z = fit.spectrum.impedance_ohm
        model = measure(fit.spectrum.omega, z, fit.weights)
        return np.asarray((z - model.fitted) / np.abs(z))

    @property
    def _rounding(self) -> ComplexArray:
        """Largest errors of both parts by the digits given, over |Z|, shape (n,)."""
        z = self.fit.spectrum.impedance_ohm
        half = np.sqrt(3.0) * rounding_error(interleave(z)).view(np.complex128)
        return np.asarray(half / np.abs(z) + (1 + 1j) * ARITHMETIC)

    @property
    def prior_remarks(self) -> list[str]:
        """Each prior that the spectrum alone contradicts, with the distance."""
        fit = self.fit
        model = fit.model
        if not model.priors or fit.df_resid <= 0:
            return []
        alone = Model(model.circuit, model.fixed, model.tied, bounds=model.bounds)
        start = alone.coordinates(fit.estimates[None])
        found = minimise(alone, fit.data, start)
        logs = alone.log_parameters(found.v)
        freedom = max(fit.nobs - found.v.shape[1], 1)
        jacobian = alone.log_parameter_jacobian(found.v[0])
        variance = np.diag(jacobian @ covariance(found.normal[0]) @ jacobian.T)
        variance = variance * found.cost[0] / freedom
        words = []
        for prior, distance in zip(model.priors, model.priors.standardised(logs)[0], strict=True):
            error = np.sqrt(1 + variance[prior.position] / prior.sd**2)
            if abs(distance) > _CONFLICT * error:
                value = float(alone.natural(found.v)[0, prior.position])
                words.append(
                    f"the spectrum alone gives {prior.name} = {value:.4g}, {abs(distance):.3g} "
                    f"standard deviations {'above' if distance > 0 else 'below'} its prior of "
                    f"{prior.value:.4g}: one of the two is wrong"
                )
        return words
