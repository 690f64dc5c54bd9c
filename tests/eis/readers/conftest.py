"""Files of every format, written here from a circuit's formula."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest


def impedance(frequency_hz: np.ndarray, scale: float = 1.0) -> np.ndarray:
    """L + R0 + (R1 | C1) + blocking Q: inductive at the top, two arcs, a tail."""
    jw = 2j * np.pi * frequency_hz
    arc = 800 / (1 + jw * 800 * 2e-9)
    return scale * (jw * 1e-6 + 120 + arc + 1 / (3e-6 * jw**0.85))


FREQUENCY = np.logspace(6, -1, 36)
SHORT = np.logspace(5, 0, 16)


@dataclass(frozen=True)
class Written:
    """A file, the spectra it was written from, and the relative precision it prints."""

    name: str
    suffix: str
    data: bytes
    spectra: tuple[tuple[np.ndarray, np.ndarray], ...]
    rtol: float = 1e-6

    def at(self, folder: Path) -> Path:
        path = folder / f"{self.name}{self.suffix}"
        path.write_bytes(self.data)
        return path


def one(scale: float = 1.0, f: np.ndarray = FREQUENCY) -> tuple[np.ndarray, np.ndarray]:
    return f, impedance(f, scale)


def comma(text: str) -> str:
    return text.replace(".", ",")


def rows(columns: list[np.ndarray], separator: str, form: str = "{:.8e}") -> list[str]:
    return [
        separator.join(form.format(value) for value in row)
        for row in np.column_stack(columns).tolist()
    ]


def dta(f: np.ndarray, z: np.ndarray, *, decimal_comma: bool = False, aborted: bool = False) -> str:
    table = [
        f"\t{i}\t{i + 1}\t{a:.9g}\t{b.real:.9g}\t{b.imag:.9g}\t1\t{abs(b):.9g}"
        f"\t{np.degrees(np.angle(b)):.9g}\t1.2E-006\t0.5\t9"
        for i, (a, b) in enumerate(zip(f, z, strict=True))
    ]
    numbers = "\n".join(table)
    area = "2.50000E+000"
    return (
        "EXPLAIN\nTAG\tEISPOT\nTITLE\tLABEL\tPotentiostatic EIS\tTest &Identifier\n"
        f"NOTES\tNOTES\t1\t&Notes...\n\tmembrane 3\nPSTAT\tPSTAT\tREF600-1\tPotentiostat\n"
        f"AREA\tQUANT\t{comma(area) if decimal_comma else area}\t&Area (cm^2)\n"
        "OCVCURVE\tTABLE\t2\n\tPt\tT\tVf\n\t#\ts\tV\n\t0\t1\t0\n\t1\t2\t0\n"
        "ZCURVE\tTABLE\n\tPt\tTime\tFreq\tZreal\tZimag\tZsig\tZmod\tZphz\tIdc\tVdc\tIERange\n"
        "\t#\ts\tHz\tohm\tohm\tV\tohm\t°\tA\tV\t#\n"
        + (comma(numbers) if decimal_comma else numbers)
        + "\n"
        + ("EXPERIMENTABORTED\tTOGGLE\tT\tExperiment Aborted\n" if aborted else "")
    )


def zplot2(f: np.ndarray, z: np.ndarray, declared: int | None = None) -> str:
    body = [
        f"{a:.8E}\t1.0000E-02\t0.0000E+00\t1.0E+00\t{b.real:.8E}\t{b.imag:.8E}\t0.0000E+00\t0\t4"
        for a, b in zip(f, z, strict=True)
    ]
    return "\n".join(
        [
            "ZPLOT2 ASCII",
            "  Measured Data, ZPlot:       3.2c",
            "    vs Freq-Initial:          150000",
            "    Surface Area:             0.785",
            f"  Data Points:                {declared or f.size}",
            "  Freq(Hz)\tAmpl\tBias\tTime(Sec)\tZ'(a)\tZ''(b)\tGD\tErr\tRange",
            "End Comments",
            *body,
            "",
        ]
    )


def zplotw(f: np.ndarray, z: np.ndarray) -> str:
    body = [
        f"{a:.8E}, 1.0E-02, 0.0E+00, 1.0E+00, {b.real:.8E}, {b.imag:.8E}, 0.0E+00, 0, 5"
        for a, b in zip(f, z, strict=True)
    ]
    head = ['"ZPlotW Data File: Version 3.2c"', '"Raw Data"', "0,3,0,1,300000,0.005", str(f.size)]
    names = "\"  Freq(Hz)    Ampl     Bias   Time(Sec)   Z'(a)    Z''(b)    GD   Err   Range\""
    return "\n".join([*head, names, *body, ""])


MPT_NAMES = (
    "freq/Hz\tRe(Z)/Ohm\t-Im(Z)/Ohm\t|Z|/Ohm\tPhase(Z)/deg\ttime/s\t<Ewe>/V\t<I>/mA\tCs/µF"
    "\tcycle number\tI Range\t"
)


def mpt(
    spectra: list[tuple[np.ndarray, np.ndarray]], *, decimal_comma: bool = False, names: str = ""
) -> str:
    body = [
        f"{a:.9E}\t{b.real:.9E}\t{-b.imag:.9E}\t{abs(b):.9E}\t{np.degrees(np.angle(b)):.9E}"
        f"\t{k + i / 10:.6E}\t1.0E-03\t1.0E-01\t9.7E-01\t{k}.0E+000\t9\t"
        for k, (f, z) in enumerate(spectra, start=1)
        for i, (a, b) in enumerate(zip(f, z, strict=True))
    ]
    head = [
        "",
        "Potentio Electrochemical Impedance Spectroscopy",
        "",
        "Run on channel : 6 (SN 13414)",
        "Technique started on : 08/08/2018 19:44:18",
        "Device : VMP3 (SN 0153)",
        "Electrode surface area : 0.001 cm²",
        "Mode                Single sine         ",
        "",
    ]
    count = f"Nb header lines : {len(head) + 3}                          "
    text = "\n".join([*head, names or MPT_NAMES, *body, ""])
    if decimal_comma:
        text = comma(text)
    return f"EC-Lab ASCII FILE\n{count}\n{text}"


def par(f: np.ndarray, z: np.ndarray) -> str:
    body = [
        f"0,{i},0,-3.28E-06,{i},{a:.9g},{b.real:.9g},{b.imag:.9g},0,0"
        for i, (a, b) in enumerate(zip(f, z, strict=True))
    ]
    names = (
        "Segment #, Point #, E(V), I(A), Elapsed Time(s), Frequency(Hz), Z Real, Z Imag, Z2 Real, "
        "Z2 Imag, 0"
    )
    return "\n".join(
        [
            "<Application>",
            "Name=VersaStudio",
            "</Application>",
            "<Action0>",
            "Working Electrode Area (cm2)=1.2",
            "</Action0>",
            "<Segment1>",
            "Type=2",
            f"Definition={names}",
            *body,
            "</Segment1>",
            "",
        ]
    )


def windeta(f: np.ndarray, z: np.ndarray) -> str:
    head = (
        "membrane_25deg, 26.02.2025, 15:11\n"
        "Diameter[mm]: 1.300e+01  Thickness[mm]: 7.500e-01  Spacer Capacity[pF]: 0.000e+00  "
        "Spacer Area[mm^2] 0.000e+00  Edge Correction On  Electrode Thickness[mm]: 4.00e+00\n"
        "Fixed value(s) :  AC Volt  [Vrms]=7.1000e-03  \n"
    )
    body = rows([f, z.real, z.imag], "\t", " {:.8e}")
    return head + "\n".join(["     Freq.[Hz]\t      Zs'[ohm]\t     Zs''[ohm]", *body, ""])


def windeta_parallel(f: np.ndarray, spectra: list[tuple[float, np.ndarray]]) -> str:
    """Temperature varies fastest, as WinDETA writes two variables; Y = 1/Z = 1/Zp' + j/Zp''."""
    body = []
    for i, a in enumerate(f):
        for kelvin, z in spectra:
            y = 1 / z[i]
            body.append(f"{a:.9e}\t{kelvin:.4e}\t5.0\t0.1\t{1 / y.real:.9e}\t{1 / y.imag:.9e}")
    names = " Freq. [Hz]\t Temp. [K]\t Eps'    \t Eps''   \t Zp' [Ohms]\t Zp'' [Ohms]"
    head = "LATP, 1.12.2020, 14:42\nFixed value(s) :  AC Volt  [Vrms]=7.1000e-03  "
    return "\n".join([head, names, *body, ""])


def labone(spectra: list[tuple[np.ndarray, np.ndarray]], lost: int = 2) -> str:
    lines = ["chunk;timestamp;size;fieldname;;;;"]
    for k, (f, z) in enumerate(spectra):
        fields = {
            "absz": abs(z),
            "frequency": f,
            "grid": f,
            "imagz": z.imag,
            "phasez": np.angle(z),
            "realz": z.real,
        }
        for name, values in fields.items():
            printed = [f"{v:.10g}" for v in values]
            printed += ["nan" if name != "grid" else "1"] * lost
            lines.append(f"{k};1125749;{len(printed)};{name};" + ";".join(printed))
    return "\n".join([*lines, ""])


def chi(f: np.ndarray, z: np.ndarray) -> str:
    body = [
        f"{a:.9e}, {b.real:.9e}, {b.imag:.9e}, {abs(b):.9e}, {np.degrees(np.angle(b)):.1f}"
        for a, b in zip(f, z, strict=True)
    ]
    head = (
        "Feb. 20, 2020   15:55:08\nA.C. Impedance\nInstrument Model:  CHI660E\n\nInit E (V) = 0\n"
    )
    return head + "\nFreq/Hz, Z'/ohm, Z\"/ohm, Z/ohm, Phase/deg\n\n" + "\n".join([*body, ""])


def keysight(f: np.ndarray, z: np.ndarray) -> str:
    body = rows([f, abs(z), np.degrees(np.angle(z))], ",", "{:.10E}")
    head = (
        "!Agilent Technologies,E4990A,MY54100000,A.02.11\n!Date: Friday\n!Data Source: DATA_TRACE\n"
    )
    names = "Frequency(Hz), |Z|(Ohm)-data, theta-z(deg)-data"
    return head + "\n".join([names, *body, "END", ""])


def parstat(f: np.ndarray, z: np.ndarray) -> str:
    names = "Potential (V)\tCurrent (A)\tElapsed Time (s)\tFrequency (Hz)\tZre (ohms)\tZim (ohms)\t"
    idle = [f"3.49\t-0.149\t{10 * i}\t0\t0\t0\t" for i in range(1, 8)]
    body = [
        f"3.5\t0.02\t{7000 + i}\t{a:.9g}\t{b.real:.9g}\t{b.imag:.9g}\t"
        for i, (a, b) in enumerate(zip(f, z, strict=True))
    ]
    return "\n".join([names, *idle, *body, ""])


def blocks(spectra: list[tuple[np.ndarray, np.ndarray]]) -> str:
    text = ""
    for k, (f, z) in enumerate(spectra):
        text += "_  test excitation /V : 1.0E-1, average : 5, Frequency /Hz, Z_r, Z_im, cycle :"
        text += f"   {k}\n"
        text += "\n".join([*rows([f, z.real, z.imag], "\t"), ""])
    return text


def temperatures(spectra: list[tuple[float, tuple[np.ndarray, np.ndarray]]]) -> str:
    text = ""
    for kelvin, (f, z) in spectra:
        text += (
            f"Temp /K before measurement : {kelvin:.3f}\nmeasure started : 26/07/2023  18:33:58\n"
            "temp /K  : 0.000\nfrequency /Hz, Real Z /Ohm, Im Z /Ohm \n"
        )
        text += "\n".join([*rows([f, z.real, z.imag], "\t"), ""])
        text += (
            f"\nend of measure  : 26/07/2023  18:35:34\nTemp /K after : {kelvin} K\n----------\n"
        )
    return text


def relaxis(f: np.ndarray, z: np.ndarray) -> str:
    names = "\t".join(f"Data: {name}" for name in ("Frequency", "Z'", "Z''", "|Z|", "Theta (Z)"))
    head = ["RelaxIS 3.0 Spectrum export", "Date: 5/6/2024 10:01:02 AM", names]
    conditions = "FV2=1, AC=0.1\tModel: none\t(WE/RE) pellet 4\t\t"
    body = rows([f, z.real, z.imag, abs(z), np.degrees(np.angle(z))], "\t", "{:.10g}")
    return "\n".join([*head, conditions, *body, ""])


def elins_p00(f: np.ndarray, z: np.ndarray) -> str:
    names = " f/Hz       \t Z'/Ohm     \t -Z''/Ohm   \t time/s    \t Edc/V     \t"
    body = [
        f" {a:.9e}\t {b.real:.9e}\t {-b.imag:.9e}\t 5.93e+01\t 3.1e-01\t"
        for a, b in zip(f, z, strict=True)
    ]
    head = ["Procedure : pellet", "24.05.2023 10:11:12 i(init)= 18.1nA", "", "t =  736.4 s"]
    return "\n".join([*head, names, f" {f.size} ", *body, ""])


def elins_i2b(f: np.ndarray, z: np.ndarray) -> str:
    return "\n".join(
        [
            "pellet 4",
            "25 C in argon",
            "",
            f"{f.size}",
            *rows([f, z.real, z.imag], " ", "{:.12g}"),
            "",
        ]
    )


def eco_chemie(f: np.ndarray, z: np.ndarray) -> str:
    points = [
        f" {a:.12g}\n {b.real:.12g}\n {-b.imag:.12g}\n" + " 0.0\n" * 6
        for a, b in zip(f, z, strict=True)
    ]
    return f"VERSION8.0\n {f.size}\n 1\n{''.join(points)} 1.0\n 1.0\n13.07.2022 22:32:00\n 2.0\n"


def ivium(spectra: list[tuple[np.ndarray, np.ndarray]]) -> bytes:
    """A binary record, settings, and the block of points, of each measurement."""
    parts = [b"\0" * 16 + b"H\0\0\0\nPeaks=false\n<\x07\0\0\nserialnumber=\n"]
    for f, z in spectra:
        body = "\n".join(f"{b.real:.9E}  {b.imag:.9E}\t{a:.9E} " for a, b in zip(f, z, strict=True))
        parts.append(
            b"\xc2\x8d\x10\0\0\nMethod=Impedance\nTechnique=Constant E\nTitle=pellet\n>\x0c\x01\0\n"
            b"2         \nData Objects    \n0         \nprimary_data    \n3         \n"
            + f"{f.size}        \n{body}\n".encode()
            + b"7         \nosc_data        \n1         \n3         \n1.0E+05  4.1E-05  3.7E-04 \n"
        )
    return b"".join(parts)


def palmsens(spectra: list[tuple[np.ndarray, np.ndarray]]) -> str:
    """A session with a voltammogram and one impedance measurement of several spectra."""

    def array(kind: str, quantity: str, values: np.ndarray) -> dict[str, object]:
        return {
            "Type": "PalmSens.Data.DataArray",
            "Description": kind,
            "Unit": {"Type": f"PalmSens.Units.{kind}", "Q": quantity},
            "DataValues": [{"V": value} for value in values.tolist()],
        }

    def data(f: np.ndarray, z: np.ndarray) -> dict[str, object]:
        arrays = [
            array("MicroAmpere", "Current", np.ones_like(f)),
            array("Hertz", "Frequency", f),
            array("ZRe", "Z'", z.real),
            array("ZIm", "-Z''", -z.imag),
            array("Z", "Z", abs(z)),
            array("Phase", "-Phase", -np.degrees(np.angle(z))),
        ]
        return {"Type": "PalmSens.Data.DataSetEIS", "Values": arrays}

    everything = [np.concatenate(parts) for parts in zip(*spectra, strict=True)]
    measurements = [
        {
            "Title": "CV 1",
            "DataSet": {"Values": [array("Volt", "Potential", np.ones(9))]},
            "EISDataList": [],
        },
        {
            "Title": "pellet",
            "DeviceSerial": "PS4X",
            "DataSet": data(*everything),
            "EISDataList": [
                {"Title": f"at {k} V", "DataSet": data(f, z)} for k, (f, z) in enumerate(spectra)
            ],
        },
    ]
    session = {"Type": "PalmSens.DataFiles.SessionFile", "Measurements": measurements}
    return json.dumps(session) + "\ufeff"


def table(header: str, columns: list[np.ndarray], separator: str, form: str = "{:.9g}") -> str:
    return "\n".join([*([header] if header else []), *rows(columns, separator, form), ""])


def workbook(f: np.ndarray, z: np.ndarray) -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    book.active.title = "notes"
    book.active.append(["cell 4", "25 C"])
    sheet = book.create_sheet("EIS")
    sheet.append(["measured in May"])
    sheet.append([None, "Frequency (Hz)", "Z' (ohm)", "-Z'' (ohm)", "remark"])
    for a, b in zip(f.tolist(), z.tolist(), strict=True):
        sheet.append([None, a, b.real, -b.imag, "ok"])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def written_rows(path: Path, rows: Iterable[Sequence[object]]) -> Path:
    """Write rows to a workbook as openpyxl does: formulas without values."""
    from openpyxl import Workbook

    book = Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def _all() -> list[Written]:
    f, z = one()
    three = [one(s, SHORT) for s in (1.0, 1.5, 2.0)]
    cold, warm = (SHORT, impedance(SHORT, 9.0)), (SHORT, impedance(SHORT, 3.0))
    kelvin = [(300.0, cold), (330.0, warm)]
    degrees = np.degrees(np.angle(z))

    def text(name: str, suffix: str, content: str, *spectra, rtol=1e-6, encoding="utf-8"):
        return Written(name, suffix, content.encode(encoding), spectra or ((f, z),), rtol)

    cp1252 = "cp1252"
    many = tuple(three)
    half = {"rtol": 1e-5}
    csv_names = "time/s,freq/Hz,|Z|/Ohm,Phase(Z)/deg,loop_index"
    looped = "\n".join(
        [csv_names]
        + [
            f"{100 * k + i:.1f},{a:.9g},{abs(b):.10g},{np.degrees(np.angle(b)):.10g},{k}"
            for k, (g, y) in enumerate(three)
            for i, (a, b) in enumerate([*zip(g, y, strict=True), (0.0, 0j)])
        ]
    )
    return [
        text("gamry", ".DTA", dta(f, z), encoding=cp1252),
        text("gamry_comma", ".DTA", dta(f, z, decimal_comma=True), encoding=cp1252),
        text("gamry_aborted", ".DTA", dta(f, z, aborted=True), encoding=cp1252),
        text("zplot2", ".z", zplot2(f, z)),
        text("zplotw", ".z", zplotw(f, z)),
        text("mpt", ".mpt", mpt([(f, z)]), encoding=cp1252),
        text("mpt_cycles", ".mpt", mpt(three), *many, encoding=cp1252),
        text("mpt_comma", ".mpt", mpt(three, decimal_comma=True), *many, encoding=cp1252),
        text("versastudio", ".par", par(f, z)),
        text("windeta", ".txt", windeta(f, z)),
        text(
            "windeta_parallel",
            ".txt",
            windeta_parallel(SHORT, [(t, s[1]) for t, s in kelvin]),
            cold,
            warm,
        ),
        text("labone", ".csv", labone(three), *many),
        text("chi", ".txt", chi(f, z)),
        text("keysight", ".csv", keysight(f, z)),
        text("parstat", ".txt", parstat(f, z)),
        text("blocks", ".txt", blocks(three), *many),
        text("temperatures", ".txt", temperatures(kelvin), cold, warm),
        text("powersuite", ".txt", table("Frequency\t Zre\t Zimg", [f, z.real, z.imag], "\t ")),
        text(
            "nova",
            ".txt",
            table(
                "Index;Frequency (Hz);Z' (Ω);-Z'' (Ω);Z (Ω);-Phase (°);Time (s)",
                [np.arange(f.size), f, z.real, -z.imag, abs(z), -degrees, f],
                ";",
            ),
        ),
        text(
            "semicolon_comma",
            ".csv",
            comma(table("frequency;Z_real;Z_imag", [f, z.real, z.imag], ";")),
        ),
        text(
            "rad_per_s",
            ".csv",
            table("omega (rad/s),Re(Z),Im(Z)", [2 * np.pi * f, z.real, z.imag], ","),
        ),
        text(
            "kilo",
            ".csv",
            table("f/kHz,Z'/kOhm,-Z''/kOhm", [f / 1e3, z.real / 1e3, -z.imag / 1e3], ","),
        ),
        text("polar_rad", ".csv", table("f/Hz,|Z|/ohm,phase/rad", [f, abs(z), np.angle(z)], ",")),
        text(
            "polar_unnamed_angle",
            ".csv",
            table("f/Hz,|Z|/ohm,phase", [f, abs(z), np.angle(z)], ","),
        ),
        text(
            "units_row",
            ".txt",
            "Freq\tZreal\tZimag\nkHz\tMohm\tMohm\n"
            + table("", [f / 1e3, z.real / 1e6, z.imag / 1e6], "\t"),
        ),
        text("headerless", ".csv", table("", [f, z.real, z.imag], ",")),
        text("headerless_minus", ".txt", table("", [f, z.real, -z.imag], " ")),
        text("headerless_polar", ".txt", table("", [f, abs(z), degrees], "\t")),
        text("looped_csv", ".csv", looped, *many, **half),
        text(
            "utf16",
            ".txt",
            table("f [Hz]\tRe Z [Ohm]\tIm Z [Ohm]", [f, z.real, z.imag], "\t"),
            encoding="utf-16",
        ),
        text(
            "crlf_bom",
            ".csv",
            "\ufeff"
            + table("f/Hz,Z_re/Ohm,Z_im/Ohm", [f, z.real, z.imag], ",").replace("\n", "\r\n"),
        ),
        text("relaxis", ".txt", relaxis(f, z)),
        text(
            "quoted_comma",
            ".csv",
            "\n".join(
                ['"f [Hz]","Z\' [Ohm]","Z\'\' [Ohm]"']
                + [
                    ",".join(f'"{comma(f"{value:.9g}")}"' for value in (a, b.real, b.imag))
                    for a, b in zip(f, z, strict=True)
                ]
                + [""]
            ),
        ),
        text("elins_p00", ".P00", elins_p00(f, z)),
        text("elins_i2b", ".i2b", elins_i2b(f, z)),
        text("eco_chemie", ".dfr", eco_chemie(f, z)),
        text("palmsens", ".pssession", palmsens(three), *many, encoding="utf-16"),
        Written("ivium", ".idf", ivium([(f, z)]), ((f, z),)),
        Written("ivium_several", ".ids", ivium(three), many),
        Written("workbook", ".xlsx", workbook(f, z), ((f, z),)),
    ]


ALL = {written.name: written for written in _all()}


@pytest.fixture(params=sorted(ALL), scope="session")
def written(request: pytest.FixtureRequest) -> Written:
    """Each file of each format in turn."""
    return ALL[request.param]


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Path]:
    """Write a file: by name from the list above, or from text or bytes."""

    def write(content: str | bytes, suffix: str = ".csv", encoding: str = "utf-8") -> Path:
        if isinstance(content, str) and content in ALL:
            return ALL[content].at(tmp_path)
        path = tmp_path / f"file{suffix}"
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write


@pytest.fixture
def a_hundred_cycles(tmp_path: Path) -> Path:
    """An .mpt file of 100 cycles of 60 points."""
    f = np.logspace(6, -1, 60)
    path = tmp_path / "series.mpt"
    path.write_text(mpt([(f, impedance(f, 1 + k / 50)) for k in range(100)]), encoding="cp1252")
    return path
