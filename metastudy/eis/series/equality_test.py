"""F test of parameters that are equal in several spectra against separate ones."""

from __future__ import annotations

from dataclasses import dataclass

from scipy.special import fdtrc

# A constraint whose test has a smaller probability is not taken.
LEVEL = 0.05


@dataclass(frozen=True)
class EqualityTest:
    """One test of parameters in common.

    Attributes
    ----------
    names : tuple of str
    where : str
        "at all temperatures" or "on each side of 60 degC".
    statistic, df, pvalue : float, (float, float), float
        F against separate parameters.
    taken : bool
        Whether the result has them in common.
    """

    names: tuple[str, ...]
    where: str
    statistic: float
    df: tuple[float, float]
    pvalue: float
    taken: bool

    @property
    def words(self) -> str:
        """One line of the summary."""
        verdict = "shared" if self.taken else "not shared"
        return (
            f"{', '.join(self.names)} {verdict} {self.where}: "
            f"F({self.df[0]:g}, {self.df[1]:g}) = {self.statistic:.2f}, p = {self.pvalue:.2g}"
        )


def compare_costs(
    names: tuple[str, ...],
    where: str,
    costs: tuple[float, float],
    df: tuple[float, float],
    taken: bool | None = None,
) -> EqualityTest:
    """Test the rise of the cost where parameters are held equal.

    Parameters
    ----------
    costs : (float, float)
        With the parameters equal, and free.
    df : (float, float)
        Parameters saved, and residual degrees of freedom of the free fit.
    taken : bool, optional
        Whether they are taken in common whatever the test gives; by default above ``LEVEL``.
    """
    equal, free = costs
    statistic = max(equal - free, 0.0) / df[0] / (free / df[1])
    pvalue = float(fdtrc(*df, statistic))
    taken = pvalue >= LEVEL if taken is None else taken
    return EqualityTest(names, where, statistic, df, pvalue, taken)
