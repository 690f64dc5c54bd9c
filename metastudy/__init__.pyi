from . import eis as eis
from . import mixed as mixed
from . import physics as physics
from ._version import __version__ as __version__
from .errors import MetastudyError as MetastudyError
from .tables.loading import Dataset as Dataset
from .tables.loading import load as load
from .versions import show_versions as show_versions
