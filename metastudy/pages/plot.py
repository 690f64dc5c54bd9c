"""The picture of a dataset, or of a part of it."""

from __future__ import annotations

from matplotlib.figure import Figure

from metastudy.errors import MetastudyError
from metastudy.pages.figures.strips import LOG_ASR, strip_figure
from metastudy.tables.dataset import Dataset


class PlotError(MetastudyError):
    """A dataset that cannot be drawn."""


def plot(data: Dataset) -> Figure:
    """Draw the observations of one class by family of the solid electrolyte.

    Marker = salt, colour = partner, open = sodium, faint = treated arm, arrow = bound; the ordinate
    is log10 of the resistance of one contact (ohm cm2).

    Parameters
    ----------
    data
        A dataset of one class of contacts, such as ``load().subset(interface_class="PE/SE")``.

    Raises
    ------
    PlotError
        Where there is no observation, or there is more than one class.

    Examples
    --------
    >>> import metastudy
    >>> figure = metastudy.plot(metastudy.load().subset(pair="LLZO | PEO"))
    >>> figure.axes[0].get_title(loc="left")
    'PE/SE at 60 °C'
    """
    rows = data.observations
    classes = sorted(rows["interface_class"].unique())
    if len(classes) != 1:
        found = f"holds {', '.join(classes)}" if classes else "has no observation"
        raise PlotError(
            f"the dataset {found}; draw one class, such as data.subset(interface_class='PE/SE')"
        )
    places = ", ".join(f"{place:g}" for place in sorted(rows["reference_c"].unique()))
    family = rows["family"].str.split(" | ", regex=False).str[2]
    title = f"{classes[0]} at {places} °C"
    return strip_figure(rows.assign(family=family), "y", LOG_ASR, title)
