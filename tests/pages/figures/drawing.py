"""What a picture shows: the numbers of its marks and lines."""

import numpy as np


def shown(picture):
    """Return the ordinates of every line and mark of a picture."""
    return np.concatenate(
        [np.asarray(line.get_ydata(), float) for axes in picture.axes for line in axes.get_lines()]
    )


def assert_shows(picture, numbers):
    """Hold numbers against the picture: each is an ordinate of it."""
    drawn = shown(picture)
    missing = [n for n in numbers if not np.isclose(drawn, n, rtol=3e-6).any()]
    assert missing == []


def words(picture):
    """Return every text of a picture and its legends."""
    texts = [t.get_text() for axes in picture.axes for t in axes.texts]
    return texts + [t.get_text() for legend in picture.legends for t in legend.get_texts()]
