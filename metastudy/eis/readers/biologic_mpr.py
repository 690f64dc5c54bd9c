"""BioLogic binary ``.mpr``, by the optional package datalab-org-galvani (GPL-3.0-or-later).

The package is imported here, when such a file is read, and nowhere else.
"""

from __future__ import annotations

import io
import warnings
from typing import Any

import numpy as np

from ..spectrum import Spectrum
from .assembly import spectra_of
from .hints import Hints
from .source import FileContent, ReadError
from .table import RawTable


def read(source: FileContent, hints: Hints) -> list[Spectrum]:
    """Read every cycle of an ``.mpr`` file."""
    try:
        from galvani import BioLogic
    except ImportError:
        raise ReadError(
            f"{source.name}: a BioLogic binary file needs the optional reader; install it with "
            "pip install 'metastudy[biologic]' (GPL-3.0), or export the file as text (.mpt)"
        ) from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            file = BioLogic.MPRfile(io.BytesIO(source.data))
            data = np.asarray(file.data)
            names = tuple(data.dtype.names or ())
            columns = [np.asarray(data[name], dtype=np.float64) for name in names]
    except Exception as error:  # the reader's errors are of every kind, from assert to struct
        raise source.error(
            f"the BioLogic reader cannot read it ({type(error).__name__}: {str(error)[:120]})",
            "expected a whole .mpr file of an impedance technique; export it as text (.mpt)",
        ) from None
    metadata: dict[str, Any] = {"format": "BioLogic mpr", "notes": ()}
    started = getattr(file, "timestamp", None)
    if started is not None:
        metadata["started"] = str(started)
    if not names or not data.size:
        raise source.error(
            "the BioLogic file holds no points", "expected a finished impedance measurement"
        )
    lines = np.arange(1, data.size + 1).tolist()
    return spectra_of(source, RawTable(names, columns, lines, vendor_signs=True), hints, metadata)
