"""The log of the library on standard error."""

from __future__ import annotations

import logging


def log_to_stderr(level: int = logging.INFO) -> None:
    """Write what the modules of the package log, from a level up, with milliseconds since start."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(relativeCreated)7.0f ms  %(name)s: %(message)s"))
    logger = logging.getLogger("metastudy")
    logger.handlers = [handler]
    logger.setLevel(level)
