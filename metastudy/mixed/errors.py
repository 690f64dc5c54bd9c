"""Errors of the engine: each message names the place, the fault, and what would be right."""

from ..errors import MetastudyError


class MixedError(MetastudyError):
    """A mistake in the input of a mixed model, or a question that its data cannot answer."""


class FormulaError(MixedError):
    """The formula cannot be read, or names what the data do not have."""


class DataError(MixedError):
    """The rows, the sampling variances or the groupings are not usable as given."""


class IdentifiabilityError(MixedError):
    """The rows cannot tell apart, or cannot tell at all, what the model asks for."""


class UndefinedError(MixedError):
    """The method asked for is not defined for this fit."""


class UndefinedForBoundsError(UndefinedError, AttributeError):
    """The fit has rows that are not plain numbers, for which this is not defined.

    Also an ``AttributeError``, so that ``hasattr`` is false for it.
    """


class ConvergenceError(MixedError):
    """The likelihood has no maximum that could be found."""


class ConvergenceWarning(UserWarning):
    """The search for the maximum of a likelihood ended before it was found."""


class MissingExtraError(MixedError):
    """The question needs an optional extra of the package that is not installed."""
