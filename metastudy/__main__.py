"""Run the command line with ``python -m metastudy``."""

from metastudy.cli import main

main()
