"""Binary files by optional readers: named when missing, checked when they answer."""

from __future__ import annotations

import struct
import sys
import types
from pathlib import Path

import numpy as np
import pytest

import metastudy
from metastudy import eis

F = np.logspace(5, 0, 26)
Z = 20 + 100 / (1 + 2j * np.pi * F * 1e-4)


@pytest.fixture
def fake(monkeypatch):
    """Put a stand-in for an optional package where the reader imports it."""

    def install(name: str, **contents: object) -> None:
        parts = name.split(".")
        for depth in range(1, len(parts) + 1):
            module = types.ModuleType(".".join(parts[:depth]))
            monkeypatch.setitem(sys.modules, module.__name__, module)
        for key, value in contents.items():
            setattr(sys.modules[name], key, value)

    return install


@pytest.mark.parametrize(
    ("package", "data", "suffix", "message"),
    [
        (
            "galvani",
            b"BIO-LOGIC MODULAR FILE\x1a" + b" " * 40,
            ".mpr",
            r"file\.mpr: a BioLogic binary file needs the optional reader; install it with pip "
            r"install 'metastudy\[biologic\]' \(GPL-3\.0\), or export the file as text",
        ),
        (
            "zahner_analysis.file_import.ism_import",
            b"\0\0\xff\xff\xff\xfe" + b"\0" * 60,
            ".ism",
            r"file\.ism: a Zahner file needs the optional reader; install it with pip install "
            r"'metastudy\[zahner\]', or export the spectrum as text",
        ),
    ],
)
def test_a_missing_reader_is_named(make, monkeypatch, package, data, suffix, message):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(eis.ReadError, match=message):
        eis.read(make(data, suffix))


def mpr(columns: dict[str, np.ndarray]):
    """A stand-in for galvani.BioLogic with the given columns in one structured array."""
    data = np.zeros(len(next(iter(columns.values()))), [(name, "f8") for name in columns])
    for name, values in columns.items():
        data[name] = values

    class MPRfile:
        def __init__(self, file):
            self.data = data

    return types.SimpleNamespace(MPRfile=MPRfile)


def test_cycles_of_an_mpr_file(make, fake):
    cycle = np.repeat([1.0, 2.0], F.size)
    z = np.concatenate([Z, 2 * Z])
    columns = {
        "freq/Hz": np.tile(F, 2),
        "Re(Z)/Ohm": z.real,
        "-Im(Z)/Ohm": -z.imag,
        "|Z|/Ohm": abs(z),
        "Phase(Z)/deg": np.degrees(np.angle(z)),
        "cycle number": cycle,
    }
    fake("galvani", BioLogic=mpr(columns))
    first, second = eis.read_all(make(b"BIO-LOGIC MODULAR FILE\x1a", ".mpr"))
    np.testing.assert_allclose(first.impedance_ohm, Z)
    np.testing.assert_allclose(second.impedance_ohm, 2 * Z)
    assert second.metadata["cycle"] == 2


def test_an_mpr_file_without_impedance_and_one_that_breaks_the_reader(make, fake):
    path = make(b"BIO-LOGIC MODULAR FILE\x1a", ".mpr")
    fake("galvani", BioLogic=mpr({"time/s": F, "Ewe/V": F}))
    with pytest.raises(eis.ReadError, match=r"no frequency column among 'time/s', 'Ewe/V'"):
        eis.read(path)
    fake("galvani", BioLogic=mpr({"freq/Hz": 0 * F, "Re(Z)/Ohm": 0 * F, "-Im(Z)/Ohm": 0 * F}))
    with pytest.raises(
        eis.ReadError, match=r"no row holds an impedance; .*stopped before it began"
    ):
        eis.read(path)

    class Broken:
        def __init__(self, file):
            raise NotImplementedError("Column ID 215 after column Ewe/V is unknown")

    fake("galvani", BioLogic=types.SimpleNamespace(MPRfile=Broken))
    with pytest.raises(
        eis.ReadError, match=r"NotImplementedError: Column ID 215 .*export it as text"
    ):
        eis.read(path)


def ism(order: np.ndarray) -> bytes:
    """The leading bytes of an .ism file: version, count, frequency, |Z|, phase, then the rest."""
    f, z = F[order], Z[order]
    body = np.concatenate([f, abs(z), np.angle(z), np.zeros(f.size)])
    return (
        (-2).to_bytes(6, "big", signed=True)
        + (f.size - 1).to_bytes(6, "big")
        + struct.pack(f">{body.size}d", *body)
        + b"\0\0" * f.size
    )


def test_every_point_of_a_zahner_sweep_that_turns_round_is_kept(make):
    pytest.importorskip("zahner_analysis", reason="optional reader, extra 'zahner'")
    order = np.concatenate([np.arange(10, 0, -1), np.arange(F.size)])
    spectrum = eis.read(make(ism(order), ".ism"))
    np.testing.assert_allclose(spectrum.frequency_hz, F[order])
    np.testing.assert_allclose(spectrum.impedance_ohm, Z[order], rtol=1e-12)
    assert any("10 frequencies were measured twice" in n for n in spectrum.metadata["notes"])


def test_a_zahner_file_that_declares_more_than_it_holds(make, fake):
    fake("zahner_analysis.file_import.ism_import", IsmImport=None)
    data = bytearray(ism(np.arange(F.size)))
    data[6:12] = (10**9).to_bytes(6, "big")
    with pytest.raises(
        eis.ReadError, match=r"declares 1000000001 points and has \d+ bytes; expected"
    ):
        eis.read(make(bytes(data), ".ism"))


def test_the_copyleft_reader_is_imported_in_one_place_only():
    package = Path(metastudy.__file__).parent
    users = [p.name for p in package.rglob("*.py") if "galvani" in p.read_text(encoding="utf-8")]
    assert users == ["biologic_mpr.py"]
