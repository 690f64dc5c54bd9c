"""The rules of the check: what each holds, why, and a good and a bad example."""
