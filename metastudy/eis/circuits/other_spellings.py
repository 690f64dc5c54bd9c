"""What other programs call an element or write for a circuit, and what to write here."""

from __future__ import annotations

import re
from collections.abc import Collection

# Symbol in another program -> symbol here, and what it is.
_SYMBOLS = {
    "P": ("CPE", "constant phase element"),
    "E": ("CPE", "constant phase element"),
    "CPA": ("CPE", "constant phase element"),
    "Gs": ("G", "Gerischer element; one of finite length is not among the elements"),
    "Ger": ("G", "Gerischer element"),
    "TLMQ": ("DLb", "de Levie line with a blocking wall"),
    "TLM": ("DL", "de Levie line"),
    "Tlm": ("DL", "de Levie line"),
    "Ls": ("DL", "de Levie line"),
    "K": ("ZARC", "with its exponent fixed at 1, fix={'ZARC1_n': 1}"),
    "La": ("L", "inductor; one with an exponent is not among the elements"),
    "H": ("HN", "Havriliak-Negami relaxation"),
    "Ha": ("HN", "Havriliak-Negami relaxation"),
    "Hn": ("HN", "Havriliak-Negami relaxation"),
    "M": ("Wo", "finite-space diffusion, open end"),
    "Ma": ("Wog", "generalised finite-space diffusion, open end"),
    "Wd": ("Ws", "finite-length diffusion, short end"),
    "FSW": ("Wo", "finite-space diffusion, open end"),
    "FLW": ("Ws", "finite-length diffusion, short end"),
    "BW": ("Wo", "finite-space diffusion, open end"),
    "Zw": ("W", "semi-infinite diffusion"),
}
# Sign in another program's circuits -> what to write here.
_SIGNS = {
    "+": "'-' for parts in series",
    "/": "p(a,b) for parts in parallel",
    "|": "p(a,b) for parts in parallel",
    "{": "the element alone; values go into fit(..., start={...})",
    "*": "an element once, with a number of its own each time",
}


def meant(text: str, at: int, known: Collection[str]) -> str:
    """Say what is probably meant at character ``at`` of a circuit, where no element begins.

    Parameters
    ----------
    text
        The circuit.
    at
        Index of the character that begins no element.
    known
        Symbols that the circuit may use.

    Returns
    -------
    str
        Words for the message, such as ``you probably mean R0``; empty without a guess.
    """
    if at >= len(text):
        return ""
    if text[at] in _SIGNS:
        return f"you probably mean {_SIGNS[text[at]]}"
    start = at
    while start and text[start - 1].isascii() and text[start - 1].isalpha():
        start -= 1
    if text[at] == "_":
        label = re.search("([A-Za-z]{1,20})([0-9]*)$", text[max(at - 40, 0) : at])
        number = re.match("_*([0-9]*)", text[at : at + 40])
        symbol, digits = (label[1], label[2]) if label else ("R", "")
        digits = digits or (number[1] if number else "") or "1"
        return f"you probably mean {symbol}{digits}: a label has no underscore"
    word = re.match("[A-Za-z]*", text[start : start + 40])
    letters = word[0] if word else ""
    return _symbol_meant(text, start, at, letters, known)


def _symbol_meant(text: str, start: int, at: int, letters: str, known: Collection[str]) -> str:
    """Guess among the words that stand in a run of letters and hold character ``at``."""
    inside = [
        (position, word)
        for position in range(start, at + 1)
        for word in _SYMBOLS
        if word not in known and text.startswith(word, position) and position + len(word) > at
    ]
    for position, word in sorted(inside, key=lambda one: (one[0], -len(one[1]))):
        symbol, what = _SYMBOLS[word]
        if symbol in known:
            number = re.match("_?([0-9]{0,9})", text[position + len(word) :])
            return f"you probably mean {symbol}{number[1] if number else ''} ({what})"
    spelt = {symbol.casefold(): symbol for symbol in known}
    if letters.casefold() in spelt:
        return f"you probably mean {spelt[letters.casefold()]}"
    stem = text[start:at]
    if stem in known and letters[len(stem) :].islower():
        return f"you probably mean {stem}1: a label is a symbol and a number, not {letters}"
    return ""
