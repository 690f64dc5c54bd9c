"""The error of everything that a release refuses."""

from __future__ import annotations

from metastudy.errors import MetastudyError


class ReleaseError(MetastudyError):
    """A release that is refused; the message says why, and what to do first."""
