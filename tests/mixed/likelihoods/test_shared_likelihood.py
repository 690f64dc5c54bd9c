"""Few shared effects and small blocks: quadrature of the model, and the general likelihood."""

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import trapezoid
from scipy.stats import norm

from metastudy import mixed
from metastudy.mixed.likelihoods.censored import CensoredLikelihood
from metastudy.mixed.likelihoods.shared_likelihood import SharedLikelihood
from metastudy.mixed.model.frame import build_frame
from metastudy.mixed.model.shared_effects import SharedEffects
from metastudy.mixed.optimise import censored_maximum
from metastudy.mixed.results.mixture_fit import settle_alternatives

FORMULA = "y ~ 1 + (1 | system) + (1 | work/row)"
UNITS = {"unit": "unit", "shift": "shift", "probability": "p"}


def shared_likelihood(frame, n=None):
    found = SharedEffects.of(frame)
    assert found is not None
    return SharedLikelihood(frame, found, np.random.default_rng(3), n)


@pytest.fixture
def small():
    """Two systems of four rows, each row a work: half exact, half below a limit."""
    y = np.array([1.0, 1.4, 0.2, 0.9, 2.0, 1.7, 2.4, 1.1])
    exact = np.arange(8) % 2 == 0
    data = pd.DataFrame({"y": np.where(exact, y, np.nan), "hi": np.where(exact, np.nan, y + 0.3)})
    data["system"], data["v"] = np.repeat([0, 1], 4), 0.02
    data["row"] = range(8)
    return data


def by_quadrature(data, system, row):
    """Integrate over the mean, of an orthonormal column, and each system's effect."""
    sd = np.sqrt(row + data["v"].to_numpy())
    exact = data["hi"].isna().to_numpy()
    u, b = np.linspace(-8, 8, 401), np.linspace(-8, 16, 801)
    levels = b[:, None] / np.sqrt(len(data)) + np.sqrt(system) * u
    both = np.ones(b.size)
    for own in (data["system"] == k for k in (0, 1)):
        given = norm.pdf(u) * np.ones((b.size, 1))
        for i in np.flatnonzero(own):
            if exact[i]:
                given = given * norm.pdf(data["y"][i], levels, sd[i])
            else:
                given = given * norm.cdf((data["hi"][i] - levels) / sd[i])
        both *= trapezoid(given, u, axis=1)
    return trapezoid(both, b)


def test_the_restricted_likelihood_is_the_integral(small):
    frame = build_frame("y ~ 1 + (1 | system) + (1 | row)", small, v="v", upper="hi")
    likelihood = shared_likelihood(frame, 512)
    system, row = (
        np.array([t.name for t in frame.terms]).tolist().index(x) for x in ("system", "row")
    )
    theta = np.empty(2)
    theta[[system, row]] = 0.4, 0.1
    likelihood.settle(theta)
    for factor in (1.0, 0.7):
        found = likelihood.evaluate(factor * theta, derivatives=False)
        wanted = np.log(by_quadrature(small, factor * 0.4, factor * 0.1))
        assert float(found.llf) == pytest.approx(wanted, abs=4 * found.llf_error + 1e-4)
        assert found.llf_error < 0.01


@pytest.fixture
def large(rng):
    """60 works of one to three rows in six systems; six rows in ten are bounds of all kinds.

    A third of the works have an unknown count; V has an unknown that two systems share.
    """
    sizes = np.tile([1, 2, 3], 20)
    work = np.repeat(np.arange(60), sizes)
    n = work.size
    system = (work // 3) % 6
    y = 2 + 0.6 * rng.normal(size=6)[system] + 0.5 * rng.normal(size=60)[work]
    y += 0.3 * rng.normal(size=n)
    data = pd.DataFrame({"y": y, "work": work, "system": system, "row": range(n)})
    data["lo"], data["hi"] = np.nan, np.nan
    kind = rng.integers(0, 10, n)
    limit = rng.uniform(0.0, 0.6, (2, n))
    data.loc[kind < 6, "y"] = np.nan
    data.loc[kind < 5, "hi"] = (y + limit[0])[kind < 5]
    data.loc[(kind == 4) | (kind == 5), "lo"] = (y - limit[1])[(kind == 4) | (kind == 5)]
    data["unit"] = np.where(work % 3 == 0, "w" + data["work"].astype(str), None)
    data["shift"], data["p"] = 0.301, 0.4
    f = np.where(system < 2, rng.uniform(0.05, 0.2, n), 0.0)
    return data, 0.01 * np.eye(n) + np.outer(f, f)


def frame_of(data, V):
    frame = build_frame(FORMULA, data, V=V, lower="lo", upper="hi", alternatives=UNITS)
    return settle_alternatives(frame, True)


def test_both_ways_give_one_likelihood(large):
    frame = frame_of(*large)
    shared, general = (
        shared_likelihood(frame, 128),
        CensoredLikelihood(frame, True, np.random.default_rng(0), 512),
    )
    assert shared.joined == 8  # the mean, six systems and the unknown of V
    theta = np.array([0.36, 0.25, 0.09])
    shared.settle(theta)
    general.settle(theta)
    for at in (theta, theta * [1.2, 0.8, 1.1], theta * [1.0, 0.0, 2.0]):
        one, other = shared.evaluate(at), general.evaluate(at)
        error = np.hypot(one.llf_error, other.llf_error)
        assert error < 0.3
        assert float(one.llf) == pytest.approx(float(other.llf), abs=4 * error)
    one, other = shared.evaluate(theta), general.evaluate(theta)
    assert one.llf_error < 0.01
    assert one.score == pytest.approx(other.score, abs=0.02 * np.abs(other.score).max())
    assert one.beta == pytest.approx(other.beta, abs=0.03 * np.sqrt(other.cov[0, 0]))
    assert one.cov == pytest.approx(other.cov, rel=0.02)
    assert shared.completed_at(one) == pytest.approx(other.completed, abs=0.02)
    assert shared.posterior_at(one) == pytest.approx(other.posterior, abs=0.04)


def test_completed_rows_keep_to_their_limits(large):
    data, V = large
    likelihood = shared_likelihood(frame_of(data, V))
    theta = np.array([0.36, 0.25, 0.09])
    likelihood.settle(theta)
    found = likelihood.completed_at(likelihood.evaluate(theta, derivatives=False))
    assert (found <= data["hi"].fillna(np.inf) + 1e-6).all()
    assert (found >= data["lo"].fillna(-np.inf) - 1e-6).all()
    exact = data["y"].notna()
    assert found[exact] == pytest.approx(data["y"][exact].to_numpy())


def test_the_fault_at_a_start_is_told_apart(large):
    data, _ = large
    likelihood = shared_likelihood(frame_of(data, np.zeros((len(data), len(data)))))
    assert "not positive definite" in likelihood.fault_at(np.zeros(3))
    assert "unit, sign and side" in likelihood.fault_at(np.array([0.36, 0.25, 0.09]))
    assert likelihood.what_is_simulated.startswith("7 effects that blocks of rows share")


def test_the_score_is_the_slope_of_the_estimate_also_at_zero(large):
    likelihood = shared_likelihood(frame_of(*large))
    for theta in (np.array([0.36, 0.25, 0.09]), np.array([0.36, 0.0, 0.2])):
        likelihood.settle(theta)
        score = likelihood.evaluate(theta).score
        for j in range(3):
            values, step = [], 1e-4
            for k in range(3):
                moved = theta.copy()
                moved[j] += k * step
                values.append(float(likelihood.evaluate(moved, derivatives=False).llf))
            slope = (4 * values[1] - 3 * values[0] - values[2]) / (2 * step)
            assert score[j] == pytest.approx(slope, rel=2e-3, abs=2e-2)


def test_a_fit_has_the_same_answers_both_ways(large, monkeypatch):
    data, V = large
    fits = []
    for above in (1000, 10):
        monkeypatch.setattr(censored_maximum, "SHARED_ABOVE", above)
        fits.append(mixed.fit(FORMULA, data, V=V, lower="lo", upper="hi", alternatives=UNITS))
    assert [type(fit.likelihood).__name__ for fit in fits] == [
        "CensoredLikelihood",
        "SharedLikelihood",
    ]
    general, shared = fits
    assert shared.sigma2.to_numpy() == pytest.approx(general.sigma2.to_numpy(), rel=0.03)
    assert shared.bse.to_numpy() == pytest.approx(general.bse.to_numpy(), rel=0.05)
    assert shared.df.to_numpy() == pytest.approx(general.df.to_numpy(), rel=0.1)
    for fit in fits:
        assert fit.outcome == "converged"
    ends = [np.sqrt(fit.components.sum_conf_int(["work", "work:row"])) for fit in fits]
    assert ends[1] == pytest.approx(ends[0], rel=0.02)
    new = [fit.predict(pd.DataFrame(index=["new"]), interval="prediction") for fit in fits]
    assert new[1]["prediction"].item() == pytest.approx(new[0]["prediction"].item(), abs=0.02)
    posteriors = [fit.alternatives["posterior"].to_numpy() for fit in fits]
    assert posteriors[1] == pytest.approx(posteriors[0], abs=0.04)
