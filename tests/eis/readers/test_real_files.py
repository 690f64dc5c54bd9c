"""A folder of real files: each is read as it says or refused with the reason the docs give.

Run by ``make test-real DIR=...``. Files named in ``docs/validation/eis-public-files.md``
must be read as its table says, and their first and last points as they were read by eye; any other
file must be read or refused by a `ReadError` that names it.
"""

from __future__ import annotations

import os
import re
import struct
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from metastudy import eis

pytestmark = pytest.mark.real_files

FOLDER = Path(os.environ.get("METASTUDY_SPECTRA") or "no folder given")
FILES = sorted(p for p in FOLDER.rglob("*") if p.is_file()) if FOLDER.is_dir() else []
DOCS = Path(__file__).parents[3] / "docs" / "validation" / "eis-public-files.md"
OPTIONAL = {".mpr": "galvani", ".ism": "zahner_analysis"}

# First and last point of the first spectrum (Hz, ohm, ohm), typed from the files by eye.
BY_EYE: dict[str, tuple[tuple[float, float, float], tuple[float, float, float]]] = {
    "MPT_example.mpt": (
        (1.0001951e5, 2.6189263, -1.6276802),
        (1.0005763e-2, 278.48831, -12.063367),
    ),
    "0720_05_EIS_0.5MTFSI_Blocking_InsideGB_0hr_25C_0x_Thin_Sample_C01.mpt": (
        (1.0000193e6, 274.39111, 2216.3950),
        (1.4807615e-2, 6.4639838e5, -1.0365154e6),
    ),
    "0720_05_EIS_0.5MTFSI_Blocking_InsideGB_0hr_60C_0x_Thin_Sample_t2_C01.mpt": (
        (1.0000193e6, -76.761414, -18.776356),
        (1.0000636e-2, 8.6342494e5, -7.5165569e5),
    ),
    "ex1.mpt": ((2.0001948e5, 428.90558, -372.31183), (1.0005763e-2, 6.1969063e4, -2.3548105e4)),
    "exampleDataBioLogic.mpt": (
        (1.0003201e3, 65.470886, -0.38998979),
        (1.6895540e-2, 110.97003, -2.3458567),
    ),
    "eispot_data.dta": ((1e4, 224.6075, -3.767681), (0.5, 226.885, -7.053867)),
    "eispot_data_curveaborted.dta": ((1e4, 224.6075, -3.767681), (100, 226.2954, -6.136346)),
    "EISPOT-test1.DTA": ((39890.62, 1.355181, -0.8507854), (0.0031623, 388073.8, -1003668)),
    "EISGALV_EISTest3.DTA": (
        (1000078, 0.04711733, 0.1695821),
        (0.1001603, 0.06649166, -0.001175554),
    ),
    "exampleDataGamry.DTA": ((200015.6, 825.8584, -1367.239), (0.0158898, 17007.49, -6635.557)),
    "exampleDataGamryABORT.DTA": (
        (200015.6, 825.8584, -1367.239),
        (0.0158898, 17007.49, -6635.557),
    ),
    "550C.0.5V.DTA": ((100195.3, 0.6641507, 0.1476726), (0.1000747, 1.944187, 0.0235922)),
    "PDAC_COM3_02109_Contact10_2065C_500C.txt": (
        (1.000020e6, 1.798840e3, -4.575437e2),
        (1.001603e-1, 9.515918e6, -4.264486e6),
    ),
    "Circuit1_EIS_1.z": ((5e4, 29.036, 0.63662), (1, 75.803, -0.16244)),
    "Circuit3_EIS_2.z": ((1.5e5, 1492.0, 11.789), (1, 6138.2, -10.151)),
    "exampleDataZPlot.z": ((3e5, 147.77, -11.335), (3e3, 613.68, -137.13)),
    "exampleDataZPlot_noComments.z": ((3e5, 642.62, -85.821), (300, 1305.3, -195.01)),
    "exampleDataAutolab.txt": (
        (1e4, 0.013785863964281, 0.007191946305823),
        (0.1, 0.0345697771923854, -0.00390292888845954),
    ),
    "exampleDataVersaStudio.par": ((1e5, 55.31571, 4.575431), (0.02154435, 1516.313, -122.8279)),
    "exampleDataCHInstruments.txt": ((9.961e4, 98.91, -2.748), (0.1, 5685, -15860)),
    "exampleDataParstat.txt": (
        (1e4, -0.00049816280376104, 0.0175143479976367),
        (10, 0.0270946491457229, -0.00399791080333837),
    ),
    "exampleDataPowersuite.txt": ((0.1, 423929.46, -49014.063), (2e6, -470.54113, -1397.7358)),
    "example_eis_data_eu.csv": ((0.01, 181371.1928, -53513.6667), (1e5, 290.8034, -329.4285)),
    "LIB_data.txt": (
        (999.040405, 0.112362966, 0.00318273902),
        (0.00500083202, 0.151735559, -0.0137396762),
    ),
    "data_LIB.csv": (
        (999.040405, 0.109963283, 0.003569859),
        (0.005000832, 0.145364374, -0.021382034),
    ),
    "exampleData.csv": (
        (3.1623e-3, 0.0494998977640506, -0.0204386985444189),
        (1e4, 0.0157714826604859, 0.0101574745649382),
    ),
    "samsung_example.csv": (
        (1e4, 0.0128216105155, 0.00541495131322),
        (0.01, 0.038961367116, -0.0146558971736),
    ),
    "CSV_Example.csv": ((1e6, 2369.7656, -6737.6167), (0.30000001, 475032.12, -373631.62)),
    "Example2a.txt": ((1e6, 3805.5903, -6318.0615), (0.30000001, 218314.67, -150821.22)),
    "Example2b.txt": ((1e6, 3603.82, -8578.35), (1, 182762, -435920)),
    "Example_header.txt": ((1e7, 30323.58, 38291.88), (3e-3, 2.027865e8, -7.295690e7)),
    "Example_noheader.txt": ((1e6, 17362.7, -68814.5), (0.04, 1.03494e7, -2.43174e6)),
    # Printed as |Z| and phase: 50.752583 ohm at -20.75998 deg, 539.09515 ohm at -2.5170352 deg;
    # sines and cosines by an ordinary calculator.
    "Sample2_PEIS_AtRest.csv": (
        (7000018.5, 47.4573946, -17.9894519),
        (0.009997264, 538.575036, -23.6751305),
    ),
    # |Z| and phase of 187 mohm at -66.5 deg and 3.79 ohm at -7.30 deg, printed to three digits.
    "DAHN_TXT_example.txt": ((1e5, 0.07457, -0.17149), (0.01, 3.7593, -0.48157)),
}


@pytest.fixture(autouse=True)
def folder_given():
    if not FILES:
        pytest.skip("give a folder of real files: make test-real DIR=path/to/spectra")


def documented() -> dict[str, str]:
    """File name to outcome, as the table of the docs has it."""
    rows = re.findall(r"^\| `([^`]+)` \| (.+?) \|$", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    return {name.rsplit("/", 1)[-1]: outcome for name, outcome in rows}


def outcome(path: Path) -> str:
    """What the docs say of a file: spectra, points and range, or the reason of the refusal."""
    try:
        spectra = eis.read_all(path)
    except eis.ReadError as error:
        message = str(error).removeprefix(str(path)).lstrip(":0123456789 ")
        return "refused: " + message.split(";")[0].split(" in this export")[0].split(" is no")[0]
    points = sorted({len(s) for s in spectra})
    low = min(s.frequency_hz.min() for s in spectra)
    high = max(s.frequency_hz.max() for s in spectra)
    count = f"{points[0]}" if len(points) == 1 else f"{points[0]} to {points[-1]}"
    many = f"{len(spectra)} spectra of {count}" if len(spectra) > 1 else count
    return f"{many} points, {low:.3g} to {high:.3g} Hz"


def missing_reader(path: Path) -> bool:
    return path.suffix in OPTIONAL and find_spec(OPTIONAL[path.suffix]) is None


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.name)
def test_every_file_is_read_as_documented_or_refused_by_name(path):
    if missing_reader(path):
        with pytest.raises(eis.ReadError, match="needs the optional reader; install it with"):
            eis.read_all(path)
        return
    found = outcome(path)
    expected = documented().get(path.name)
    if expected is not None:
        assert found == expected


@pytest.mark.parametrize("path", [p for p in FILES if p.name in BY_EYE], ids=lambda p: p.name)
def test_first_and_last_points_are_those_read_by_eye(path):
    spectrum = eis.read_all(path)[0]
    for index, (frequency, real, imaginary) in zip((0, -1), BY_EYE[path.name], strict=True):
        z = complex(real, imaginary)
        tolerance = 5e-3 if path.name.startswith("DAHN") else 2e-6
        assert spectrum.frequency_hz[index] == pytest.approx(frequency, rel=1e-6)
        assert abs(spectrum.impedance_ohm[index] - z) < tolerance * abs(z)


@pytest.mark.parametrize(
    ("one", "other", "points"),
    [
        ("Example2c.txt", "Example_noheader.txt", 42),
        ("LIB_data.txt", "DRTtools_LIB_data.txt", 107),
        ("exampleDataGamry.DTA", "exampleDataGamryABORT.DTA", 72),
        ("exampleDataZPlot.z", "Circuit2_EIS_1.z", 21),
    ],
)
def test_two_files_of_one_measurement_agree(one, other, points):
    paths = [next((p for p in FILES if p.name == name), None) for name in (one, other)]
    if None in paths:
        pytest.skip("the pair is not in this folder")
    first, second = (eis.read(path) for path in paths if path is not None)
    assert len(first) == points
    np.testing.assert_array_equal(first.frequency_hz, second.frequency_hz[:points])
    np.testing.assert_array_equal(first.impedance_ohm, second.impedance_ohm[:points])


@pytest.mark.parametrize("path", [p for p in FILES if p.suffix == ".ism"], ids=lambda p: p.name)
def test_zahner_points_are_those_in_the_bytes(path):
    """Version and count of 6 bytes each, then big-endian doubles: frequency, |Z|, phase in rad."""
    if missing_reader(path):
        pytest.skip("zahner_analysis is not installed")
    data = path.read_bytes()
    n = int.from_bytes(data[6:12], "big") + 1
    numbers = np.array(struct.unpack(f">{3 * n}d", data[12 : 12 + 24 * n])).reshape(3, n)
    spectrum = eis.read(path)
    np.testing.assert_array_equal(spectrum.frequency_hz, numbers[0])
    np.testing.assert_allclose(np.abs(spectrum.impedance_ohm), numbers[1], rtol=1e-12)
    np.testing.assert_allclose(np.angle(spectrum.impedance_ohm), numbers[2], atol=1e-12)
