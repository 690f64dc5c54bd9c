"""``python -m metastudy`` is the command line."""

from metastudy.cli import main

main()
