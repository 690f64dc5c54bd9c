"""Where one spectrum of a table ends and the next begins."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.int_]

MIN_SWEEP = 5
# How spectra are told apart that no column names.
RESTARTED = "a new one where the frequency starts again"


def runs_of(
    frequency_hz: FloatArray, cycle: FloatArray | None, temperature_c: FloatArray | None
) -> tuple[list[IndexArray], list[str]]:
    """Split the rows of a table into spectra.

    Parameters
    ----------
    frequency_hz : array, shape (n,)
        Frequency of each row.
    cycle, temperature_c : array, shape (n,), or None
        Columns that name the spectrum a row belongs to, where the table has them.

    Returns
    -------
    runs : list of index arrays
        The rows of each spectrum, in the order of the table.
    notes : list of str
        How the rows were told apart, where it took more than one spectrum.
    """
    everything = np.arange(frequency_hz.size)
    groups, notes = [everything], []
    for values, word in ((cycle, "cycle"), (temperature_c, "temperature")):
        if values is None:
            continue
        split = _by_value(values, contiguous=word == "cycle")
        if np.median([run.size for run in split]) < MIN_SWEEP:
            continue  # a number per row, or a measured temperature that varies
        if len(split) > 1 and len(groups) == 1:
            groups = split
            notes.append(f"spectra: {len(split)}, told apart by the {word} column")
    runs: list[IndexArray] = []
    for group in groups:
        runs.extend(group[part] for part in _by_restart(frequency_hz[group]))
    if len(runs) > len(groups):
        notes.append(f"spectra: {len(runs)}, {RESTARTED}")
    return runs, notes


def _by_value(values: FloatArray, *, contiguous: bool) -> list[IndexArray]:
    """Group rows of equal value; contiguous rows only, or wherever they are."""
    if contiguous:
        cuts = np.flatnonzero(np.diff(values) != 0) + 1
        return list(np.split(np.arange(values.size), cuts))
    _, first, group = np.unique(values, return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")
    return [np.flatnonzero(group == number) for number in order]


def _by_restart(frequency_hz: FloatArray) -> list[IndexArray]:
    """Cut where the frequency jumps back to the start of a sweep in the same direction.

    An up and a down sweep stay together: there the direction turns but nothing jumps. A point
    or two repeated at the end stay with their sweep.
    """
    n = frequency_hz.size
    if n < 2 * MIN_SWEEP:
        return [np.arange(n)]
    log_f = np.log(frequency_hz)
    step = np.diff(log_f)
    typical = float(np.median(np.abs(step[step != 0]))) if np.any(step) else 0.0
    jumps = np.flatnonzero(np.abs(step) > 5 * typical) + 1 if typical else np.array([], dtype=int)
    cuts, start = [], 0
    for jump in jumps:
        before = log_f[start:jump]
        after = log_f[jump : _next(jumps, jump, n)]
        if min(before.size, after.size) < MIN_SWEEP:
            continue
        same_direction = (before[-1] - before[0]) * (after[-1] - after[0]) > 0
        back = (log_f[jump] - log_f[jump - 1]) * (before[-1] - before[0]) < 0
        if same_direction and back:
            cuts.append(int(jump))
            start = int(jump)
    return list(np.split(np.arange(n), cuts))


def _next(jumps: IndexArray, jump: int, end: int) -> int:
    later = jumps[jumps > jump]
    return int(later[0]) if later.size else end
