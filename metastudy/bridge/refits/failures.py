"""Why one file or one spectrum of a batch gave nothing, in one line."""

from __future__ import annotations

import logging

from metastudy.errors import MetastudyError

logger = logging.getLogger(__name__)


def reason_of(error: Exception, what: str) -> str:
    """Say why a file or spectrum failed; an error of the program is named as one.

    One bad file never ends a batch, whatever the error, except where memory ran out: what comes
    after that cannot be trusted.

    Parameters
    ----------
    error
        The error that was caught.
    what
        The file or spectrum, for the log.

    Raises
    ------
    MemoryError
        The error itself, if it is one.
    """
    if isinstance(error, MemoryError):
        raise error
    if isinstance(error, MetastudyError):
        return str(error)
    logger.info("an error of the program in %s", what, exc_info=error)
    words = " ".join(str(error).split())[:200]
    return f"an error of the program, please report it: {type(error).__name__}: {words}"
