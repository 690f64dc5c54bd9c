"""Interface resistances between ionic conductors: dataset, mixed-effects models, impedance refits."""

__version__ = "0.1.0"
