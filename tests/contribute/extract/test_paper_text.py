"""Sentences of text and PDF files with their pages, and files that hold none."""

from __future__ import annotations

from pathlib import Path

import pytest
from matplotlib import rc_context
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.figure import Figure

from metastudy.contribute.extract.paper_text import PaperError, Sentence, read_paper
from metastudy.contribute.extract.proposals import proposals
from tests.studies import VOCABULARY


def pdf(*pages: str) -> bytes:
    """Write a PDF of one line a page, by hand: objects, a table of their places, a trailer."""
    kids = " ".join(f"{4 + 2 * i} 0 R" for i in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for index, text in enumerate(pages):
        content = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET"
        objects.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] "
            f"/Resources << /Font << /F1 3 0 R >> >> /Contents {5 + 2 * index} 0 R >>"
        )
        objects.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    size = len(objects) + 1
    end = f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root 1 0 R >>\n"
    return out + f"{end}startxref\n{len(out)}\n%%EOF\n".encode("latin-1")


def test_pages_of_a_pdf_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "paper.pdf"
    path.write_bytes(pdf("Simulated paper.", "The interface has 64 ohm cm2. It grows."))
    assert read_paper(path) == [
        Sentence("Simulated paper.", 1),
        Sentence("The interface has 64 ohm cm2.", 2),
        Sentence("It grows.", 2),
    ]


@pytest.mark.parametrize("font_type", [3, 42])
def test_a_pdf_of_another_program_keeps_digits_signs_and_units(
    tmp_path: Path, font_type: int
) -> None:
    path = tmp_path / "paper.pdf"
    figure = Figure()
    figure.text(0.05, 0.8, "Simulated. The interfacial resistance is 17 ± 2 Ω·cm² at 70 °C.")
    figure.text(0.05, 0.6, r"Its conductivity is $\sigma = 2.4\times10^{-5}$ S cm$^{-1}$.")
    with rc_context({"pdf.fonttype": font_type}):
        FigureCanvasPdf(figure).print_pdf(path)
    sentences = read_paper(path)
    found = proposals(sentences, VOCABULARY)
    if not any("Ω" in sentence.text for sentence in sentences):
        # Before matplotlib 3.11 such letters of a Type 3 font are drawings; their numbers are left.
        assert [p.cells["value_text"] for p in found] == ["70"]
        return
    assert [(p.cells["value_text"], p.cells["unit_text"], p.page) for p in found] == [
        ("17", "Ω·cm²", 1),
        ("2.4 × 10^-5", "S cm−1", 1),
    ]


def test_a_text_is_split_at_sentences_and_ends_before_the_references(tmp_path: Path) -> None:
    path = tmp_path / "paper.txt"
    path.write_text(
        "The inter-\nface of A. Probe et al. has ca. 5 Ω (Fig. 2). **It** grows.\n\n"
        "References\n\n1. Probe, A. Something of 7 Ω.\n",
        encoding="utf-8",
    )
    assert [s.text for s in read_paper(path)] == [
        "The interface of A. Probe et al. has ca. 5 Ω (Fig. 2).",
        "It grows.",
    ]


def test_a_form_feed_begins_a_page(tmp_path: Path) -> None:
    path = tmp_path / "paper.txt"
    path.write_text("One.\fTwo.", encoding="utf-8")
    assert [s.page for s in read_paper(path)] == [1, 2]


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("paper.docx", b"x", "text is read from .pdf, .txt and .md"),
        ("paper.txt", b"\xe9", "is not UTF-8"),
        ("paper.txt", b"  \n", "holds no text"),
        ("paper.pdf", b"%PDF-1.4 nothing", "no text can be read from this PDF"),
        ("paper.pdf", pdf(""), "a scanned PDF needs text recognition first"),
    ],
)
def test_a_paper_without_text_is_one_message(
    tmp_path: Path, name: str, data: bytes, message: str
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(PaperError, match=message):
        read_paper(path)


def test_a_paper_that_is_not_there_is_one_message(tmp_path: Path) -> None:
    with pytest.raises(PaperError, match="cannot be read: No such file"):
        read_paper(tmp_path / "paper.txt")
