"""The docstring of every public function and class has an example, and the example runs."""

import doctest
import inspect
from importlib import import_module

import pytest

PACKAGES = (
    "metastudy",
    "metastudy.mixed",
    "metastudy.mixed.bayes",
    "metastudy.eis",
    "metastudy.physics",
)
FLAGS = doctest.ELLIPSIS


def public_callables():
    """Every public function and class once, exceptions aside; those of the extra marked."""
    seen = []
    for package in PACKAGES:
        module = import_module(package)
        for name in module.__all__:
            item = getattr(module, name)
            fault = inspect.isclass(item) and issubclass(item, BaseException)
            if callable(item) and not fault and not any(item is other for other in seen):
                seen.append(item)
                bayes = item.__module__.startswith("metastudy.mixed.bayes")
                marks = pytest.mark.bayes if bayes else ()
                yield pytest.param(item, id=f"{package}.{name}", marks=marks)


@pytest.mark.parametrize("item", list(public_callables()))
def test_the_example_runs(item):
    names = dict(vars(inspect.getmodule(item)))
    text = inspect.getdoc(item) or ""
    example = doctest.DocTestParser().get_doctest(text, names, item.__qualname__, None, None)
    assert example.examples, f"{item.__qualname__} has no example"
    faults = []
    doctest.DocTestRunner(verbose=False, optionflags=FLAGS).run(example, out=faults.append)
    assert faults == [], "".join(faults)
