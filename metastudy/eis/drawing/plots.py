"""Pictures of spectra, fits and distributions; the only module here that imports matplotlib.

Points are measured, lines are fitted. Every function returns the figure and shows nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import fill
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...units import ZERO_CELSIUS_K
from ..errors import FitError
from ..spectrum import ComplexArray, FloatArray
from .arc_outlines import ArcShape, arc_shapes

if TYPE_CHECKING:
    from ..cells.assignment import Assignments
    from ..fits.result import CircuitFit
    from ..series.lines import SeriesLine
    from ..series.result import SeriesFit
    from ..spectrum import Spectrum
    from ..validation.drt import RelaxationTimes
    from ..validation.kramers_kronig import KramersKronig

# Okabe and Ito's palette, readable with any colour vision.
INK, POINT, LINE = "#222222", "#56B4E9", "#D55E00"
ARCS = ("#009E73", "#CC79A7", "#E69F00", "#0072B2")
# A spectrum that reaches this many widths of its arcs away from them leaves no room to see them.
TAIL = 3.0
KINDS = ("nyquist", "bode", "residuals", "all")
_PREFIX = ((1e6, "M"), (1e3, "k"), (1.0, ""), (1e-3, "m"))


def plot_fit(fit: CircuitFit, kind: str = "nyquist", assigned: Assignments | None = None) -> Figure:
    """Draw a fit as ``nyquist``, ``bode``, ``residuals``, or ``all`` of them.

    With ``assigned`` every arc of the Nyquist plot carries the name that it was given.

    Raises
    ------
    FitError
        If the kind is not one of these.
    """
    if kind not in KINDS:
        raise FitError(f"plot kind {kind!r} is not known; use one of {', '.join(KINDS)}")
    if kind == "nyquist":
        figure, axes = plt.subplots(figsize=(6.4, 4.6), layout="constrained")
        nyquist(axes, fit, assigned)
    elif kind == "bode":
        figure, pair = plt.subplots(2, 1, figsize=(6.4, 5.2), sharex=True, layout="constrained")
        bode(pair[0], pair[1], fit)
    elif kind == "residuals":
        figure, axes = plt.subplots(figsize=(6.4, 3.2), layout="constrained")
        residuals(axes, fit)
    else:
        figure, grid = plt.subplots(2, 2, figsize=(11.0, 7.2), layout="constrained")
        nyquist(grid[0, 0], fit, assigned)
        bode(grid[0, 1], grid[1, 1], fit)
        residuals(grid[1, 0], fit)
    return figure


def nyquist(axes: Axes, fit: CircuitFit, assigned: Assignments | None = None) -> None:
    """Draw Re Z against -Im Z with equal axes: points, fit, each arc shaded, decades marked.

    Where a blocking tail would leave no room for the arcs, the axes hold the arcs and a small frame
    the whole spectrum.
    """
    z = fit.spectrum.impedance_ohm
    frequency = _fine(fit.spectrum)
    arcs = arc_shapes(
        fit.circuit, dict(zip(fit.circuit.names, fit.estimates.tolist(), strict=True))
    )
    view = _view(z, arcs)
    scale, prefix = _unit(view.size if view is not None else float(np.abs(z).max()))
    _shade(axes, arcs, scale, assigned)
    model = fit.impedance(frequency) / scale
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
    elif assigned is not None:
        # Room for the names below the axis: a text does not widen the limits, a point does.
        axes.plot(float(z.real.min()) / scale, -0.15 * float(np.ptp(z.imag)) / scale, ls="")
    _mark_decades(axes, fit.spectrum, scale, view)
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


def _view(z: ComplexArray, arcs: list[ArcShape]) -> _View | None:
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


def _shade(axes: Axes, arcs: list[ArcShape], scale: float, assigned: Assignments | None) -> None:
    """Fill each arc and write its resistor, or the name that it was given."""
    for colour, arc in zip(ARCS * 3, arcs, strict=False):
        x, y = arc.x / scale, arc.y / scale
        axes.fill_between(x, y, color=colour, alpha=0.18, lw=0, zorder=1)
        top = int(np.argmax(y))
        label, at, down, va = arc.name, (float(x[top]), float(y[top])), -11, "baseline"
        if assigned is not None and label in {a.arc.name for a in assigned}:
            # Names are long: they stand below the real axis, where no points are.
            label, at, down, va = assigned[label].label, (float(x[top]), 0.0), -3, "top"
        axes.annotate(
            label, at, xytext=(0, down), zorder=5, textcoords="offset points", ha="center", va=va,
            fontsize=8, color=colour, annotation_clip=True,
        )  # fmt: skip


def _mark_decades(axes: Axes, spectrum: Spectrum, scale: float, view: _View | None) -> None:
    """Mark decades of frequency at the nearest measured point, where there is room."""
    f, z = spectrum.frequency_hz, spectrum.impedance_ohm / scale
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


def bode(modulus: Axes, phase: Axes, fit: CircuitFit) -> None:
    """Draw |Z| and phase against frequency."""
    f, z = fit.spectrum.frequency_hz, fit.spectrum.impedance_ohm
    fine = _fine(fit.spectrum)
    model = fit.impedance(fine)
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


def residuals(axes: Axes, fit: CircuitFit) -> None:
    """Draw residuals of Re and Im in per cent of |Z|, outliers ringed."""
    f = fit.spectrum.frequency_hz
    share = 100 * fit.resid / np.abs(fit.spectrum.impedance_ohm)
    _residual_pair(axes, f, share.real, share.imag)
    for k in fit.outliers:
        axes.plot(f[k], share[k].real, "o", ms=10, mfc="none", mec=INK)
        axes.plot(f[k], share[k].imag, "o", ms=10, mfc="none", mec=INK)
    axes.set_title(
        f"{fit.runs_test.runs} runs, {fit.runs_test.expected:.0f} expected "
        f"(p = {fit.runs_test.pvalue:.2g})",
        fontsize=8, loc="left",
    )  # fmt: skip


def plot_kramers_kronig(check: KramersKronig) -> Figure:
    """Draw the residuals of a Kramers-Kronig check, bad ranges shaded."""
    figure, axes = plt.subplots(figsize=(6.4, 3.2), layout="constrained")
    share = 100 * check.residual
    _residual_pair(axes, check.spectrum.frequency_hz, share.real, share.imag)
    for low, high in check.bad_ranges:
        axes.axvspan(low, high, color=LINE, alpha=0.15, lw=0)
    axes.set_title(fill(check.words, 90), fontsize=8, loc="left")
    return figure


def plot_relaxation_times(times: RelaxationTimes) -> Figure:
    """Draw a distribution of relaxation times with its standard error and counted arcs."""
    figure, axes = plt.subplots(figsize=(6.4, 3.6), layout="constrained")
    scale, prefix = _unit(float(times.gamma.max(initial=0.0)))
    gamma, se = times.gamma / scale, times.gamma_se / scale
    axes.axvspan(*times.window, color="#EEEEEE", lw=0, zorder=0)
    axes.fill_between(
        times.tau, np.maximum(gamma - se, 0), gamma + se, color=POINT, alpha=0.35, lw=0
    )
    axes.semilogx(times.tau, gamma, color=INK, lw=1.4)
    top = float(gamma.max(initial=1e-300))
    for peak in times.arcs:
        height = float(np.interp(np.log(peak.tau), np.log(times.tau), gamma))
        axes.annotate(
            _ohm(peak.area), (peak.tau, height), xytext=(0, 5), ha="center",
            textcoords="offset points", fontsize=8,
        )  # fmt: skip
    axes.set_ylim(0, 1.15 * top)
    axes.set_xlabel("relaxation time / s (measured window grey)")
    axes.set_ylabel(f"γ / {prefix}Ω")
    _bare(axes)
    return figure


def plot_series(series: SeriesFit) -> Figure:
    """Draw resistances over 1/T with their lines, and capacitances of the arcs below them.

    Resistances with 95 % intervals; open symbols where they are not determined. A full line holds
    its resistances, a broken one was drawn through free ones.
    """
    figure, (upper, lower) = plt.subplots(
        2, 1, figsize=(6.4, 6.4), sharex=True, height_ratios=(2, 1), layout="constrained"
    )
    table = series.to_frame().dropna(subset=["r_ohm"])
    names = list(dict.fromkeys(table["resistor"]))
    drawn = {one.resistor for one in series.lines if one.line is not None}
    for name, colour in zip(names, ARCS * 3, strict=False):
        rows = table[table["resistor"] == name]
        x = 1000 / (rows["temperature_c"].to_numpy() + ZERO_CELSIUS_K)
        known = (rows["verdict"] != "not determined").to_numpy()
        r, low, high = (rows[key].to_numpy() for key in ("r_ohm", "lower", "upper"))
        upper.errorbar(
            x[known], r[known], np.array([r - low, high - r])[:, known], fmt="o", ms=4.5,
            mfc=colour, mec=INK, mew=0.4, ecolor=colour, label="" if name in drawn else name,
        )  # fmt: skip
        upper.plot(x[~known], r[~known], "o", ms=4.5, mfc="none", mec=colour)
        lower.plot(x, rows["c_f"].to_numpy(), "o", ms=4.5, mfc=colour, mec=INK, mew=0.4)
        for one in series.lines:
            if one.resistor == name:
                _arrhenius(upper, series.temperature_c[one.rows], one, colour)
    determined = table.loc[table["verdict"] != "not determined", "r_ohm"]
    upper.set_yscale("log")
    if len(determined):
        upper.set_ylim(determined.min() / 3, determined.max() * 3)
    upper.set_ylabel("R / Ω")
    lower.set_yscale("log")
    capacitances = table["c_f"].dropna()
    if len(capacitances):
        lower.set_ylim(capacitances.min() / 3, capacitances.max() * 3)
    lower.set_ylabel("C / F")
    lower.set_xlabel("1000 / T (1/K)")
    if series.melting_c is not None:
        for axes in (upper, lower):
            axes.axvline(1000 / (series.melting_c + ZERO_CELSIUS_K), color=INK, lw=0.6, ls=":")
    upper.legend(loc="best", frameon=False, fontsize=8)
    _bare(upper)
    _bare(lower)
    return figure


def _arrhenius(axes: Axes, celsius: FloatArray, one: SeriesLine, colour: str) -> None:
    """Draw a line between its temperatures, its energy in the legend."""
    if one.line is None:
        return
    at = np.linspace(celsius.min(), celsius.max(), 60)
    y = np.exp([one.line.log_resistance(float(t))[0] for t in at])
    x = 1000 / (at + ZERO_CELSIUS_K)
    low, high = one.line.conf_int()
    place = f"{one.resistor} {one.side}".strip()
    axes.plot(
        x, y, color=colour, lw=1.4, ls="-" if one.constrained else "--", zorder=1,
        label=f"{place}: {one.line.ea_ev:.3f} eV ({low:.3f} to {high:.3f})",
    )  # fmt: skip


def _residual_pair(axes: Axes, f: FloatArray, real: FloatArray, imag: FloatArray) -> None:
    axes.axhline(0, color=INK, lw=0.6)
    axes.semilogx(f, real, "o", ms=4, mfc=POINT, mec=INK, mew=0.4, label="Re")
    axes.semilogx(f, imag, "s", ms=4, mfc=LINE, mec=INK, mew=0.4, label="Im")
    axes.set_xlabel("frequency / Hz")
    axes.set_ylabel("residual / % of |Z|")
    axes.legend(loc="best", frameon=False, fontsize=8, ncols=2)
    _bare(axes)


def _fine(spectrum: Spectrum) -> FloatArray:
    f = spectrum.frequency_hz
    return np.asarray(np.logspace(np.log10(f.min()), np.log10(f.max()), 500))


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
