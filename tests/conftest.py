"""Set before numpy is imported: small matrices, so one thread, as the command line does it."""

from metastudy.cli import one_thread

one_thread()
