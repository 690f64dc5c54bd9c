"""Interface resistances between ionic conductors: dataset, mixed models, impedance refits."""

__version__ = "0.1.0"
