"""A posterior whose chains are drawn by hand, so that tests of its result need no sampler."""

import numpy as np
import pandas as pd

from metastudy.mixed import BayesFit
from metastudy.mixed.bayes.chains import Chains, Sampling, joined
from metastudy.mixed.bayes.conditional_draws import complete
from metastudy.mixed.bayes.prior import build_prior
from metastudy.mixed.model.frame import build_frame


def drawn_posterior(formula, data, sds, rng, chains=2, draws=200):
    """Return a BayesFit whose standard deviations (chains x draws, k) are given."""
    frame = build_frame(formula, data)
    theta = (sds**2).reshape(chains, draws, -1)
    covariances = tuple(theta[..., k][..., None, None] for k in range(theta.shape[-1]))
    y = np.broadcast_to(frame.y, (chains, draws, frame.nobs))
    beta, effects = complete(frame, tuple(map(joined, covariances)), joined(y), rng)
    names = [*frame.names, *(term.name for term in frame.terms)]
    return BayesFit(
        frame,
        build_prior(0.5, frame),
        Sampling(chains, 1, draws, 1, 0.9),
        Chains(theta, covariances, y, np.zeros((chains, draws), dtype=bool)),
        beta.reshape(chains, draws, -1),
        tuple(u.reshape(chains, draws, *u.shape[1:]) for u in effects),
        pd.DataFrame({"r_hat": 1.0, "ess_bulk": 900.0, "ess_tail": 900.0}, names),
    )
