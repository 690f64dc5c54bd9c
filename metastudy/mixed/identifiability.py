"""Which variance components the rows can tell apart, judged before the fit.

The likelihood sees a component through K_j = Z_j Z_j' on the space left by the fixed part. If two
such matrices are proportional there, the observed information is singular whatever the response:
the components are one number and are merged under a joint name. If one vanishes, the fixed part
has taken all its levels.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import scipy.linalg
import scipy.sparse

from .errors import IdentifiabilityError
from .frame import Frame
from .structures import Array
from .terms import RandomTerm

JOINT = " + "
"""Between the names of merged components."""


def merge_components(
    frame: Frame, split: bool = False
) -> tuple[Frame, tuple[tuple[str, ...], ...]]:
    """Merge intercept terms that the rows cannot tell apart.

    Returns the frame with merged terms and, for each merger, the names that it joined.

    Raises
    ------
    IdentifiabilityError
        If the caller asked for the split, or a component has no information at all.
    """
    plain = [k for k, term in enumerate(frame.terms) if _is_plain(term)]
    if not plain:
        return frame, ()
    gram = projected_gram([frame.terms[k] for k in plain], frame.X)
    sizes = np.diag(gram)
    for place, k in enumerate(plain):
        term = frame.terms[k]
        if sizes[place] < 1e-10 * frame.nobs:
            raise IdentifiabilityError(
                f"component {term.name!r} cannot be estimated: the fixed part already has a "
                f"coefficient for each of its {term.n_levels} levels; leave one of the two out"
            )
    cosine = gram / np.sqrt(np.outer(sizes, sizes))
    groups: list[list[int]] = []
    for place in range(len(plain)):
        home = next((g for g in groups if cosine[place, g[0]] > 1 - 1e-10), None)
        if home is None:
            groups.append([place])
        else:
            home.append(place)
    merged = tuple(tuple(frame.terms[plain[i]].name for i in g) for g in groups if len(g) > 1)
    if merged and split:
        raise IdentifiabilityError(
            f"components {' and '.join(map(repr, merged[0]))} have the same levels in these rows, "
            "so only their sum can be estimated; fit them merged, or add rows that repeat a level"
        )
    terms = list(frame.terms)
    for group in groups:
        members = [plain[i] for i in group]
        keep = members[-1] if terms[members[-1]].is_record_level else members[0]
        terms[keep] = replace(terms[keep], name=JOINT.join(frame.terms[k].name for k in members))
        for k in members:
            if k != keep:
                terms[k] = replace(terms[k], name="")
    kept = replace(frame, terms=tuple(term for term in terms if term.name))
    _check_dependence(kept, [g[0] for g in groups], cosine)
    return kept, merged


def _is_plain(term: RandomTerm) -> bool:
    return (
        term.structure.size == 1
        and term.structure.parameters[0].label == ""
        and term.correlation is None
        and term.log_scale is None
    )


def _check_dependence(frame: Frame, kept: list[int], cosine: Array) -> None:
    reduced = cosine[np.ix_(kept, kept)]
    if reduced.shape[0] > 2 and np.linalg.eigvalsh(reduced)[0] < 1e-10:
        names = ", ".join(repr(t.name) for t in frame.terms)
        raise IdentifiabilityError(
            f"components {names} are linearly dependent in these rows; leave one of them out"
        )


def projected_gram(terms: list[RandomTerm], X: Array) -> Array:
    """tr(S K_i S K_j) with S the projection on the space left by X, shape (k, k)."""
    Q = scipy.linalg.qr(X, mode="economic")[0] if X.shape[1] else X
    n = X.shape[0]
    Z = [
        scipy.sparse.csr_array(
            (term.design[:, 0], (np.arange(n), term.codes)), shape=(n, term.n_levels)
        )
        for term in terms
    ]
    ZQ = [np.asarray(z.T @ Q) for z in Z]
    gram = np.empty((len(terms), len(terms)))
    for i in range(len(terms)):
        for j in range(i, len(terms)):
            cross = Z[i].T @ Z[j]
            inside = (ZQ[i].T @ (cross @ ZQ[j])).trace()
            both = ((ZQ[i].T @ ZQ[i]) * (ZQ[j].T @ ZQ[j])).sum()
            gram[i, j] = gram[j, i] = (cross.multiply(cross)).sum() - 2 * inside + both
    return gram
