"""Pictures of spectra, fits and distributions; the only module here that imports matplotlib.

Points are measured, lines are fitted. The functions take arrays and labels; those that make a
figure return it and show nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import fill

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...units import ZERO_CELSIUS_K
from ..errors import FitError
from ..spectrum import ComplexArray, FloatArray
from .arc_outlines import ArcOutline, outlines_of
from .curves import FitCurves, LineCurve, SeriesPoints

# Okabe and Ito's palette, readable with any colour vision.
INK, POINT, LINE = "#222222", "#56B4E9", "#D55E00"
ARCS = ("#009E73", "#CC79A7", "#E69F00", "#0072B2")
# A spectrum that reaches this many widths of its arcs away from them leaves no room to see them.
TAIL = 3.0
# More spectra than this in one picture have no legend.
MOST_NAMED = 12
KINDS = ("nyquist", "bode", "residuals", "all")
_PREFIX = ((1e6, "M"), (1e3, "k"), (1.0, ""), (1e-3, "m"))


def plot_fit(
    fit: FitCurves, kind: str = "nyquist", labels: Mapping[str, str] | None = None
) -> Figure:
    """Draw a fit as ``nyquist``, ``bode``, ``residuals``, or ``all`` of them.

    With ``labels`` the arcs of the Nyquist plot carry them, by their resistors.

    Raises
    ------
    FitError
        If the kind is not one of these.
    """
    if kind not in KINDS:
        raise FitError(f"plot kind {kind!r} is not known; use one of {', '.join(KINDS)}")
    if kind == "nyquist":
        figure, axes = plt.subplots(figsize=(6.4, 4.6), layout="constrained")
        nyquist(axes, fit, labels)
    elif kind == "bode":
        figure, pair = plt.subplots(2, 1, figsize=(6.4, 5.2), sharex=True, layout="constrained")
        bode(pair[0], pair[1], fit)
    elif kind == "residuals":
        figure, axes = plt.subplots(figsize=(6.4, 3.2), layout="constrained")
        residuals(axes, fit)
    else:
        figure, grid = plt.subplots(2, 2, figsize=(11.0, 7.2), layout="constrained")
        nyquist(grid[0, 0], fit, labels)
        bode(grid[0, 1], grid[1, 1], fit)
        residuals(grid[1, 0], fit)
    return figure


def nyquist(axes: Axes, fit: FitCurves, labels: Mapping[str, str] | None = None) -> None:
    """Draw Re Z against -Im Z with equal axes: points, fit, each arc shaded, decades marked.

    Where a blocking tail would leave no room for the arcs, the axes hold the arcs and a small frame
    the whole spectrum.
    """
    z = fit.measured_ohm
    arcs = outlines_of(fit.circuit, fit.parameters)
    view = _view(z, arcs)
    scale, prefix = _unit(view.size if view is not None else float(np.abs(z).max()))
    _shade(axes, arcs, scale, labels or {})
    model = fit.line_ohm / scale
    axes.plot(model.real, -model.imag, color=LINE, lw=1.6, zorder=3, label=fit.circuit.text)
    axes.plot(
        z.real / scale, -z.imag / scale, "o", ms=4, mfc=POINT, mec=INK, mew=0.4, zorder=4,
        label="measured",
    )  # fmt: skip
    axes.set_aspect("equal", adjustable="datalim" if view is None else "box")
    if view is not None:
        axes.set_xlim(view.left / scale, view.right / scale)
        axes.set_ylim(view.bottom / scale, view.top / scale)
        _whole(axes, z, model * scale)
    elif labels:
        # Room for the names below the axis: a text does not widen the limits, a point does.
        axes.plot(float(z.real.min()) / scale, -0.15 * float(np.ptp(z.imag)) / scale, ls="")
    _mark_decades(axes, fit.frequency_hz, z / scale, scale, view)
    axes.axhline(0, color=INK, lw=0.6, zorder=1)
    axes.set_xlabel(f"Re Z / {prefix}Ω")
    axes.set_ylabel(f"−Im Z / {prefix}Ω")
    above = {} if view is None else {"bbox_to_anchor": (0.0, 1.0), "ncols": 2}
    axes.legend(loc="best" if view is None else "lower left", frameon=False, fontsize=8, **above)
    _bare(axes)


@dataclass(frozen=True)
class _View:
    """The part of the plane that the axes hold (ohm)."""

    left: float
    right: float
    bottom: float
    top: float

    @property
    def size(self) -> float:
        """Width of the view."""
        return self.right - self.left

    def holds(self, z: complex) -> bool:
        """Whether an impedance lies in the view."""
        return self.left < z.real < self.right and self.bottom < -z.imag < self.top


def _view(z: ComplexArray, arcs: list[ArcOutline]) -> _View | None:
    """Return the part of the plane that holds the arcs, where the spectrum goes far beyond it."""
    if not arcs:
        return None
    left = min(float(arc.x.min()) for arc in arcs)
    right = max(float(arc.x.max()) for arc in arcs)
    width = right - left
    if not 0 < TAIL * width < float(np.abs(z - left).max()):
        return None
    return _View(left - 0.15 * width, right + 0.85 * width, -0.3 * width, 0.9 * width)


def _whole(axes: Axes, z: ComplexArray, model: ComplexArray) -> None:
    """Draw the whole spectrum into a small frame."""
    scale, prefix = _unit(float(np.abs(z).max()))
    inset = axes.inset_axes((0.79, 0.47, 0.21, 0.44))
    inset.plot(model.real / scale, -model.imag / scale, color=LINE, lw=1.0)
    inset.plot(z.real / scale, -z.imag / scale, "o", ms=2, mfc=POINT, mec=INK, mew=0.2)
    inset.set_aspect("equal", adjustable="datalim")
    inset.set_title(f"all / {prefix}Ω", fontsize=7, loc="left", pad=2)
    inset.locator_params(nbins=3)
    inset.tick_params(labelsize=6)
    inset.grid(visible=False)


def _shade(axes: Axes, arcs: list[ArcOutline], scale: float, labels: Mapping[str, str]) -> None:
    """Fill each arc and write its resistor, or its label."""
    for colour, arc in zip(ARCS * 3, arcs, strict=False):
        x, y = arc.x / scale, arc.y / scale
        axes.fill_between(x, y, color=colour, alpha=0.18, lw=0, zorder=1)
        top = int(np.argmax(y))
        label, at, down, va = arc.name, (float(x[top]), float(y[top])), -11, "baseline"
        if label in labels:
            # Labels are long: they are written below the real axis, where no points are.
            label, at, down, va = labels[label], (float(x[top]), 0.0), -3, "top"
        axes.annotate(
            label, at, xytext=(0, down), zorder=5, textcoords="offset points", ha="center", va=va,
            fontsize=8, color=colour, annotation_clip=True,
        )  # fmt: skip


def _mark_decades(
    axes: Axes, f: FloatArray, z: ComplexArray, scale: float, view: _View | None
) -> None:
    """Mark decades of frequency at the nearest measured point ``z`` (scaled), if there is room."""
    # Labels need room on the axes, which arcs can make wider than the measured points.
    reach = max(float(np.abs(z).max()), float(axes.dataLim.width))
    if view is not None:
        reach = view.size / scale
    taken: list[complex] = []
    for exponent in range(int(np.ceil(np.log10(f.min()))), int(np.floor(np.log10(f.max()))) + 1):
        k = int(np.argmin(np.abs(np.log10(f) - exponent)))
        if view is not None and not view.holds(complex(z[k]) * scale):
            continue
        if all(abs(z[k] - other) > 0.09 * reach for other in taken):
            taken.append(complex(z[k]))
            axes.annotate(
                _hertz(exponent), (z[k].real, -z[k].imag), xytext=(0, 7), color=INK,
                textcoords="offset points", ha="center", fontsize=7, zorder=5,
            )  # fmt: skip
            axes.plot(z[k].real, -z[k].imag, "o", ms=4.5, color=INK, zorder=5)


def bode(modulus: Axes, phase: Axes, fit: FitCurves) -> None:
    """Draw |Z| and phase against frequency."""
    f, z, fine, model = fit.frequency_hz, fit.measured_ohm, fit.fine_hz, fit.line_ohm
    points = {"marker": "o", "ls": "", "ms": 4, "mfc": POINT, "mec": INK, "mew": 0.4}
    modulus.loglog(f, np.abs(z), **points)
    modulus.loglog(fine, np.abs(model), color=LINE, lw=1.6)
    modulus.set_ylabel("|Z| / Ω")
    phase.semilogx(f, -np.degrees(np.angle(z)), **points)
    phase.semilogx(fine, -np.degrees(np.angle(model)), color=LINE, lw=1.6)
    phase.set_ylabel("−phase / °")
    phase.set_xlabel("frequency / Hz")
    for axes in (modulus, phase):
        _bare(axes)


def residuals(axes: Axes, fit: FitCurves) -> None:
    """Draw residuals of Re and Im in per cent of |Z|, outliers ringed."""
    f, z = fit.frequency_hz, fit.measured_ohm
    share = 100 * (z - fit.fitted_ohm) / np.abs(z)
    _residual_pair(axes, f, share.real, share.imag)
    for k in fit.outliers:
        axes.plot(f[k], share[k].real, "o", ms=10, mfc="none", mec=INK)
        axes.plot(f[k], share[k].imag, "o", ms=10, mfc="none", mec=INK)
    axes.set_title(fit.residual_words, fontsize=8, loc="left")


def plot_spectra(fits: Sequence[FitCurves], labels: Sequence[str]) -> Figure:
    """Draw several fitted spectra as Nyquist plots, one colour and label each."""
    figure, axes = plt.subplots(figsize=(6.4, 4.6), layout="constrained")
    scale, prefix = _unit(max(float(np.abs(fit.measured_ohm).max()) for fit in fits))
    for k, (fit, label) in enumerate(zip(fits, labels, strict=True)):
        colour = ARCS[k % len(ARCS)]
        z, line = fit.measured_ohm / scale, fit.line_ohm / scale
        axes.plot(line.real, -line.imag, color=colour, lw=1.2, zorder=3)
        axes.plot(z.real, -z.imag, "o", ms=4, mfc=colour, mec=INK, mew=0.4, zorder=4, label=label)
    axes.set_aspect("equal", adjustable="datalim")
    axes.axhline(0, color=INK, lw=0.6, zorder=1)
    axes.set_xlabel(f"Re Z / {prefix}Ω")
    axes.set_ylabel(f"−Im Z / {prefix}Ω")
    if len(fits) <= MOST_NAMED:
        axes.legend(loc="best", frameon=False, fontsize=8)
    _bare(axes)
    return figure


def plot_kramers_kronig(
    frequency_hz: FloatArray,
    residual: ComplexArray,
    bad_ranges: Sequence[tuple[float, float]],
    words: str,
) -> Figure:
    """Draw the residuals of a Kramers-Kronig check over |Z|, shape (n,), bad ranges (Hz) shaded."""
    figure, axes = plt.subplots(figsize=(6.4, 3.2), layout="constrained")
    share = 100 * residual
    _residual_pair(axes, frequency_hz, share.real, share.imag)
    for low, high in bad_ranges:
        axes.axvspan(low, high, color=LINE, alpha=0.15, lw=0)
    axes.set_title(fill(words, 90), fontsize=8, loc="left")
    return figure


def plot_relaxation_times(
    tau: FloatArray,
    gamma: FloatArray,
    gamma_se: FloatArray,
    window: tuple[float, float],
    arcs: Sequence[tuple[float, float]],
) -> Figure:
    """Draw a distribution of relaxation times with its standard error.

    Parameters
    ----------
    tau, gamma, gamma_se : ndarray, shape (m,)
        Time constants (s), distribution per unit of ln tau and its standard error (ohm).
    window : (float, float)
        Time constants (s) that were measured.
    arcs : sequence of (float, float)
        Time constant (s) and area (ohm) of each peak that is marked.
    """
    figure, axes = plt.subplots(figsize=(6.4, 3.6), layout="constrained")
    scale, prefix = _unit(float(gamma.max(initial=0.0)))
    gamma, se = gamma / scale, gamma_se / scale
    axes.axvspan(*window, color="#EEEEEE", lw=0, zorder=0)
    axes.fill_between(tau, np.maximum(gamma - se, 0), gamma + se, color=POINT, alpha=0.35, lw=0)
    axes.semilogx(tau, gamma, color=INK, lw=1.4)
    top = float(gamma.max(initial=1e-300))
    for peak_s, area_ohm in arcs:
        height = float(np.interp(np.log(peak_s), np.log(tau), gamma))
        axes.annotate(
            _ohm(area_ohm), (peak_s, height), xytext=(0, 5), ha="center",
            textcoords="offset points", fontsize=8,
        )  # fmt: skip
    axes.set_ylim(0, 1.15 * top)
    axes.set_xlabel("relaxation time / s (measured window grey)")
    axes.set_ylabel(f"γ / {prefix}Ω")
    _bare(axes)
    return figure


def plot_series(
    points: Sequence[SeriesPoints], lines: Sequence[LineCurve], melting_c: float | None = None
) -> Figure:
    """Draw resistances over 1/T with their lines, and capacitances of the arcs below them.

    Resistances with their intervals; open symbols where they are not determined. A full line holds
    its resistances, a broken one was drawn through free ones.
    """
    figure, (upper, lower) = plt.subplots(
        2, 1, figsize=(6.4, 6.4), sharex=True, height_ratios=(2, 1), layout="constrained"
    )
    drawn = {line.name for line in lines}
    for one, colour in zip(points, ARCS * 3, strict=False):
        x, known = 1000 / (one.temperature_c + ZERO_CELSIUS_K), one.determined
        reach = np.array([one.r_ohm - one.lower, one.upper - one.r_ohm])
        upper.errorbar(
            x[known], one.r_ohm[known], reach[:, known], fmt="o", ms=4.5, mfc=colour, mec=INK,
            mew=0.4, ecolor=colour, label="" if one.name in drawn else one.name,
        )  # fmt: skip
        upper.plot(x[~known], one.r_ohm[~known], "o", ms=4.5, mfc="none", mec=colour)
        lower.plot(x, one.c_f, "o", ms=4.5, mfc=colour, mec=INK, mew=0.4)
        for line in lines:
            if line.name == one.name:
                upper.plot(
                    1000 / (line.temperature_c + ZERO_CELSIUS_K), line.r_ohm, color=colour, lw=1.4,
                    ls="-" if line.held else "--", zorder=1, label=line.legend,
                )  # fmt: skip
    _decades(upper, [one.r_ohm[one.determined] for one in points])
    upper.set_ylabel("R / Ω")
    _decades(lower, [one.c_f for one in points])
    lower.set_ylabel("C / F")
    lower.set_xlabel("1000 / T (1/K)")
    if melting_c is not None:
        for axes in (upper, lower):
            axes.axvline(1000 / (melting_c + ZERO_CELSIUS_K), color=INK, lw=0.6, ls=":")
    upper.legend(loc="best", frameon=False, fontsize=8)
    _bare(upper)
    _bare(lower)
    return figure


def _decades(axes: Axes, values: Sequence[FloatArray]) -> None:
    """Set a logarithmic axis with half a decade of room around the finite values."""
    axes.set_yscale("log")
    every = np.concatenate([np.asarray(part) for part in values]) if values else np.empty(0)
    finite = every[np.isfinite(every)]
    if finite.size:
        axes.set_ylim(finite.min() / 3, finite.max() * 3)


def _residual_pair(axes: Axes, f: FloatArray, real: FloatArray, imag: FloatArray) -> None:
    axes.axhline(0, color=INK, lw=0.6)
    axes.semilogx(f, real, "o", ms=4, mfc=POINT, mec=INK, mew=0.4, label="Re")
    axes.semilogx(f, imag, "s", ms=4, mfc=LINE, mec=INK, mew=0.4, label="Im")
    axes.set_xlabel("frequency / Hz")
    axes.set_ylabel("residual / % of |Z|")
    axes.legend(loc="best", frameon=False, fontsize=8, ncols=2)
    _bare(axes)


def _unit(size: float) -> tuple[float, str]:
    for factor, prefix in _PREFIX:
        if size >= 2 * factor:
            return factor, prefix
    return _PREFIX[-1]


def _ohm(value: float) -> str:
    factor, prefix = _unit(2 * value)
    return f"{value / factor:.3g} {prefix}Ω"


def _hertz(exponent: int) -> str:
    for factor, prefix in ((6, "M"), (3, "k"), (0, ""), (-3, "m")):
        if exponent >= factor:
            return f"{10 ** (exponent - factor)} {prefix}Hz"
    return f"1e{exponent} Hz"


def _bare(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8)
