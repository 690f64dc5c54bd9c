"""The window of frequencies as an option has it."""

from __future__ import annotations

from metastudy.bridge.refits.refits_csv import RefitError
from metastudy.corpus.refits import parse_window


def window_of(text: str) -> tuple[float, float] | None:
    """Read a window as the command line gives it: ``all``, or ``0.5..1e6`` in Hz.

    Raises
    ------
    RefitError
        If it is neither.
    """
    try:
        return parse_window(text)
    except ValueError:
        raise RefitError(
            f"the window {text!r} is neither all nor lowest..highest in Hz, such as 0.5..1e6"
        ) from None
