from .fitting import fit as fit
from .posterior import BayesFit as BayesFit
