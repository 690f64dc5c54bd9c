"""A project of WebPlotDigitizer: the calibration of its axes, and the positions of its points."""

from __future__ import annotations

import json
import math
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from metastudy.contribute.open_study import AddError
from metastudy.corpus.figure import LINEAR, LOG, FigureAxis, Position

MAX_BYTES = 20_000_000
PROJECT = "wpd.json"
_OTHER = "export its points as CSV, and give that file with --x-axis and --y-axis"


@dataclass(frozen=True)
class DigitisedSeries:
    """The axes and the points of one series of a project."""

    x: FigureAxis
    y: FigureAxis
    points: tuple[Position, ...]


@dataclass(frozen=True)
class Project:
    """What a project holds; ``text`` is its wpd.json, without the picture."""

    digitiser: str
    text: str
    series: Mapping[str, DigitisedSeries]


def read_project(path: Path) -> Project:
    """Read a ``.tar`` project or a ``wpd.json`` of WebPlotDigitizer 3 or 4.

    Raises
    ------
    AddError
        Where the file cannot be read, is no such project, or an axis is neither linear nor
        logarithmic, or holds dates.
    """
    text = _tar_text(path) if path.suffix.lower() == ".tar" else _plain_text(path)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise AddError(f"{path}: is no JSON: {error}") from None
    try:
        return _project(value, text)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise AddError(
            f"{path}: is no project of WebPlotDigitizer 3 or 4 ({error}); {_OTHER}"
        ) from None
    except AddError as error:
        raise AddError(f"{path}: {error}") from None


def _plain_text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise AddError(f"{path}: is larger than {MAX_BYTES} bytes")
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise AddError(f"{path}: is not UTF-8") from None
    except OSError as error:
        raise AddError(f"{path}: cannot be read: {error.strerror or error}") from None


def _tar_text(path: Path) -> str:
    """Return wpd.json of an archive; nothing is unpacked to the disk."""
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                if PurePosixPath(member.name).name == PROJECT and member.isfile():
                    if member.size > MAX_BYTES:
                        raise AddError(f"{path}: {PROJECT} is larger than {MAX_BYTES} bytes")
                    file = archive.extractfile(member)
                    return file.read().decode("utf-8") if file is not None else ""
    except (OSError, tarfile.TarError, UnicodeDecodeError, EOFError) as error:
        raise AddError(f"{path}: cannot be read as a .tar: {error}") from None
    raise AddError(f"{path}: holds no {PROJECT}")


def _project(value: Mapping[str, Any], text: str) -> Project:
    if "wpd" in value:
        old = value["wpd"]
        if old["axesType"] != "XYAxes":
            raise AddError(f"the axes are {old['axesType']}, not XY; {_OTHER}")
        axes = _axes(old["calibration"], old["axesParameters"])
        named = {part["name"]: _points(part["data"]) for part in old["dataSeries"]}
        series = {name: DigitisedSeries(*axes, points) for name, points in named.items()}
        return Project(f"WebPlotDigitizer {_version(old['version'])}", text, _filled(series))
    if int(value["version"][0]) != 4:
        raise AddError(f"is of version {_version(value['version'])}; {_OTHER}")
    known = {part["name"]: part for part in value["axesColl"]}
    series = {}
    for part in value["datasetColl"]:
        axis = known[part["axesName"]] if part["data"] else None
        if axis is None:
            continue
        if axis["type"] != "XYAxes":
            raise AddError(f"the axes {axis['name']} are {axis['type']}, not XY; {_OTHER}")
        pair = _axes(axis["calibrationPoints"], axis)
        series[part["name"]] = DigitisedSeries(*pair, _points(part["data"]))
    return Project(f"WebPlotDigitizer {_version(value['version'])}", text, _filled(series))


def _filled(series: Mapping[str, DigitisedSeries]) -> Mapping[str, DigitisedSeries]:
    found = {name: part for name, part in series.items() if part.points}
    if not found:
        raise AddError("the project has no points")
    return found


def _version(version: Any) -> str:
    return ".".join(str(part) for part in version) if isinstance(version, list) else str(version)


def _axes(
    points: list[Mapping[str, Any]], axis: Mapping[str, Any]
) -> tuple[FigureAxis, FigureAxis]:
    """Return x by the first two calibration points and y by the other two."""
    at = [(float(p["px"]), float(p["py"])) for p in points[:4]]
    x = [_known(p["dx"]) for p in points[:2]]
    y = [_known(p["dy"]) for p in points[2:4]]
    if axis.get("noRotation"):
        at[1], at[3] = (at[1][0], at[0][1]), (at[2][0], at[3][1])
    return (
        FigureAxis(LOG if axis.get("isLogX") else LINEAR, "other", at[0], at[1], *x),
        FigureAxis(LOG if axis.get("isLogY") else LINEAR, "value", at[2], at[3], *y),
    )


def _known(text: Any) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"calibration value {text}")
    return value


def _points(data: list[Mapping[str, Any]]) -> tuple[Position, ...]:
    return tuple((float(point["x"]), float(point["y"])) for point in data)
