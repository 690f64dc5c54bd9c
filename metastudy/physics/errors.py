"""The error of the physics room; its message names the argument and what would be right."""

from ..errors import MetastudyError


class PhysicsError(MetastudyError):
    """A number that no contact can have, or a fit that the data cannot carry."""
