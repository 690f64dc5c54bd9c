"""The Bayesian twin of ``mixed.fit``: the same models with half-t priors on standard deviations.

It needs the extra ``metastudy[bayes]`` (NumPyro on JAX).
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Unpack

import numpy as np
import pandas as pd

from ..arguments import check_keywords
from ..errors import IdentifiabilityError, MissingExtraError, UndefinedError
from ..model.columns import dependent_column
from ..model.frame import Frame, build_frame
from ..model.frame_arguments import BoundedArguments
from ..model.identifiability import merge_components
from ..model.structures import Array
from ..solvers.blocks import marginal_components
from .chains import Chains, Sampling, joined
from .conditional_draws import complete
from .posterior import BayesFit
from .prior import SCALE, HalfTPrior, build_prior, parameter_names

LARGEST_COMPONENT = 1000
"""Rows that may be connected by levels and covariances: each draw factorises their matrix."""


def fit(
    formula: str,
    data: pd.DataFrame,
    *,
    seed: int,
    prior_scale: float | Mapping[str, float] = SCALE,
    chains: int = 4,
    warmup: int = 1000,
    draws: int = 1000,
    target_accept: float = 0.9,
    progress: bool | None = None,
    **given: Unpack[BoundedArguments],
) -> BayesFit:
    """Draw from the posterior of a mixed-effects model with known sampling covariance.

    Standard deviations have half-t priors with 4 degrees of freedom (Gelman 2006,
    10.1214/06-BA117A; Roever et al. 2021, 10.1002/jrsm.1475), coefficients flat ones, correlations
    uniform ones. ``given`` are the arguments of :func:`metastudy.mixed.fit` but ``method``,
    ``test``, ``scale``, ``alternatives``, ``rng`` and ``points``.

    Parameters
    ----------
    prior_scale
        Scale of the half-t priors in units of the response (for a slope: per unit of its
        moderator), for all components or by the name of a random term; terms without an entry keep
        0.5. The default, 0.5 decades for a response in log10 units, means that two draws typically
        differ by a factor of 3.
    seed
        Seed of the chains; equal seeds give equal draws on one machine and version of JAX.
    chains, warmup, draws
        Number of chains, and their lengths while adapting and while drawing.
    target_accept
        Acceptance probability that NUTS aims at; raise it where draws diverge.
    progress
        Whether a bar shows the progress on standard error; by default only on a terminal.

    Raises
    ------
    MissingExtraError
        Where NumPyro is not installed.
    MixedError
        A subclass for each kind, as :func:`metastudy.mixed.fit` does.
    TypeError
        For an argument that is none of these.

    Examples
    --------
    >>> import pandas as pd
    >>> from metastudy import mixed
    >>> data = pd.DataFrame({"work": list("aabbccdd"), "v": 0.02})
    >>> data["y"] = [1.0, 1.2, 1.9, 2.1, 1.4, 1.6, 2.4, 2.6]
    >>> fit = mixed.bayes.fit(
    ...     "y ~ 1 + (1 | work)", data, v="v", seed=1, warmup=200, draws=200, progress=False
    ... )
    >>> bool(abs(fit.params["Intercept"] - 1.775) < 0.2)
    True
    """
    check_keywords(given, BoundedArguments, "bayes.fit")
    show = sys.stderr.isatty() if progress is None else progress
    settings = _checked(Sampling(chains, warmup, draws, seed, target_accept, show))
    frame = build_frame(formula, data, **given)
    frame, merged = merge_components(frame, given.get("split", False))
    _check_exact_rows(frame)
    _check_size(frame)
    prior = build_prior(prior_scale, frame)
    return _draw(frame, prior, settings, merged)


def _draw(
    frame: Frame, prior: HalfTPrior, settings: Sampling, merged: tuple[tuple[str, ...], ...]
) -> BayesFit:
    try:
        from . import convergence, sampler
    except ImportError as error:
        if error.name is None or error.name.split(".")[0] not in ("jax", "jaxlib", "numpyro"):
            raise
        raise MissingExtraError(
            f"the Bayesian twin needs {error.name}, which is not installed: "
            "pip install 'metastudy[bayes]'"
        ) from None
    chains = sampler.sample(frame, prior, settings)
    rng = np.random.default_rng(settings.seed)
    flat = tuple(joined(G) for G in chains.covariances)
    beta, effects = complete(frame, flat, joined(chains.y), rng)
    shape = (settings.chains, settings.draws)
    beta = beta.reshape(*shape, beta.shape[-1])
    effects = tuple(u.reshape(*shape, *u.shape[1:]) for u in effects)
    table = convergence.convergence_table(_named(frame, chains, beta))
    return BayesFit(frame, prior, settings, chains, beta, effects, table, merged)


def _named(frame: Frame, chains: Chains, beta: Array) -> dict[str, Array]:
    """Draws (chains, draws) of every coefficient, covariance parameter and censored row."""
    out = {name: beta[..., j] for j, name in enumerate(frame.names)}
    out |= {name: chains.theta[..., j] for j, name in enumerate(parameter_names(frame))}
    if frame.bounds is not None:
        out |= {f"row {frame.labels[i]}": chains.y[..., i] for i in frame.bounds.censored}
    return out


def _checked(settings: Sampling) -> Sampling:
    for word, least in (("chains", 1), ("warmup", 1), ("draws", 4), ("seed", 0)):
        value = getattr(settings, word)
        if not isinstance(value, (int, np.integer)) or value < least:
            raise UndefinedError(f"{word} is {value!r}; give a whole number of at least {least}")
    if not 0 < settings.target_accept < 1:
        raise UndefinedError(
            f"target_accept {settings.target_accept!r} is not between 0 and 1; give one such as 0.9"
        )
    return settings


def _check_exact_rows(frame: Frame) -> None:
    """Flat coefficients need exact rows that identify them, or the posterior has no total."""
    if frame.bounds is None:
        return
    exact = frame.bounds.exact
    j = dependent_column(frame.X[exact])
    if j is not None:
        raise IdentifiabilityError(
            f"coefficients have flat priors, but the {exact.size} exact rows do not identify "
            f"{frame.names[j]!r}; leave it out, or merge levels known by bounds alone"
        )


def _check_size(frame: Frame) -> None:
    largest = int(np.bincount(marginal_components(frame.terms, frame.V)).max())
    if largest > LARGEST_COMPONENT:
        raise UndefinedError(
            f"{largest} rows are connected by levels and covariances; the Bayesian twin takes "
            f"up to {LARGEST_COMPONENT}: use mixed.fit"
        )
