"""The batch of refits over a Parquet table of spectra, in this process or on a Dask cluster."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from metastudy.bridge.refits.evaluation_options import EvaluationOptions
from metastudy.bridge.refits.failures import reason_of
from metastudy.bridge.refits.file_batch import RefitBatch
from metastudy.bridge.refits.refit import is_fit_of, refit_spectrum
from metastudy.bridge.refits.refits_csv import RefitError
from metastudy.bridge.refits.spectra_parquet import in_order, read_fits, read_spectra, write_fits
from metastudy.bridge.refits.temperature import temperature_of
from metastudy.corpus.refits import Refit
from metastudy.eis.spectrum import Spectrum
from metastudy.target_lock import locked

logger = logging.getLogger(__name__)
_Outcome = tuple[str, Refit | None, str]  # id, its fit or none, the reason where there is none
SpectrumDone = Callable[[str, int], None]  # id that is done, and how many there are

EXTRA = "a cluster needs Dask, which is not installed; pip install 'metastudy[dask]'"
# Seconds between two writings of the table: an interruption loses no more than that.
WRITE_EVERY = 10.0
# Seconds to wait for a scheduler to answer.
PATIENCE = 10.0


@dataclass(frozen=True)
class _Task:
    """One spectrum to fit, as it is sent to a worker."""

    key: str
    spectrum: Spectrum
    temperature: str


def refit_parquet(
    source: Path,
    options: EvaluationOptions,
    out: Path,
    cluster: str | None = None,
    report: SpectrumDone = lambda key, count: None,
) -> RefitBatch:
    """Fit every spectrum of a Parquet table; one bad spectrum never stops the rest.

    Parameters
    ----------
    source
        Long table as :mod:`metastudy.bridge.refits.spectra_parquet` says.
    out
        Parquet of fits. Fits that it has for the same numbers and options are kept. It is
        written every ten seconds and at the end, also after an interruption. One process at a time
        writes it.
    cluster
        None fits in this process, ``local`` on one worker process per core of this machine,
        anything else is the address of a Dask scheduler, such as ``tcp://10.0.0.1:8786``, whose
        workers have this version of the package.
    report
        Called before the first spectrum, with an empty id, and after each one.

    Raises
    ------
    RefitError
        If a table cannot be read or written, another process writes it, Dask is not installed, or
        no scheduler answers.
    """
    with locked(out, RefitError):
        return _refit_parquet(source, options, out, cluster, report)


def _refit_parquet(
    source: Path,
    options: EvaluationOptions,
    out: Path,
    cluster: str | None,
    report: SpectrumDone,
) -> RefitBatch:
    spectra, failed = read_spectra(source)
    old = read_fits(out) if out.exists() else {}
    rows: dict[str, Refit] = {}
    tasks: list[_Task] = []
    for key, spectrum in spectra.items():
        try:
            temperature = temperature_of(spectrum, key, options.temperature)
        except Exception as error:
            failed[key] = reason_of(error, key)
            continue
        if key in old and is_fit_of(old[key], spectrum, temperature, options):
            rows[key] = old[key]
        else:
            tasks.append(_Task(key, spectrum, temperature))
    kept = len(rows)
    ids = {key: f"r{place:03d}" for place, key in enumerate(spectra, start=1)}
    last = time.monotonic()
    report("", len(tasks))
    with _runner(cluster if tasks else None) as run:
        try:
            for key, row, reason in run(tasks, options):
                if row is None:
                    failed[key] = reason
                else:
                    rows[key] = replace(row, refit_id=ids[key])
                logger.info("%s: %s", key, reason or "fitted")
                report(key, len(tasks))
                if time.monotonic() - last > WRITE_EVERY:
                    write_fits(out, in_order(list(spectra), rows), failed)
                    last = time.monotonic()
        finally:
            rows = in_order(list(spectra), rows)
            write_fits(out, rows, failed)
    return RefitBatch(tuple(rows.values()), tuple(failed.items()), len(rows) - kept, kept)


def _fit(task: _Task, options: EvaluationOptions) -> _Outcome:
    try:
        return task.key, refit_spectrum(task.spectrum, options, task.temperature), ""
    except Exception as error:
        return task.key, None, reason_of(error, task.key)


_Run = Callable[[list[_Task], EvaluationOptions], Iterable[_Outcome]]


@contextmanager
def _runner(cluster: str | None) -> Iterator[_Run]:
    """Give what runs the tasks: this process, or the workers of a cluster."""
    if cluster is None:
        yield lambda tasks, options: (_fit(task, options) for task in tasks)
        return
    try:
        import distributed
    except ImportError:
        raise RefitError(EXTRA) from None
    with _client(distributed, cluster) as client:
        yield lambda tasks, options: _on_workers(distributed, client, tasks, options)


@contextmanager
def _client(distributed: Any, cluster: str) -> Iterator[Any]:
    if cluster == "local":
        with (
            distributed.LocalCluster(threads_per_worker=1, dashboard_address=None) as workers,
            distributed.Client(workers) as client,
        ):
            yield client
        return
    try:
        client = distributed.Client(cluster, timeout=PATIENCE)
    except (OSError, ValueError) as error:
        raise RefitError(
            f"no Dask scheduler answers at {cluster!r} ({error}); write local, or an address such "
            "as tcp://10.0.0.1:8786"
        ) from None
    with client:
        yield client


def _on_workers(
    distributed: Any, client: Any, tasks: list[_Task], options: EvaluationOptions
) -> Iterator[_Outcome]:
    """One future per spectrum: a fit costs far more than a task, and one failure is one failure."""
    futures = client.map(_fit, tasks, options=options, pure=False)
    keys: Mapping[Any, str] = {f: task.key for f, task in zip(futures, tasks, strict=True)}
    del futures
    for future in distributed.as_completed(list(keys)):
        if future.status == "finished":
            yield future.result()
        else:
            yield keys[future], None, f"the worker failed: {future.exception()!r}"
