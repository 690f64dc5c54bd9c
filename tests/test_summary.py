import pandas as pd

from metastudy.summary import Summary, SummaryTable

FRAME = pd.DataFrame({"estimate": [1.23456789], "verdict": ["<b>&"]}, index=["a<b"])
SUMMARY = Summary(["y ~ x", "REML"], [SummaryTable("Fixed part", FRAME)], ["a note <i>"])


def test_text_has_head_tables_and_notes_in_order():
    text = str(SUMMARY)
    assert [text.index(part) for part in ("y ~ x", "Fixed part", "1.235", "a note")] == sorted(
        text.index(part) for part in ("y ~ x", "Fixed part", "1.235", "a note")
    )
    assert repr(SUMMARY) == text


def test_html_is_a_table_and_escaped():
    page = SUMMARY._repr_html_()
    assert "<table" in page
    assert "1.235" in page
    for raw in ("a<b", "<b>&", "<i>"):
        assert raw not in page


def test_empty_parts_leave_no_blank_lines():
    assert str(Summary(["head"], [])) == "head"
