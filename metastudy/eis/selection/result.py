"""A circuit chosen among several, with the table that it was chosen by."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..circuits.circuit import Circuit
from ..fits.fitting import fit_circuit
from ..fits.result import CircuitFit
from ..spectrum import Spectrum
from ..validation.signs import sign_remark

if TYPE_CHECKING:
    import pandas as pd

    from ...summary import Summary


@dataclass(frozen=True)
class CircuitCandidate:
    """A circuit of a selection. What is None was not looked for.

    Attributes
    ----------
    circuit : str
        As it was given.
    parameters : int
    chi2, misfit : float or None
        Weighted sum of squares, and its root mean square; under modulus weights a share of |Z|.
        None where a smaller circuit meets the noise floor, so that this one cannot be as good.
    bic, aicc : float or None
        With the noise floor as least variance.
    meets_floor : bool or None
        Whether nothing is left but the noise floor.
    needed : bool or None
        Whether the spectrum needs every part in series: leaving one out would raise the BIC.
    rank : float
        What circuits are ranked by: the BIC, 10 more where a part is not needed; infinite where the
        circuit was not fitted.
    weight : float
        exp(-rank/2) as a share of the sum over all circuits.
    unseen : float or None
        Where it contains the best circuit: share of the values that its further parts could have
        which this spectrum would not show.
    as_good : bool
        Whether its rank is within 6 of the best.
    tie : bool
        Whether the spectrum does not tell it from the best circuit: it is as good, or what it adds
        could go unseen.

    Examples
    --------
    >>> import numpy as np
    >>> from metastudy import eis
    >>> f = np.logspace(5, 0, 41)
    >>> z = eis.Circuit("R0-p(R1,C1)").impedance(f, [10.0, 100.0, 1e-6])
    >>> chosen = eis.select_circuit(eis.Spectrum(f, z), ["R0", "R0-p(R1,C1)"])
    >>> [one.circuit for one in chosen.candidates if one.meets_floor]
    ['R0-p(R1,C1)']
    """

    circuit: str
    parameters: int
    chi2: float | None = None
    misfit: float | None = None
    bic: float | None = None
    aicc: float | None = None
    meets_floor: bool | None = None
    needed: bool | None = None
    rank: float = np.inf
    weight: float = 0.0
    unseen: float | None = None
    as_good: bool = False
    tie: bool = False


@dataclass(frozen=True, eq=False)
class CircuitSelection:
    """What ``select_circuit`` found.

    Attributes
    ----------
    spectrum : Spectrum
    weight : str or array_like
        Weights of all circuits.
    noise_floor : float
        Root mean square, in the units of ``misfit``, below which no circuit is credited.
    candidates : tuple of CircuitCandidate
        In order of rank; those that were not fitted last.
    waves : bool
        Whether the best circuit leaves waves in its residuals: then none of the circuits has the
        shape of the spectrum.
    undetermined : tuple of str
        Parameters of the best circuit that the spectrum leaves open by more than a factor e. A
        circuit without them would do, and so may others that contain that one.

    Examples
    --------
    >>> import numpy as np
    >>> from metastudy import eis
    >>> f = np.logspace(5, 0, 41)
    >>> z = eis.Circuit("R0-p(R1,CPE1)").impedance(f, [10.0, 100.0, 1e-6, 0.8])
    >>> chosen = eis.select_circuit(eis.Spectrum(f, z), ["R0-p(R1,C1)", "R0-p(R1,CPE1)"])
    >>> chosen.best, chosen.unique
    ('R0-p(R1,CPE1)', True)
    >>> round(float(chosen.fit.params["CPE1_n"]), 6)
    0.8
    """

    spectrum: Spectrum
    weight: str | npt.ArrayLike = field(repr=False)
    noise_floor: float
    candidates: tuple[CircuitCandidate, ...]
    waves: bool
    undetermined: tuple[str, ...]
    circuit: Circuit = field(repr=False)
    start: tuple[float, ...] = field(repr=False)

    @property
    def best(self) -> str:
        """The circuit that ranks first, as it was given."""
        return self.candidates[0].circuit

    @property
    def ties(self) -> tuple[str, ...]:
        """Circuits that the spectrum does not tell from the best.

        Their rank is within 6, which is no strong evidence, or they contain the best one and more
        than 1 % of what their further parts could be would not be seen.
        """
        return tuple(one.circuit for one in self.candidates if one.tie)

    @property
    def unique(self) -> bool:
        """Whether the best circuit has the shape of the spectrum, and no other one may do.

        All its parameters are then determined, and no tie is named.
        """
        return not (self.waves or self.ties or self.undetermined)

    @cached_property
    def fit(self) -> CircuitFit:
        """The fit of the best circuit."""
        start = dict(zip(self.circuit.names, self.start, strict=True))
        return fit_circuit(self.spectrum, self.circuit, weight=self.weight, start=start, starts=1)

    @property
    def verdict(self) -> str:
        """What the spectrum says about the circuits, in one sentence."""
        if self.waves:
            turned = sign_remark(self.spectrum)
            return (
                f"{turned}{turned and '; '}{self.best} is the best of them but leaves waves in the "
                "residuals: none has the shape of the spectrum"
            )
        as_good = [one.circuit for one in self.candidates if one.tie and one.as_good]
        hidden = [one.circuit for one in self.candidates if one.tie and not one.as_good]
        words = [f"{self.best} has the fewest parts that the spectrum needs"]
        if as_good:
            words.append(f"as good: {', '.join(as_good)}")
        if hidden:
            words.append(f"not excluded, as what they add could go unseen: {', '.join(hidden)}")
        if self.undetermined:
            words.append(f"it leaves {', '.join(self.undetermined)} open, so another may do")
        if self.unique:
            words.append("no other one is as good")
        return "; ".join(words)

    def to_frame(self) -> pd.DataFrame:
        """Return the candidates, one row each, indexed by circuit."""
        import pandas as pd

        return pd.DataFrame(self.candidates).set_index("circuit")

    def summary(self) -> Summary:
        """Text of the selection; prints itself, in a notebook as HTML."""
        from ...summary import Summary, SummaryTable

        table = self.to_frame()
        for name in ("rank", "aicc"):
            values = table[name].astype(float)
            table[f"{name}_difference"] = values - values.min()
        columns = ["parameters", "misfit", "meets_floor", "needed", "rank_difference"]
        shown = table[[*columns, "aicc_difference", "weight", "unseen", "tie"]]
        skipped = [one.circuit for one in self.candidates if one.chi2 is None]
        notes = [self.verdict]
        if skipped:
            notes.append(
                f"Not fitted, because {self.best} meets the noise floor with fewer parameters: "
                f"{', '.join(skipped)}"
            )
        return Summary(
            [
                f"Circuits     {len(self.candidates)}, best {self.best}",
                f"Noise floor  {self.noise_floor:.3g}",
            ],
            [SummaryTable("Circuits by BIC, 10 more where a part is not needed", shown)],
            notes,
        )
