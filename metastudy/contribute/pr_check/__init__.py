"""The check of a pull request: what it loses, breaks, moves and adds, as one page."""
