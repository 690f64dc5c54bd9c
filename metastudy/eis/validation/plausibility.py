"""What can be said of a spectrum before a circuit: Kramers-Kronig, passivity, cables, drift.

Each check says what was seen and where, or that nothing can be known. Nothing is dropped.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..spectrum import Spectrum, require_spectrum
from ..weighting.copies import first_of_copies, without_copies
from .kramers_kronig import KramersKronig, check_kramers_kronig, random_part
from .signs import sign_remark

# Series inductance of ordinary leads and stray capacitance of ordinary holders; a spectrum is
# warned about where the middle of either would move it by the tolerance.
CABLE_H = (0.2e-6, 2e-6)
STRAY_F = (10e-12, 30e-12)
TOLERANCE = 0.03
# Sweeps apart by more than this, and by more than four standard errors, have drifted.
DRIFT = 0.01


@dataclass(frozen=True)
class Check:
    """One check: its name, a verdict (ok, warning, fail, unknown), words, and the points meant."""

    name: str
    verdict: str
    words: str
    points: npt.NDArray[np.intp]


@dataclass(frozen=True)
class SpectrumCheck:
    """All checks of one spectrum; prints itself."""

    kramers_kronig: KramersKronig | None
    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Whether no check failed."""
        return all(check.verdict != "fail" for check in self.checks)

    def __getitem__(self, name: str) -> Check:
        return next(check for check in self.checks if check.name == name)

    def __str__(self) -> str:
        width = max(len(check.name) for check in self.checks)
        return "\n".join(f"{c.name:{width}}  {c.verdict:7}  {c.words}" for c in self.checks)


def check(spectrum: Spectrum) -> SpectrumCheck:
    """Check a spectrum: Kramers-Kronig, outliers, passivity, high-frequency leads, drift.

    Examples
    --------
    >>> import numpy as np
    >>> from metastudy import eis
    >>> f = np.logspace(5, 0, 41)
    >>> z = eis.Circuit("R0-p(R1,C1)").impedance(f, {"R0": 10.0, "R1": 100.0, "C1": 1e-6})
    >>> spectrum = eis.Spectrum(f, z)
    >>> outcome = eis.check(spectrum)
    >>> outcome.passed
    True
    >>> outcome["passivity"].verdict
    'ok'
    """
    require_spectrum(spectrum)
    none = np.array([], dtype=np.intp)
    residual: KramersKronig | None = None
    if len(spectrum) >= 10 and np.all(spectrum.impedance_ohm != 0):
        residual = check_kramers_kronig(spectrum)
        verdict = "ok" if residual.passed else "fail"
        relations = Check("Kramers-Kronig", verdict, residual.words, none)
        outliers = _outliers(spectrum, residual)
    else:
        why = "fewer than 10 points, or one of exactly 0 ohm"
        relations = Check("Kramers-Kronig", "unknown", why, none)
        outliers = Check("outliers", "unknown", why, none)
    noise = residual.noise if residual is not None else DRIFT
    return SpectrumCheck(
        residual,
        (
            relations,
            outliers,
            _passivity(spectrum, noise),
            _leads(spectrum),
            drift(spectrum),
        ),
    )


def _outliers(spectrum: Spectrum, residual: KramersKronig) -> Check:
    points = residual.outliers
    if points.size == 0:
        return Check("outliers", "ok", "no point stands out from its neighbours", points)
    where = ", ".join(f"{f:.4g} Hz" for f in spectrum.frequency_hz[points])
    return Check("outliers", "warning", f"{points.size} points stand out: {where} (kept)", points)


def _passivity(spectrum: Spectrum, noise: float) -> Check:
    """Check that no passive cell has Re Z < 0 beyond its noise."""
    z = spectrum.impedance_ohm
    points = np.flatnonzero(z.real < -3 * noise * np.abs(z))
    turned = sign_remark(spectrum)
    if points.size == 0:
        words = f"Re Z >= 0 within the noise{turned and '; '}{turned}"
        return Check("passivity", "warning" if turned else "ok", words, points)
    f = spectrum.frequency_hz[points]
    words = (
        f"Re Z < 0 at {points.size} points from {f.min():.4g} to {f.max():.4g} Hz; a cell cannot "
        "do that, so look at sign, leads and reference electrode there"
        f"{turned and '; '}{turned}"
    )
    return Check("passivity", "fail", words, points)


def _leads(spectrum: Spectrum) -> Check:
    """Say where ordinary leads and holders would move the spectrum, or visibly do."""
    omega, z = spectrum.omega, spectrum.impedance_ohm
    cable = omega * np.sqrt(CABLE_H[0] * CABLE_H[1]) / np.abs(z)
    stray = omega * np.sqrt(STRAY_F[0] * STRAY_F[1]) * np.abs(z)
    points = np.flatnonzero((cable > TOLERANCE) | (stray > TOLERANCE))
    parts = []
    top = int(np.argmax(omega))
    if z[top].imag > 0:
        inductance = z[top].imag / omega[top]
        parts.append(f"Im Z > 0 at the top: at least {1e6 * inductance:.2g} uH in series")
        points = np.union1d(points, np.flatnonzero((z.imag > 0) & (omega > omega[top] / 100)))
    for name, size, share in (
        (f"leads of {1e6 * CABLE_H[0]:g} to {1e6 * CABLE_H[1]:g} uH", cable, "series L"),
        (f"a stray {1e12 * STRAY_F[0]:g} to {1e12 * STRAY_F[1]:g} pF", stray, "parallel C"),
    ):
        if (size > TOLERANCE).any():
            low = spectrum.frequency_hz[size > TOLERANCE].min()
            parts.append(
                f"above {low:.3g} Hz {name} would move Z by more than {100 * TOLERANCE:g} %: "
                f"fit a {share}"
            )
    if not parts:
        words = f"leads and stray capacitance move Z by less than {100 * TOLERANCE:g} %"
        return Check("high frequency", "ok", words, points)
    return Check("high frequency", "warning", "; ".join(parts), points)


def drift(spectrum: Spectrum) -> Check:
    """Compare points measured twice: repeats, or an up and a down sweep; copies are none."""
    copies = np.flatnonzero(first_of_copies(spectrum) != np.arange(len(spectrum)))
    if copies.size:
        distinct, kept = without_copies(spectrum)
        rest = drift(distinct)
        words = (
            f"{copies.size} points are copies, identical to the last digit that both have, and no "
            f"measurement; without them: {rest.words}"
        )
        return Check("drift", rest.verdict, words, kept[rest.points])
    order = np.argsort(spectrum.frequency_hz, kind="stable")
    f = spectrum.frequency_hz[order]
    same = np.flatnonzero(np.diff(f) <= 1e-3 * f[:-1])
    none = np.array([], dtype=np.intp)
    if same.size == 0:
        words = "drift unknown: no frequency was measured twice; repeat points or sweep up and down"
        return Check("drift", "unknown", words, none)
    first, second = order[same], order[same + 1]
    first, second = np.minimum(first, second), np.maximum(first, second)
    z = spectrum.impedance_ohm
    change = (z[second] - z[first]) / np.abs(z[first])
    # Drift is what neighbouring differences have in common; their noise averages out.
    width = min(5, change.size)
    common = np.abs(np.convolve(change, np.ones(width) / width, mode="valid"))
    noise = random_part(change)
    worst = int(np.argmax(common))
    moved = common[worst] > max(DRIFT, 4 * noise / np.sqrt(width))
    at = spectrum.frequency_hz[first[worst + width // 2]]
    words = (
        f"{same.size} frequencies measured twice; between the two times Z moved by up to "
        f"{100 * common[worst]:.2g} % (near {at:.3g} Hz), noise {100 * noise:.2g} %"
    )
    return Check("drift", "fail" if moved else "ok", words, np.union1d(first, second))
