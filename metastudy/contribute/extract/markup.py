"""Text of a paper without the markup of TeX and Markdown; digits, signs and units stay."""

from __future__ import annotations

import re

_LINK = re.compile(r"\[([^\[\]]*)\]\((?:#|https?:)[^()]*\)")
_MATH = re.compile(r"\$([^$]*)\$")
_STYLED = re.compile(r"\\(?:text|mathrm|mathbf|mathit|mathsf|textit|textbf|rm|it)\s*\{([^{}]*)\}")
_SIGNS = {
    r"+\div": "±",
    r"\pm": "±",
    r"\times": "×",
    r"\cdot": "·",
    r"\Omega": "Ω",
    r"\omega": "ω",
    r"\mu": "µ",
    r"\sim": "~",
    r"\approx": "≈",
    r"\leq": "≤",
    r"\geq": "≥",
    r"\le": "≤",
    r"\ge": "≥",
    r"\%": "%",
    r"\circ": "°",
    r"\,": " ",
    r"\;": " ",
    r"\ ": " ",
    r"\Delta": "Δ",
    r"\sigma": "σ",
    r"\rightarrow": "→",
}
_SIGN = re.compile("|".join(re.escape(s) for s in sorted(_SIGNS, key=len, reverse=True)))
_RAISED = re.compile(r"\s?\^\s*(?:\{\s*([^{}]*?)\s*\}|([0-9]|°|[-+−]\s?[0-9]+))")
_LOWERED = re.compile(r"_\s*\{\s*([^{}]*?)\s*\}")
_SUPERSCRIPT = str.maketrans("0123456789-−+", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁻⁺")
_EMPHASIS = re.compile(r"\*\*|(?<![Ωm²\d])\*|\*(?![A-Za-zΩ])")
# "+/-" as a reader of scans may give it
_PLUS_MINUS = re.compile(r"\+\s?/\s?[-−]|\+[-−]|\+\s?\(\s?[-−]\s?(?=[0-9])")
_COMMAND = re.compile(r"\\[A-Za-z]+")
_SPLIT_OHM = re.compile(r"(?<=[0-9] )([kMm]) (?=Ω)")
_SPLIT_JOINT = re.compile(r"(?<=Ω) (?=[.·⋅]\s?c?m)")
_SPLIT_POWER = re.compile(
    r"((?:Ω|[Oo]hm|[SFAVX?O\ufffd\ue000-\uf8ff])[ .·⋅]?c?m) ([-−–]? ?[123])(?![0-9.])"
)


def plain(text: str) -> str:
    r"""Return text without markup, with exponents raised.

    >>> plain(r"$3.7 \times 10^{-4} \text{ S}\cdot\text{cm}^{-1}$")
    '3.7 × 10⁻⁴ S·cm⁻¹'
    """
    text = _LINK.sub(r"\1", text)
    text = _MATH.sub(lambda match: match[1].replace("~", " "), text)
    for _ in range(3):  # styles stand inside one another
        text = _STYLED.sub(r"\1", text)
    text = _SIGN.sub(lambda match: _SIGNS[match[0]], text)
    text = _LOWERED.sub(r"_\1", text)
    text = _RAISED.sub(_raised, text)
    text = _EMPHASIS.sub("", text)
    text = _PLUS_MINUS.sub("±", _COMMAND.sub("", text))
    text = re.sub(r"[{}]", "", text)
    text = " ".join(text.split())
    text = _SPLIT_JOINT.sub("", _SPLIT_OHM.sub(r"\1", text))
    return _SPLIT_POWER.sub(lambda match: f"{match[1]}{match[2].replace(' ', '')}", text)


def _raised(match: re.Match[str]) -> str:
    inner = "".join((match[1] if match[1] is not None else match[2]).split())
    if inner in ("°", "o"):
        return "°"
    if re.fullmatch(r"[-−+]?[0-9]+", inner):
        return inner.translate(_SUPERSCRIPT)
    return ""  # marks of citations and charges
