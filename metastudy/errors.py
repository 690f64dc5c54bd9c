"""Errors that users of every room can catch by one name.

A message says where, what, and what would be right. Each room raises its own subclass, defined
beside the code that raises it; the command line prints the message and exits with status 1.
"""


class MetastudyError(Exception):
    """A mistake in input that the user can mend; the message says where, what and how."""
