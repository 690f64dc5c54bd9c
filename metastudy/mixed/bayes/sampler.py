"""Draws from the posterior by NUTS (NumPyro on JAX); the only module that loads them.

Coefficients (flat prior) and random effects are integrated out in closed form. NUTS sees what is
left: standard deviations, correlations and the value of each censored row within its limits. With
exact rows alone its target is the prior times the restricted likelihood, which has few dimensions
and no funnel between an effect and its standard deviation. Coefficients and effects are drawn
afterwards (:mod:`metastudy.mixed.bayes.conditional_draws`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist
import scipy.linalg
from jax.scipy.linalg import cho_solve
from numpyro.infer import MCMC, NUTS

from ..likelihoods.gaussian import chi_square_terms
from ..model.frame import Frame
from ..model.sampling_covariance import component_rows
from ..model.structures import Array, Structure
from ..model.terms import Index, RandomTerm
from ..solvers.blocks import marginal_components
from .chains import Chains, Sampling
from .prior import HalfTPrior


def sample(frame: Frame, prior: HalfTPrior, sampling: Sampling) -> Chains:
    """Draw covariance parameters and censored rows from the posterior of a frame.

    Parameters
    ----------
    frame
        Rows and terms; terms without moderators of their variance.
    prior
        Priors of the terms' standard deviations.
    sampling
        Settings of the chains.
    """
    # Double precision for these calls alone: the caller's JAX keeps its setting.
    with jax.enable_x64(True):
        found = _run(Posterior(frame, prior), sampling)
        return Chains(
            np.asarray(found["theta"]),
            tuple(np.asarray(found[f"G{k}"]) for k in range(len(frame.terms))),
            np.asarray(found["y"]),
            np.asarray(found["diverging"]),
        )


def _run(posterior: Posterior, sampling: Sampling) -> dict[str, Any]:
    """Draws of NumPyro's sites and of ``diverging``, leading axes (chains, draws)."""
    shape = (sampling.chains, sampling.draws)
    if not posterior.frame.terms and not posterior.censored.size:
        # Coefficients alone have a closed posterior, so that there is nothing for NUTS to find.
        return {
            "theta": jnp.zeros((*shape, 0)),
            "y": jnp.broadcast_to(posterior.y, (*shape, posterior.y.size)),
            "diverging": jnp.zeros(shape, dtype=bool),
        }
    chains = MCMC(
        NUTS(posterior.model, target_accept_prob=sampling.target_accept),
        num_warmup=sampling.warmup,
        num_samples=sampling.draws,
        num_chains=sampling.chains,
        chain_method="vectorized",
        progress_bar=sampling.progress,
    )
    chains.run(jax.random.key(sampling.seed), extra_fields=("diverging",))
    found: dict[str, Any] = chains.get_samples(group_by_chain=True)
    return found | dict(chains.get_extra_fields(group_by_chain=True))


@dataclass(frozen=True)
class _Stack:
    """Blocks of rows that do not covary with others, of one size s; padding is row n, zero.

    ``pairs`` are the correlations between levels, for each term.
    """

    rows: Index
    V: Array
    pairs: tuple[Array, ...]
    design: tuple[Array, ...]


class Posterior:
    """The posterior of a frame's covariance parameters and censored rows, for NumPyro.

    Attributes
    ----------
    censored
        Numbers of the censored rows.
    """

    def __init__(self, frame: Frame, prior: HalfTPrior) -> None:
        self.frame = frame
        self.prior = prior
        self.stack = _packed(frame)
        # The restricted likelihood does not change with the basis of the fixed part.
        X = frame.X
        Q = scipy.linalg.qr(X, mode="economic")[0] if X.shape[1] else X
        self.Q = jnp.asarray(np.vstack([Q, np.zeros(Q.shape[1])]))
        bounds = frame.bounds
        none = np.arange(0)
        self.censored = none if bounds is None else bounds.censored
        y = frame.y if bounds is None else np.where(bounds.lower == bounds.upper, bounds.lower, 0.0)
        self.y = jnp.asarray(y)
        self.spreads = chi_square_terms(frame)
        # One compiled call instead of a hundred where NumPyro runs the model step by step.
        self.llf = jax.jit(self._llf)

    def model(self) -> None:
        """Priors, censored rows and the restricted likelihood, in NumPyro's words."""
        G, theta = [], []
        half_t = dist.FoldedDistribution(dist.StudentT(self.prior.df))
        for k, term in enumerate(self.frame.terms):
            unit = numpyro.sample(f"sd{k}", half_t.expand([term.structure.n_sd]).to_event(1))
            sd = self.prior.scales[term.name] * unit
            C, rho = _correlation(term.structure, k)
            full = jnp.broadcast_to(sd, (term.structure.size,))
            G.append(numpyro.deterministic(f"G{k}", full[:, None] * C * full))
            theta += [sd**2, rho]
        theta = numpyro.deterministic("theta", jnp.concatenate(theta) if theta else jnp.zeros(0))
        y = numpyro.deterministic("y", self._response())
        numpyro.factor("restricted likelihood", self.llf(G, y) + self._printed(theta))

    def _response(self) -> Any:
        """Give the response with a draw of each censored row between its limits."""
        y, bounds = self.y, self.frame.bounds
        if bounds is None:
            return y
        rows = self.censored
        low, high = bounds.lower[rows], bounds.upper[rows]
        left, right = np.isinf(low), np.isinf(high)
        within: Any = dist.constraints
        kinds: list[tuple[str, Any, Any]] = [
            ("left", left, lambda i: within.less_than(high[i])),
            ("right", right, lambda i: within.greater_than(low[i])),
            ("between", ~(left | right), lambda i: within.interval(low[i], high[i])),
        ]
        for name, kind, limits in kinds:
            here = np.flatnonzero(kind)
            if here.size:
                flat = dist.ImproperUniform(limits(here), (), event_shape=(here.size,))
                y = y.at[rows[here]].set(numpyro.sample(name, flat))
        return y

    def _printed(self, theta: Any) -> Any:
        """Log-density of printed variances s^2, nu s^2 / theta being chi-square with nu."""
        total = jnp.zeros(())
        for spread in self.spreads:
            variance = theta[spread.parameter]
            nu, s2 = jnp.asarray(spread.df), jnp.asarray(spread.variances)
            total -= 0.5 * jnp.sum(nu * jnp.log(variance) + nu * s2 / variance)
        return total

    def _covariance(self, G: Any) -> Any:
        stack = self.stack
        M = jnp.asarray(stack.V)
        for pairs, z, g in zip(stack.pairs, stack.design, G, strict=True):
            M = M + pairs * (z @ g @ jnp.swapaxes(z, -1, -2))
        return M

    def _llf(self, G: Any, y: Any) -> Any:
        """Restricted log-likelihood of a response, without its constant."""
        M = self._covariance(G)
        return _restricted(M, jnp.append(y, 0.0), self.Q, self.stack.rows)


def _restricted_value(M: Any, y: Any, Q: Any, rows: Any) -> Any:
    return _restricted_forward(M, y, Q, rows)[0]


def _restricted_forward(M: Any, y: Any, Q: Any, rows: Any) -> Any:
    """Restricted log-likelihood and its derivatives 1/2 (P y y'P - P) by M and -P y by y.

    Written out because differentiating through the factorisation compiles and runs much slower.
    """
    p = Q.shape[1]
    B = jnp.column_stack([Q, y])[rows]
    L = jnp.linalg.cholesky(M)
    W = cho_solve((L, True), jnp.broadcast_to(jnp.eye(M.shape[-1]), M.shape))
    WB = W @ B
    A = jnp.einsum("msi,msj->ij", B, WB)
    C = jnp.linalg.cholesky(A[:p, :p])
    F = cho_solve((C, True), jnp.eye(p))
    b = F @ A[:p, p]
    logdet = sum(2 * jnp.log(jnp.diagonal(x, axis1=-2, axis2=-1)).sum() for x in (L, C))
    WQ = WB[..., :p]
    Py = WB[..., p] - WQ @ b
    by_y = jnp.zeros(y.size).at[rows].add(-Py)
    P = W - WQ @ F @ jnp.swapaxes(WQ, -1, -2)
    by_M = 0.5 * (Py[..., :, None] * Py[..., None, :] - P)
    return -0.5 * (logdet + A[p, p] - b @ A[:p, p]), (by_M, by_y)


def _restricted_backward(slopes: Any, g: Any) -> Any:
    by_M, by_y = slopes
    return g * by_M, g * by_y, None, None


_restricted: Any = jax.custom_vjp(_restricted_value)
_restricted.defvjp(_restricted_forward, _restricted_backward)


def _correlation(structure: Structure, k: int) -> tuple[Any, Any]:
    """Correlation matrix of a term's effects and its parameters, uniform within their limits.

    Free correlations have the LKJ(1) prior, uniform over correlation matrices (Lewandowski,
    Kurowicka & Joe 2009, 10.1016/j.jmva.2009.04.008).
    """
    q = structure.size
    if structure.correlation is None:
        return jnp.eye(q), jnp.zeros(0)
    if structure.name == "un":
        L = numpyro.sample(f"correlation{k}", dist.LKJCholesky(q, concentration=1.0))
        C = L @ L.T
        return C, C[jnp.triu_indices(q, 1)]
    limits = structure.parameters[structure.n_sd]
    rho = numpyro.sample(f"correlation{k}", dist.Uniform(limits.lower, limits.upper))
    if structure.name in ("cs", "hcs"):
        return jnp.eye(q) + rho * (1 - jnp.eye(q)), rho[None]
    # At correlation 1/2 the structure's matrix is 2^-lag.
    lag = -np.log2(structure.correlation(np.array([0.5])))
    return rho ** jnp.asarray(np.round(lag, 12)), rho[None]


def _packed(frame: Frame) -> _Stack:
    """Pack connected components of the marginal covariance into blocks of one size.

    Small components share a block of the largest one's size (first fit, decreasing), so that there
    is one stack: jaxlib's LAPACK kernels wait for the thread pool that they run on, and two stacks
    factorised side by side can wait for each other for ever (seen with jaxlib 0.10.2, two cores).
    """
    components = component_rows(marginal_components(frame.terms, frame.V))
    components.sort(key=lambda rows: -rows.size)
    size = components[0].size
    bins: list[list[Index]] = []
    room: list[int] = []
    for rows in components:
        place = next((i for i, left in enumerate(room) if left >= rows.size), None)
        if place is None:
            bins.append([rows])
            room.append(size - rows.size)
        else:
            bins[place].append(rows)
            room[place] -= rows.size
    return _stack(frame, [np.concatenate(members) for members in bins], size)


def _stack(frame: Frame, blocks: list[Index], size: int) -> _Stack:
    n = frame.nobs
    return _Stack(
        np.array([np.pad(r, (0, size - r.size), constant_values=n) for r in blocks]),
        np.array([_padded(frame.V.dense(rows), size, 1.0) for rows in blocks]),
        tuple(
            np.array([_padded(term.pairs(rows), size, 0.0) for rows in blocks])
            for term in frame.terms
        ),
        tuple(_padded_design(term, blocks, size) for term in frame.terms),
    )


def _padded(block: Array, size: int, diagonal: float) -> Array:
    out = diagonal * np.eye(size)
    out[: len(block), : len(block)] = block
    return out


def _padded_design(term: RandomTerm, blocks: list[Index], size: int) -> Array:
    designs = (term.design[rows] for rows in blocks)
    return np.array([np.pad(z, ((0, size - len(z)), (0, 0))) for z in designs])
