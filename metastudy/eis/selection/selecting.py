"""Choose one of several given circuits by what a spectrum shows of them.

All circuits are fitted under the same weights, the smallest first. The Bayesian criterion ranks
them (Schwarz 1978, Ann. Stat. 6, 461), with a noise floor: no circuit is credited for residuals
below the rounding of the data. So where one meets the floor, clearly larger ones cannot rank as
high and are not fitted, and smaller ones are tried once more from its parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ..circuits.circuit import Circuit
from ..circuits.model import Model
from ..errors import FitError
from ..fits.fitting import arc_order
from ..fits.options import initial_weight, model_of, require_points
from ..numerics.criteria import aicc, bic, log_likelihood
from ..numerics.normal_matrix import covariance
from ..optimise.basin_hopping import BasinHopping
from ..optimise.levenberg_marquardt import assess
from ..optimise.multistart import autocorrelation
from ..spectrum import Spectrum, require_spectrum
from ..weighting.copies import without_copies
from ..weighting.data import Data
from .containment import added_parts, needed, unseen_share
from .noise_floor import digits_floor
from .result import CircuitCandidate, CircuitSelection

# Differences in the criterion that are no strong evidence (Kass and Raftery 1995, J. Am. Stat.
# Assoc. 90, 773).
AS_GOOD = 6.0
# Share of unseen parts from which on a circuit that contains the best is not excluded: its evidence
# is behind by 2 ln(1/share), and beyond 10 by the same source very strongly so.
UNSEEN = 0.01
# Very strong evidence in the same scale: a circuit with a part that the spectrum does not need
# ranks after another that needs all of its parts, unless it is ahead by more.
SUPERFLUOUS = 10.0
# Rounds without a lower minimum that end the search, by parts with a shape; at most so many rounds.
_PATIENCE = (0, 0, 0, 1, 2)
_MOST_ROUNDS = 12
# Circuits whose parts are starts of the next, and evaluations of a last fit near the floor.
_KNOWN, _EVALUATIONS = 2, 300
# Differences in the criterion that one more round may still turn.
_FAR = 40.0
# Lag-one autocorrelation of residuals in standard deviations: probability 1e-3 if white.
_WAVES = 3.1


def select_circuit(
    spectrum: Spectrum,
    circuits: Sequence[str | Circuit],
    *,
    weight: str | npt.ArrayLike = "modulus",
    noise_floor: float | None = None,
    rng: np.random.Generator | None = None,
) -> CircuitSelection:
    """Choose the circuit that explains a spectrum with the fewest parameters.

    Parameters
    ----------
    spectrum : Spectrum
        Impedance of the whole cell in ohm.
    circuits : sequence of str or Circuit
        At least two, each once.
    weight : {"modulus", "proportional", "unit"} or array_like
        As in ``fit``; the same for all circuits, so not "structure", which each would read off its
        own residuals.
    noise_floor : float, optional
        Least root mean square of the residuals times their weights that is taken for more than
        noise; under modulus weights a share of |Z|. By default that of the digits of the data.
    rng : numpy Generator, optional
        Of the search; by default one with a fixed seed.

    Returns
    -------
    CircuitSelection
        The best circuit, those that the spectrum does not tell from it, and a table of all.

    Raises
    ------
    CircuitError
        If a circuit cannot be read.
    FitError
        If there are fewer than two circuits, one is there twice, an option is not one of those
        named, or the spectrum has too few points for a circuit.

    Examples
    --------
    >>> import numpy as np
    >>> from metastudy import eis
    >>> f = np.logspace(5, 0, 41)
    >>> z = eis.Circuit("R0-p(R1,CPE1)").impedance(f, [10.0, 100.0, 1e-6, 0.8])
    >>> noise = np.random.default_rng(1).normal(1, 1e-3, 41)
    >>> chosen = eis.select_circuit(
    ...     eis.Spectrum(f, z * noise), ["R0-p(R1,C1)", "R0-p(R1,CPE1)", "R0-Ws1"]
    ... )
    >>> chosen.best, chosen.ties
    ('R0-p(R1,CPE1)', ())
    """
    require_spectrum(spectrum)
    points = len(spectrum)
    spectrum, kept = without_copies(spectrum)
    if kept.size < points and not isinstance(weight, str) and np.shape(weight) == (points,):
        weight = np.asarray(weight)[kept]
    models = _models(circuits)
    for model in models.values():
        require_points(spectrum, model)
    if isinstance(weight, str) and weight == "structure":
        raise FitError(
            "weight 'structure' differs from circuit to circuit; use modulus, proportional, unit, "
            "or the standard deviations in ohm"
        )
    z = spectrum.impedance_ohm
    data = Data(spectrum.omega, z[None], initial_weight(weight, z)[None])
    floor = _floor(spectrum, data, noise_floor)
    rng = np.random.default_rng(0) if rng is None else rng
    searches = _searched(models, data, 2 * data.omega.size * floor**2, rng)
    return _selection(spectrum, weight, models, searches, data, floor, rng)


def _models(circuits: Sequence[str | Circuit]) -> dict[str, Model]:
    """Return the circuits compiled, by their text as given."""
    if isinstance(circuits, str | Circuit) or len(circuits) < 2:
        raise FitError(
            f"circuits = {circuits!r}; give at least two, as in ['R0-p(R1,C1)', 'R0-p(R1,CPE1)']"
        )
    models: dict[str, Model] = {}
    for circuit in circuits:
        model = model_of(circuit, None, None, ())
        text = circuit if isinstance(circuit, str) else circuit.text
        same = next(
            (key for key, one in models.items() if one.circuit.text == model.circuit.text), None
        )
        if same is not None:
            raise FitError(f"circuit {text} is there twice; give each once")
        if len(model.directions) < len(model.circuit.terms):
            raise FitError(
                f"circuit {text} has a part in series whose impedance no parameter scales; give "
                "its element a parameter with scaling=1"
            )
        models[text] = model
    return models


def _floor(spectrum: Spectrum, data: Data, given: float | None) -> float:
    if given is None:
        return digits_floor(spectrum, data.weight[0])
    if not (isinstance(given, int | float) and np.isfinite(given) and given > 0):
        raise FitError(f"noise_floor = {given!r}; give a positive number such as 1e-4")
    return float(given)


def _searched(
    models: dict[str, Model], data: Data, goal: float, rng: np.random.Generator
) -> dict[str, BasinHopping]:
    """Search circuit by circuit, the smallest first, until larger ones cannot rank first."""
    searches: dict[str, BasinHopping] = {}
    first: BasinHopping | None = None
    largest = np.inf
    nobs = 2 * data.omega.size
    for text, model in sorted(models.items(), key=lambda pair: len(pair[1].free)):
        if len(model.free) > largest:
            break
        known = sorted(searches.values(), key=_lowest)[:_KNOWN]
        search = BasinHopping(model, data, goal, rng)
        search.round([one.shapes for one in known])
        patience = _PATIENCE[min(search.parts, len(_PATIENCE) - 1)]
        for _ in range(_MOST_ROUNDS - 1):
            if search.met or search.idle >= patience:
                break
            search.round()
        searches[text] = search
        if search.met:
            first = search if first is None else first
            whole = needed(model, search.best, data, goal / nobs)
            # Larger ones that may still rank first, or be as good.
            more = AS_GOOD if whole else SUPERFLUOUS
            largest = min(largest, len(model.free) + more / np.log(nobs))
    for search in _not_settled(searches, first, nobs):
        search.round([one.shapes for one in sorted(searches.values(), key=_lowest)[:_KNOWN]])
    for search in searches.values():
        if first is not None and not search.met and _may_follow(first, search):
            search.follow(first.shapes)
        if search.nearly_exact:
            search.refine(_EVALUATIONS)
    return searches


def _not_settled(
    searches: dict[str, BasinHopping], first: BasinHopping | None, nobs: int
) -> list[BasinHopping]:
    """Return circuits near the best by BIC where none meets the floor, to be searched once more."""
    if first is not None:
        return []
    rough = {
        text: nobs * np.log(max(one.lowest, 1e-300)) + len(one.model.free) * np.log(nobs)
        for text, one in searches.items()
    }
    least = min(rough.values())
    return [one for text, one in searches.items() if rough[text] <= least + _FAR]


def _may_follow(first: BasinHopping, search: BasinHopping) -> bool:
    """Whether the parts of the circuit that meets the floor may be those of another one."""
    return search.nearly_exact or added_parts(first.model, search.model) is not None


def _lowest(search: BasinHopping) -> float:
    return search.lowest


def _selection(
    spectrum: Spectrum,
    weight: str | npt.ArrayLike,
    models: dict[str, Model],
    searches: dict[str, BasinHopping],
    data: Data,
    floor: float,
    rng: np.random.Generator,
) -> CircuitSelection:
    candidates = [
        candidate_of(text, models[text], searches.get(text), data, floor) for text in models
    ]
    first = min(candidates, key=lambda one: one.rank)
    model, chosen = models[first.circuit], searches[first.circuit]
    total = sum(np.exp((first.rank - one.rank) / 2) for one in candidates)
    nobs = 2 * data.omega.size
    variance = max(chosen.lowest / nobs, floor**2)

    def unseen(larger: Model) -> float | None:
        more = len(larger.free) - len(model.free)
        added = added_parts(larger, model) if more > 0 else None
        if not added:
            return None
        return unseen_share(
            model, chosen.best, data, added, variance * more * float(np.log(nobs)), rng
        )

    compared = []
    for one in candidates:
        share = unseen(models[one.circuit])
        near = one.rank - first.rank <= AS_GOOD
        compared.append(
            replace(
                one,
                weight=float(np.exp((first.rank - one.rank) / 2) / total),
                unseen=share,
                as_good=near,
                tie=one is not first and (near or (share or 0.0) > UNSEEN),
            )
        )
    ordered = chosen.best[arc_order(model, chosen.best[None])[0]]
    return CircuitSelection(
        spectrum=spectrum,
        weight=weight,
        noise_floor=floor,
        candidates=tuple(sorted(compared, key=lambda one: (one.rank, one.parameters))),
        waves=_waves(chosen, data),
        undetermined=_undetermined(chosen, data, variance),
        circuit=model.circuit,
        start=tuple(model.natural(ordered).tolist()),
    )


def candidate_of(
    text: str, model: Model, search: BasinHopping | None, data: Data, floor: float
) -> CircuitCandidate:
    """Return a circuit with its criteria, which have the noise floor."""
    parameters = len(model.free)
    if search is None:
        return CircuitCandidate(text, parameters)
    nobs = 2 * data.omega.size
    likelihood = log_likelihood(search.lowest, nobs, least_variance=floor**2)
    variance = max(search.lowest / nobs, floor**2)
    own = bic(likelihood, nobs, parameters + 1)
    whole = needed(model, search.best, data, variance)
    return CircuitCandidate(
        circuit=text,
        parameters=parameters,
        chi2=search.lowest,
        misfit=float(np.sqrt(search.lowest / nobs)),
        bic=own,
        aicc=aicc(likelihood, nobs, parameters + 1),
        meets_floor=search.met,
        needed=whole,
        rank=own if whole else own + SUPERFLUOUS,
    )


def _undetermined(search: BasinHopping, data: Data, variance: float) -> tuple[str, ...]:
    """Name parameters with a standard error above a factor e, of an exponent above its range."""
    model = search.model
    at = assess(model, data, search.best[None], rescale=False)
    sd = np.sqrt(np.diag(covariance(at.normal[0])) * variance)
    return tuple(model.circuit.names[i] for i, one in zip(model.free, sd, strict=True) if one > 1)


def _waves(search: BasinHopping, data: Data) -> bool:
    """Whether the best circuit misses the shape of the spectrum."""
    if search.met:
        return False
    return bool(autocorrelation(search.model, data, search.best[None])[0] > _WAVES)
