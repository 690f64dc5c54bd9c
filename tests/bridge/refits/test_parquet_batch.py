"""Parquet of spectra to Parquet of fits: in this process, and on the workers of a Dask cluster."""

import builtins
from dataclasses import fields
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from metastudy.bridge.refits.evaluation_options import EvaluationOptions
from metastudy.bridge.refits.file_batch import refit_files
from metastudy.bridge.refits.parquet_batch import refit_parquet
from metastudy.bridge.refits.refits_csv import RefitError
from metastudy.bridge.refits.spectra_parquet import FIT_COLUMNS, read_fits, read_spectra
from metastudy.cli import app
from tests.bridge.refits.test_refit import CIRCUIT, impedance, write

CHOICES = EvaluationOptions(CIRCUIT)


def points(key: object, seed: int, **other: float) -> pd.DataFrame:
    frequency = np.geomspace(1e6, 0.1, 50)
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal(50) + 1j * rng.standard_normal(50)
    z = impedance(frequency, **other) * (1 + 0.003 * noise)
    return pd.DataFrame(
        {"spectrum_id": key, "frequency_hz": frequency, "z_re_ohm": z.real, "z_im_ohm": z.imag}
    )


def table(path: Path, *parts: pd.DataFrame) -> Path:
    pd.concat(parts, ignore_index=True).to_parquet(path)
    return path


def spectra(path: Path, seed: int = 0) -> Path:
    """Write three good spectra, one of three points and one with a hole in it."""
    hole = points("hole", 9)
    hole.loc[7, "z_re_ohm"] = np.nan
    return table(
        path,
        points("a", seed),
        points("short", 1).head(3),
        points("b", 2, R1=3000.0),
        hole,
        points("c", 3).sample(frac=1.0, random_state=1),
    )


def test_fits_are_those_of_the_same_numbers_as_files(tmp_path: Path) -> None:
    seeds = {"a": 0, "b": 5}
    source = table(tmp_path / "s.parquet", *(points(key, seed) for key, seed in seeds.items()))
    batch = refit_parquet(source, CHOICES, tmp_path / "fits.parquet")
    files = [write(tmp_path / f"{key}.csv", seed) for key, seed in seeds.items()]
    for ours, theirs in zip(batch.rows, refit_files(files, CHOICES).rows, strict=True):
        unlike = {f.name for f in fields(ours) if getattr(ours, f.name) != getattr(theirs, f.name)}
        assert unlike <= {"file", "sha256", "spectrum", "notes"}
    assert [row.spectrum for row in batch.rows] == ["a", "b"]


def test_a_bad_spectrum_stops_nothing_and_stands_with_its_reason(tmp_path: Path) -> None:
    out = tmp_path / "fits.parquet"
    batch = refit_parquet(spectra(tmp_path / "s.parquet"), CHOICES, out)
    assert [row.spectrum for row in batch.rows] == ["a", "b", "c"]
    assert float(batch.rows[1].resistance_ohm) == pytest.approx(3000.0, rel=0.02)
    reasons = dict(batch.failed)
    assert sorted(reasons) == ["hole", "short"]
    assert "6 free parameters, but the spectrum has 6 real numbers" in reasons["short"]
    assert reasons["hole"].startswith("impedance_ohm[7] is (nan")
    stored = pd.read_parquet(out)
    assert tuple(stored.columns) == FIT_COLUMNS
    assert stored["resistance_ohm"].dtype == float
    assert dict(stored.loc[stored["reason"] != "", ["spectrum", "reason"]].to_numpy()) == reasons
    assert tuple(read_fits(out).values()) == batch.rows


def test_an_interrupted_run_goes_on_where_it_was(tmp_path: Path) -> None:
    source, out = spectra(tmp_path / "s.parquet"), tmp_path / "fits.parquet"

    def stop(key: str, count: int) -> None:
        if key == "b":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        refit_parquet(source, CHOICES, out, report=stop)
    assert sorted(read_fits(out)) == ["a", "b"]
    rest = refit_parquet(source, CHOICES, out)
    assert (rest.fitted, rest.kept) == (1, 2)
    whole = refit_parquet(source, CHOICES, tmp_path / "whole.parquet")
    assert rest.rows == whole.rows
    spectra(source, seed=4)  # other numbers under the id a
    changed = refit_parquet(source, CHOICES, out)
    assert (changed.fitted, changed.kept) == (1, 2)


def test_a_law_that_was_read_off_goes_to_the_table_and_back(tmp_path: Path) -> None:
    source = table(tmp_path / "s.parquet", points("a", 0))
    out = tmp_path / "fits.parquet"
    chosen = EvaluationOptions(CIRCUIT, weight="structure", high_frequency_error=0.02)
    first = refit_parquet(source, chosen, out)
    assert first.rows[0].noise.startswith("scale=")
    assert tuple(read_fits(out).values()) == first.rows
    assert pd.read_parquet(out)["high_frequency_error"].tolist() == [0.02]
    assert refit_parquet(source, chosen, out).kept == 1
    assert refit_parquet(source, CHOICES, out).fitted == 1
    assert read_fits(out)["a"].high_frequency_error == ""


def test_a_temperature_belongs_to_its_spectrum(tmp_path: Path) -> None:
    warm, two = points("warm", 0).assign(temperature_c=60.0), points("two", 1)
    two["temperature_c"] = np.where(np.arange(50) < 25, 25.0, 30.0)
    source = table(tmp_path / "s.parquet", warm, two, points("bare", 2))
    found, failed = read_spectra(source)
    assert found["warm"].metadata["temperature_c"] == 60.0
    assert "temperature_c" not in found["bare"].metadata
    assert failed == {"two": "has 2 temperatures; one spectrum has one"}


def test_tables_say_what_is_wrong(tmp_path: Path) -> None:
    foreign, out = tmp_path / "x.parquet", tmp_path / "fits.parquet"
    points("a", 0).drop(columns="z_im_ohm").to_parquet(foreign)
    with pytest.raises(RefitError, match=r"x\.parquet: the column z_im_ohm is missing"):
        refit_parquet(foreign, CHOICES, out)
    points(None, 0).to_parquet(foreign)
    with pytest.raises(RefitError, match="row 1 has no spectrum_id"):
        refit_parquet(foreign, CHOICES, out)
    foreign.write_bytes(b"hello")
    with pytest.raises(RefitError, match="cannot be read as Parquet"):
        refit_parquet(foreign, CHOICES, out)
    assert not out.exists()
    points("a", 0).to_parquet(out)
    with pytest.raises(RefitError, match=r"fits\.parquet is no table of fits"):
        refit_parquet(spectra(tmp_path / "s.parquet"), CHOICES, out)


def test_without_dask_the_message_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without(name: str, *rest: object) -> object:
        if name == "distributed":
            raise ModuleNotFoundError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    source = table(tmp_path / "s.parquet", points("a", 0))
    with pytest.raises(RefitError, match=r"pip install 'metastudy\[dask\]'"):
        refit_parquet(source, CHOICES, tmp_path / "fits.parquet", "local")


def test_command(tmp_path: Path) -> None:
    source, out = spectra(tmp_path / "s.parquet"), tmp_path / "fits.parquet"
    call = ["refit-parquet", "--circuit", CIRCUIT, str(source)]
    run = CliRunner().invoke(app, [*call, "--out", str(out)])
    assert run.exit_code == 1
    assert "3 fitted, 0 kept, 2 failed" in run.output
    assert "failed  short: " in run.output
    assert CliRunner().invoke(app, call).exit_code == 2
    many = CliRunner().invoke(app, [*call, str(source), "--out", str(out)])
    assert many.exit_code == 2


@pytest.mark.dask
def test_a_cluster_gives_the_same_bits(tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    source = spectra(tmp_path / "s.parquet")
    here = refit_parquet(source, CHOICES, tmp_path / "here.parquet")
    seen: list[str] = []
    there = refit_parquet(
        source, CHOICES, tmp_path / "there.parquet", "local", lambda key, _: seen.append(key)
    )
    assert there.rows == here.rows
    assert dict(there.failed) == dict(here.failed)
    assert (tmp_path / "there.parquet").read_bytes() == (tmp_path / "here.parquet").read_bytes()
    assert {"a", "b", "c"} <= set(seen)
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, dashboard_address=None
        ) as workers,
    ):
        address = workers.scheduler_address
        again = refit_parquet(source, CHOICES, tmp_path / "again.parquet", address)
    assert again.rows == here.rows


@pytest.mark.dask
def test_no_scheduler_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("metastudy.bridge.refits.parquet_batch.PATIENCE", 1.0)
    source = table(tmp_path / "s.parquet", points("a", 0))
    for address in ("tcp://127.0.0.1:9", "elsewhere://x"):
        with pytest.raises(RefitError, match="no Dask scheduler answers at"):
            refit_parquet(source, CHOICES, tmp_path / "fits.parquet", address)
    assert not (tmp_path / "fits.parquet").exists()
