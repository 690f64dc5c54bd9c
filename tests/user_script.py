"""What a user writes: only public names, each result given a type.

Type-checked strictly and run against the installed package.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import metastudy
from metastudy import eis, mixed, physics


def observations(root: Path | None = None) -> pd.DataFrame:
    """Load the dataset, or say what is wrong with it."""
    try:
        data: metastudy.Dataset = metastudy.load(root=root)
    except metastudy.MetastudyError as error:
        raise SystemExit(str(error)) from None
    known: NDArray[np.float64] = data.V
    assert known.shape == (len(data.observations), len(data.observations))
    return data.observations


def scatter(rows: pd.DataFrame) -> float:
    """Return the standard deviation between works of some made-up values."""
    found: mixed.MixedFit = mixed.fit("y ~ 1 + (1 | work)", rows, v="v")
    params: pd.Series[float] = found.params
    interval: pd.DataFrame = found.conf_int(alpha=0.1)
    assert list(interval.columns) == ["lower", "upper"]
    covariance: pd.DataFrame = found.cov_params()
    assert covariance.shape == (len(params), len(params))
    left: pd.Series[float] = found.resid
    assert np.allclose(found.fittedvalues + left, rows["y"])
    table: pd.DataFrame = found.to_frame()
    assert {"estimate", "se", "lower", "upper"} <= set(table.columns)
    print(found.summary())
    without: mixed.MixedFit = mixed.fit("y ~ 1", rows, v="v")
    test: mixed.Comparison = mixed.compare(without, found)
    print(test.pvalue)
    return float(found.llf)


def resistance(frequency_hz: NDArray[np.float64]) -> eis.CircuitFit:
    """Fit a simulated arc of 1000 ohm."""
    circuit = eis.Circuit("R0-p(R1,C1)")
    z = circuit.impedance(frequency_hz, {"R0": 100.0, "R1": 1000.0, "C1": 1e-8})
    noise = np.random.default_rng(1).normal(size=(2, frequency_hz.size))
    spectrum = eis.Spectrum(frequency_hz, z * (1 + 0.002 * (noise[0] + 1j * noise[1])))
    fit: eis.CircuitFit = eis.fit(spectrum, circuit.text)
    interval: pd.DataFrame = fit.conf_int(alpha=0.1)
    assert list(interval.columns) == ["lower", "upper"]
    verdict: eis.KramersKronig = eis.check_kramers_kronig(spectrum)
    print(fit.summary(), verdict.words)
    return fit


def main() -> None:
    """Use each part of the package once."""
    print(metastudy.__version__, len(observations()))
    rows = pd.DataFrame(
        {"work": list("aabbcc"), "y": [1.0, 1.2, 2.0, 2.1, 3.0, 3.3], "v": [0.01] * 6}
    )
    print(scatter(rows))
    params: pd.Series[float] = resistance(np.logspace(6, 0, 40)).params
    print(float(params["R1"]))
    molar: float = physics.molar_mass("LiTFSI")
    print(molar)
    try:
        eis.read(Path("no_such_file.csv"))
    except eis.ReadError as error:
        print(error)


if __name__ == "__main__":
    main()
