"""The dataset as data frames, with V."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from metastudy.errors import MetastudyError
from metastudy.normalise.budget import assemble
from metastudy.tables.citations import cited, publications
from metastudy.tables.contents import contents
from metastudy.tables.filters import Words, question
from metastudy.tables.own_rows import joined
from metastudy.tables.subsets import cut


class LoadError(MetastudyError):
    """Built tables that are missing, cut, or changed after they were built."""


@dataclass(frozen=True, repr=False)
class Dataset:
    """The built tables as data frames; units and meanings are those of the Parquet fields.

    Attributes
    ----------
    tables
        Every table by its name: records, observations, budget, covariance, excluded, headline,
        left_out, studies, preparations, surface_steps, properties, vocabulary.
    units
        For each table the unit of each column that has one.
    version
        Version of the data; None where it has none.

    Examples
    --------
    >>> import metastudy
    >>> data = metastudy.load()
    >>> data.units["observations"]["y"]
    'log10(ohm cm2)'
    >>> headline = data.headline["observation_id"]
    >>> data.V_of(headline).shape == (len(headline), len(headline))
    True
    """

    tables: Mapping[str, pd.DataFrame]
    units: Mapping[str, Mapping[str, str]]
    version: str | None = None

    def __repr__(self) -> str:
        sizes = ", ".join(f"{name} {len(table)}" for name, table in self.tables.items())
        return f"Dataset(rows by table: {sizes})"

    def _repr_html_(self) -> str:
        return contents(self.tables, self.version)._repr_html_()

    @property
    def records(self) -> pd.DataFrame:
        """One printed number a row, as printed and in canonical units."""
        return self.tables["records"]

    @property
    def printed(self) -> pd.DataFrame:
        """The records that are printed numbers or refits, without those derived from them."""
        return self.records[self.records["derived_from"].isna()]

    @property
    def observations(self) -> pd.DataFrame:
        """One sample in one state a row: log10 of the resistance of one contact."""
        return self.tables["observations"]

    @property
    def excluded(self) -> pd.DataFrame:
        """Every printed number that went into no observation, with its reason."""
        return self.tables["excluded"]

    @property
    def headline(self) -> pd.DataFrame:
        """The headline set: reference arms, one state of each sample."""
        return self.tables["headline"]

    @property
    def left_out(self) -> pd.DataFrame:
        """The observations outside the headline set, with their reason."""
        return self.tables["left_out"]

    @property
    def studies(self) -> pd.DataFrame:
        """One work a row."""
        return self.tables["studies"]

    @property
    def preparations(self) -> pd.DataFrame:
        """One coded condition of one preparation a row, missing ones with the word why."""
        return self.tables["preparations"]

    @property
    def surface_steps(self) -> pd.DataFrame:
        """One step on the surface of a solid electrolyte a row, in the order done."""
        return self.tables["surface_steps"]

    @property
    def properties(self) -> pd.DataFrame:
        """One printed property of a solvent, polymer or solid electrolyte a row."""
        return self.tables["properties"]

    @property
    def vocabulary(self) -> pd.DataFrame:
        """Every allowed word with its meaning."""
        return self.tables["vocabulary"]

    @property
    def budget(self) -> pd.DataFrame:
        """Every unknown as it acts on every observation."""
        return self.tables["budget"]

    @property
    def covariance(self) -> pd.DataFrame:
        """The entries of V by term."""
        return self.tables["covariance"]

    @cached_property
    def V(self) -> NDArray[np.float64]:  # noqa: N802
        """Known covariance (dex squared, shape (n, n)) in the order of ``observations``."""
        return self.V_of(self.observations["observation_id"])

    def V_of(self, observation_ids: Iterable[str]) -> NDArray[np.float64]:  # noqa: N802
        """Return V (dex squared) of some observations, in the order asked for.

        Rows that are left out take nothing with them: what two kept rows share stays shared.

        Raises
        ------
        LoadError
            Where an id is not one of ``observations``.
        """
        order = {name: i for i, name in enumerate(observation_ids)}
        unknown = sorted(order.keys() - set(self.observations["observation_id"]))
        if unknown:
            raise LoadError(f"no observation is named {', '.join(unknown[:3])}")
        acting = self.budget[self.budget["observation_id"].isin(order)]
        rows = np.array([order[name] for name in acting["observation_id"]], dtype=np.intp)
        groups = acting.groupby(["term", "key"]).indices.values()
        unknowns = [np.asarray(terms, dtype=np.intp) for terms in groups]
        return assemble(len(order), rows, acting["loading"].to_numpy(float), unknowns)

    def subset(self, **words: Words) -> Dataset:
        """Return the part of the dataset that answers to words, with its V.

        Every table is cut: records, works and preparations go with the observations. A printed
        number that went into no observation stays where it answers itself.

        Parameters
        ----------
        **words
            A word or several by filter: ``pair``, or any word column of ``observations``, such as
            ``salt``, ``interface_class`` or ``headline``. Words of one filter add, filters narrow.
            Case does not count, and a synonym of the vocabulary is its word. A family, material or
            system is named whole or by one of its parts. A pair is two names with ``|`` or ``/``
            between them, in either order: a solid electrolyte or its family, and a partner, one
            of its chemicals or its class.

        Raises
        ------
        FilterError
            Where a filter or a word is not known; the nearest are offered. A known word without an
            observation gives a dataset without observations.

        Examples
        --------
        >>> import metastudy
        >>> part = metastudy.load().subset(pair="PEO | LLZO", headline=True)
        >>> set(part.observations["partner"]) <= {"PEO"}
        True
        """
        asked = question(self.observations, self.vocabulary, words)
        return Dataset(cut(self.tables, asked), self.units, self.version)

    def join(self, rows: pd.DataFrame, V: ArrayLike) -> Dataset:
        """Return the dataset with own observations behind its own, and with their V.

        Own rows share nothing with the rows of the dataset: V is block diagonal.

        Parameters
        ----------
        rows
            Own rows with a value, n of them: ``observation_id``, ``interface_class``, ``ion``,
            ``solid_electrolyte``, ``partner``, ``reference_c`` (degC), and ``y`` (log10 of ohm cm2
            of one contact) or ``asr_ohm_cm2``. Other columns of ``observations`` may be given. A
            row that does not say is of the work ``own``, an untreated sample and preparation of
            its own, with an unknown salt.
        V
            Known covariance of the rows (dex squared): shape (n, n), or (n,) for variances alone.

        Raises
        ------
        OwnRowsError
            Where a column, a word or the covariance is at fault, or an id is there already.

        Examples
        --------
        >>> import metastudy, pandas
        >>> data = metastudy.load()
        >>> row = {"observation_id": "own.1", "interface_class": "PE/SE", "ion": "Li",
        ...        "solid_electrolyte": "LLZO", "partner": "PEO", "reference_c": 60.0, "y": 2.0}
        >>> both = data.join(pandas.DataFrame([row]), V=[0.01])
        >>> round(float(both.V[-1, -1]), 6)
        0.01
        """
        return Dataset(joined(self.tables, rows, V), self.units, self.version)

    def cite(self, format: str = "bibtex") -> str:
        """Return the sources of the dataset, one entry a work, keyed by its study id.

        Works without bibliographic data, such as those of own rows, are left out.

        Parameters
        ----------
        format
            ``"bibtex"``, or ``"csl"`` for CSL-JSON.

        Raises
        ------
        CitationError
            For another format.
        """
        return cited(publications(self.studies), format)
