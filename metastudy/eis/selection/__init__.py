"""One of several given circuits chosen by what a spectrum shows."""
