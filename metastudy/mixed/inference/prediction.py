"""Predicted random effects, and predictions for new rows that name what is new in them.

For a target t = x'b + (effects of known levels) with c = Cov(y, effects), the best linear unbiased
prediction is x'b^ + c'M^-1 (y - X b^), and the variance of its error is
w'Gw - c'M^-1 c + (x - X'M^-1 c)'F(x - X'M^-1 c) (Robinson 1991, 10.1214/ss/1177011926).
Levels that the fit has not seen add their whole variance.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from ...confidence import check_alpha
from ..errors import DataError, UndefinedError
from ..likelihoods.gaussian import Evaluation, Likelihood
from ..model.columns import column, new_values
from ..model.frame import RESIDUAL, Frame
from ..model.memberships import Members
from ..model.structures import Array
from ..model.terms import RandomTerm, TermSource, parameter_slices, with_parameters
from .fixed_effects import FixedInference

COLUMNS = ["prediction", "se", "lower", "upper", "df", "new"]
BAND = 256
"""Levels solved at a time, to bound the memory."""


def random_effects(frame: Frame, likelihood: Likelihood, at: Evaluation) -> dict[str, pd.DataFrame]:
    """Predicted effects and their standard errors, a frame for each grouping.

    Columns are ``effect`` and ``se``, indexed by level (and effect name where a level has several).
    """
    out: dict[str, pd.DataFrame] = {}
    for term, part in with_parameters(frame.terms, at.theta):
        if term.name == RESIDUAL:
            continue
        out[term.name] = _effects_of(term, part, likelihood, at)
    return out


def _effects_of(
    term: RandomTerm, part: Array, likelihood: Likelihood, at: Evaluation
) -> pd.DataFrame:
    assert at.Py is not None
    assert at.WQ is not None
    ordered = term.take(likelihood.order)
    q = term.structure.size
    own = _level_covariances(term, part)
    effects, errors = [], []
    for lo in range(0, term.n_levels, BAND):
        levels = np.arange(lo, min(lo + BAND, term.n_levels))
        Z = _level_columns(ordered, levels)
        if term.correlation is None:
            blocks = own[levels] if own.shape[0] > 1 else np.repeat(own, levels.size, axis=0)
            C = np.einsum("nla,lab->nlb", Z.reshape(-1, levels.size, q), blocks)
        else:
            everything = _level_columns(ordered, np.arange(term.n_levels))
            shared = everything.reshape(-1, term.n_levels, q)
            C = np.einsum("nma,ml,ab->nlb", shared, term.correlation[:, levels], own[0])
        C = C.reshape(C.shape[0], -1)
        PC = at.factor.solve(C)
        PC = PC - at.WQ @ (at.cov @ (at.WQ.T @ C))
        prior = np.concatenate([np.diag(own[level if own.shape[0] > 1 else 0]) for level in levels])
        effects.append(C.T @ at.Py)
        errors.append(np.sqrt(np.maximum(prior - (C * PC).sum(axis=0), 0.0)))
    return pd.DataFrame(
        {"effect": np.concatenate(effects), "se": np.concatenate(errors)}, index=level_labels(term)
    )


def _level_covariances(term: RandomTerm, part: Array) -> Array:
    """Prior covariance of one level's effects, (1, q, q), or (L, 1, 1) where levels differ."""
    if term.log_scale is not None:
        return np.exp(term.log_scale @ part)[:, None, None]
    return term.structure.matrix(part)[None]


def _level_columns(term: RandomTerm, levels: Any) -> Array:
    """Columns of Z for some levels, effects of a level beside each other, (n, m q)."""
    hit = term.codes[:, None] == levels
    return np.asarray((hit[:, :, None] * term.design[:, None, :]).reshape(hit.shape[0], -1))


def level_labels(term: RandomTerm) -> pd.Index[Any]:
    """Index of a term's effects: its levels, and the effects' names where a level has several."""
    names = list(term.source.grouping) if term.source is not None else term.name.split(":")
    columns = [names[0]] if len(names) == 1 else names
    keys = [level if isinstance(level, tuple) else (level,) for level in term.levels]
    if len(keys[0]) != len(columns):
        columns = [term.name]
        keys = [(level,) for level in term.levels]
    if term.structure.size == 1:
        if len(columns) == 1:
            labels = [key[0] for key in keys]
            flat: pd.Index[Any] = pd.Index(labels, name=columns[0], tupleize_cols=False)
            return flat
    else:
        keys = [(*key, effect) for key in keys for effect in term.effects]
        columns = [*columns, "effect"]
    index: pd.Index[Any] = pd.MultiIndex.from_tuples(keys, names=columns)
    return index


@dataclass(frozen=True)
class Target:
    """One new row: its fixed design, its known effects and what is new in it.

    Attributes
    ----------
    x
        Fixed design, in the coefficients of X, shape (p,).
    c
        Covariance of the fitted rows (solver order) with the known effects, shape (n,).
    known_variance, new_variance
        Prior variance of the known effects and of the new ones, 0 for a confidence interval.
    new_slopes
        Derivatives of ``new_variance`` by theta, shape (k,).
    new
        Names of the groupings whose level is new.
    """

    x: Array
    c: Array
    known_variance: float
    new_variance: float
    new_slopes: Array
    new: tuple[str, ...]


def predict(
    inference: FixedInference, newdata: pd.DataFrame | None, interval: str, alpha: float
) -> pd.DataFrame:
    """Predict new rows; see ``MixedFit.predict``."""
    alpha = check_alpha(alpha, UndefinedError)
    newdata = new_rows(newdata, interval)
    rows = []
    for i, x in enumerate(new_design(inference.frame, newdata)):
        target = _target(inference, newdata, i, x, interval)
        rows.append(_row(inference, target, interval, alpha))
    return pd.DataFrame(rows, index=newdata.index, columns=COLUMNS)


def predict_rows(
    inference: FixedInference, rows: Array, interval: str, alpha: float
) -> pd.DataFrame:
    """Predict combinations of the coefficients, shape (m, p), at new levels of all groupings.

    For a prediction interval the frame must pass ``new_rows_are_alike``.
    """
    frame, theta = inference.frame, inference.optimum.theta
    variance, slopes = 0.0, np.zeros(theta.size)
    if interval == "prediction":
        places = parameter_slices(frame.terms)
        for k, (term, place) in enumerate(zip(frame.terms, places, strict=True)):
            variance += _new_variance(term, theta[place], np.ones(1), None)
            slopes[place] = inference.variance_slopes(k, np.ones(1))
    none = np.zeros(frame.nobs)
    new = tuple(term.name for term in frame.terms)
    found = [
        _row(inference, Target(x, none, 0.0, variance, slopes, new), interval, alpha) for x in rows
    ]
    return pd.DataFrame(found, columns=COLUMNS)


def new_rows_are_alike(frame: Frame) -> bool:
    """Whether new levels have the same variance in every row: intercepts alone, without a scale."""
    return all(
        term.log_scale is None
        and term.structure.size == 1
        and (term.source is None or term.source.effects == "1")
        for term in frame.terms
    )


def new_rows(newdata: pd.DataFrame | None, interval: str) -> pd.DataFrame:
    """Check what a caller asks to predict; None is the mean of an intercept-only model.

    Raises
    ------
    UndefinedError, DataError
        If the kind of interval is not known, or there are no rows.
    """
    if interval not in ("confidence", "prediction"):
        raise UndefinedError(
            f"interval {interval!r} is not known; use 'confidence' or 'prediction'"
        )
    if newdata is None:
        return pd.DataFrame(index=["new"])
    if not isinstance(newdata, pd.DataFrame):
        raise DataError(f"newdata must be a pandas DataFrame, not {type(newdata).__name__}")
    if len(newdata.index) == 0:
        raise DataError("newdata has no rows to predict")
    return newdata


def _target(
    inference: FixedInference, newdata: pd.DataFrame, i: int, x: Array, interval: str
) -> Target:
    frame, theta = inference.frame, inference.optimum.theta
    c, slopes = np.zeros(frame.nobs), np.zeros(theta.size)
    known, new_variance, new = 0.0, 0.0, []
    places = parameter_slices(frame.terms)
    for k, (term, place) in enumerate(zip(frame.terms, places, strict=True)):
        part = theta[place]
        z, level = new_levels(frame, term, newdata, i)
        if level is None:
            if interval == "prediction":
                new_variance += _new_variance(term, part, z, level)
                slopes[place] = inference.variance_slopes(k, z)
            new.append(term.name)
        else:
            single = replace(term, codes=np.array([level]), design=z[None])
            c += _covariance_with_rows(term, single, part)
            known += _new_variance(term, part, z, level)
    return Target(x, c[inference.likelihood.order], known, new_variance, slopes, tuple(new))


def _new_variance(term: RandomTerm, part: Array, z: Array, level: int | None) -> float:
    if term.log_scale is None:
        return float(z @ term.structure.matrix(part) @ z)
    if level is None:
        raise UndefinedError(
            f"the variance of a new level of {term.name!r} depends on its moderators; name a known "
            "level, or use interval='confidence'"
        )
    return float(np.exp(term.log_scale[level] @ part) * z[0] ** 2)


def _covariance_with_rows(term: RandomTerm, single: RandomTerm, part: Array) -> Array:
    """Covariance of every row with the effect of one new row's known level, shape (n,)."""
    level = int(single.codes[0])
    if term.correlation is not None:
        shared = term.correlation[term.codes, level]
    else:
        shared = 1.0 * (term.codes == level)
    if term.log_scale is not None:
        scale = np.exp(term.log_scale[level] @ part)
        return np.asarray(shared * scale * term.design[:, 0] * single.design[0, 0])
    return np.asarray(shared * (term.design @ term.structure.matrix(part) @ single.design[0]))


def _row(
    inference: FixedInference, target: Target, interval: str, alpha: float
) -> tuple[float, float, float, float, float, str]:
    at = inference.optimum.evaluation
    x = target.x @ inference.to_orthonormal
    lift, variance, prediction = x, 0.0, float(x @ at.beta)
    if target.c.any():
        assert at.Py is not None
        prediction += float(target.c @ at.Py)
        Wc = at.factor.solve(target.c[:, None])[:, 0]
        lift = x - inference.likelihood.Q.T @ Wc
        variance = max(target.known_variance - float(target.c @ Wc), 0.0)
    variance += float(lift @ inference.orthonormal_cov @ lift)
    if interval == "prediction":
        reach = variance + target.new_variance
        df = inference.df_prediction(target.x, reach, target.new_slopes)
    else:
        reach = variance
        df = float(inference.df(target.x[None])[0])
    half = float(stats.t.isf(alpha / 2, df) * np.sqrt(reach))
    words = ", ".join(target.new) or "nothing"
    return prediction, float(np.sqrt(variance)), prediction - half, prediction + half, df, words


def new_design(frame: Frame, newdata: pd.DataFrame) -> Array:
    """Build the fixed design of new rows, by the recipe of the fit."""
    if frame.spec is None:
        return np.ones((len(newdata), len(frame.names)))
    return new_values(frame.spec, newdata, [str(x) for x in newdata.index], "newdata")


def new_levels(
    frame: Frame, term: RandomTerm, newdata: pd.DataFrame, i: int
) -> tuple[Array, int | None]:
    """Random design of new row i in a term, and its level's number, None if the level is new."""
    source = term.source
    members = next((p.members for p in frame.formula.random if p.name == term.name), None)
    if members is not None:
        return _new_members(members, term), None
    z: Array = np.ones(1)
    if source is not None and source.effects != "1":
        z = _new_effects(source, term, newdata.iloc[[i]])
    names = source.grouping if source is not None else tuple(term.name.split(":"))
    if not all(name in newdata.columns for name in names):
        return z, None
    row = newdata.iloc[i]
    key = tuple(row[name] for name in names)
    lookup = key if len(key) > 1 else key[0]
    return z, (term.levels.index(lookup) if lookup in term.levels else None)


def _new_members(members: Members, term: RandomTerm) -> Array:
    """Design of a row all of whose members are new, in terms of one effect."""
    weights = [w for w in members.weights if isinstance(w, float)]
    if len(weights) < len(members.weights):
        raise UndefinedError(
            f"a new row of {term.name!r} has no weights, which are columns; use weights that are "
            "numbers"
        )
    z = np.zeros(term.structure.size)
    z[0] = np.sqrt(np.sum(np.square(weights)))
    return z


def _new_effects(source: TermSource, term: RandomTerm, row: pd.DataFrame) -> Array:
    where = f"newdata for ({source.effects} | {':'.join(source.grouping)})"
    labels = [str(label) for label in row.index]
    if not source.inner:
        return np.asarray(new_values(source.recipe, row, labels, where)[0])
    value = column(source.effects, row, labels, where).iloc[0]
    effects = term.effects
    hit = [float(_is_level(value, e)) for e in effects]
    if not any(hit):
        raise DataError(f"{where}: level {str(value)!r} is not one of {', '.join(effects)}")
    return np.asarray(hit)


def _is_level(value: Any, name: str) -> bool:
    """Whether a value is the level of this name; 2001.0 is 2001."""
    if str(value) == name:
        return True
    try:
        return not isinstance(value, str) and float(value) == float(name)
    except (TypeError, ValueError):
        return False
