"""A file as bytes and as numbered lines, and the one error every reader raises."""

from __future__ import annotations

import codecs
import hashlib
import os
import re
import stat
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ..errors import EisError

# A spectrum is kilobytes and a long series megabytes; more is another kind of file.
MAX_BYTES = 32 * 2**20

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins as that of UTF-16 does
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NOT_TEXT = re.compile("[\x00-\x08\x0e-\x1f]")  # control characters no text export holds


class ReadError(EisError):
    """A file that is not one readable spectrum; says which file, where, and what would be right."""


class SeveralSpectraError(ReadError):
    """A file that holds several spectra where one was asked for."""


@dataclass(frozen=True)
class FileContent:
    """The bytes of one file and the name the user gave for it."""

    name: str
    data: bytes

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> FileContent:
        """Read a regular file of at most ``MAX_BYTES``, or raise `ReadError`."""
        name = os.fspath(path)
        try:
            # Asked before opening, because opening a pipe would wait for a writer.
            if not stat.S_ISREG(os.stat(name).st_mode):
                raise ReadError(f"{name}: not a regular file; give the path of one instrument file")
            with open(name, "rb") as file:
                data = file.read(MAX_BYTES + 1)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise ReadError(
                f"{name}: cannot be opened ({reason}); give the path of one instrument file"
            ) from None
        if len(data) > MAX_BYTES:
            raise ReadError(
                f"{name}: more than {MAX_BYTES // 2**20} MB; an impedance file is far smaller, "
                "export only the spectra"
            )
        if not data.strip():
            raise ReadError(f"{name}: the file is empty; expected an impedance spectrum")
        return cls(name, data)

    @property
    def suffix(self) -> str:
        """File name extension in lower case, with its dot."""
        return Path(self.name).suffix.lower()

    @cached_property
    def sha256(self) -> str:
        """Checksum of the bytes, in hexadecimal."""
        return hashlib.sha256(self.data).hexdigest()

    @cached_property
    def encoding(self) -> str:
        """Encoding by its mark or by zero bytes, else UTF-8 where it fits, else Windows-1252."""
        for mark, encoding in _BOMS:
            if self.data.startswith(mark):
                return encoding
        if self.data[1:4:2] == b"\0\0" and b"\0" not in self.data[:4:2]:
            return "utf-16-le"
        if self.data[:4:2] == b"\0\0" and b"\0" not in self.data[1:4:2]:
            return "utf-16-be"
        try:
            self.data.decode("utf-8")
        except UnicodeDecodeError:
            return "cp1252"
        return "utf-8"

    @cached_property
    def text(self) -> str:
        """The decoded file; bytes without a meaning become the replacement character."""
        # Programs of DOS end a text with control-Z.
        text = self.data.decode(self.encoding, errors="replace").rstrip("\x1a")
        found = _NOT_TEXT.search(text)
        if found:
            line = text.count("\n", 0, found.start()) + 1
            raise self.error(
                f"byte {ord(found.group()):#04x} is no text",
                "expected a text file of a known instrument; the file is binary or damaged",
                line,
            )
        return text

    @cached_property
    def lines(self) -> list[str]:
        """Lines of the text without line ends; line 1 has index 0."""
        # splitlines() would also cut at form feeds and at U+0085.
        return re.sub("(?<!\r)\r+\n", "\n", self.text).replace("\r", "\n").split("\n")

    @property
    def ends_open(self) -> bool:
        """Whether the last line has no line end, as in a file that was cut."""
        return not self.text.endswith(("\n", "\r"))

    def error(self, problem: str, expected: str, line: int | None = None) -> ReadError:
        """Build the error that names file, line (1-based), problem and expectation."""
        place = self.name if line is None else f"{self.name}:{line}"
        return ReadError(f"{place}: {problem}; {expected}")
