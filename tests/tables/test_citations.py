"""BibTeX and CSL-JSON of the sources."""

import json
import re

import pytest

from metastudy.tables.citations import CitationError, bibtex, csl_json
from tests.studies import corpus_of, make_study


def works_of(corpus):
    return {name: study.source for name, study in corpus.studies.items()}


def entry(**source):
    return bibtex(works_of(corpus_of(make_study(source=source))))


def field(text, name):
    (found,) = re.findall(rf"^  {name} = {{(.*)}},$", text, flags=re.M)
    return found


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("R & D at 5 %", r"R \& D at 5 \%"),
        ("$10 #1_a", r"\$10 \#1\_a"),
        ("{braced}", r"\{braced\}"),
        (r"a\b", r"a\textbackslash{}b"),
        ("~1^2", r"\textasciitilde{}1\textasciicircum{}2"),
        ("Li₇La₃Zr₂O₁₂", "Li₇La₃Zr₂O₁₂"),
    ],
)
def test_special_characters_are_escaped(printed, expected):
    assert field(entry(title=printed), "title") == "{" + expected + "}"


def test_names_pages_and_kinds():
    text = entry(
        authors=("Müller, A.-B.", "Institute of Salt and Glass"), pages="12-19", kind="thesis"
    )
    assert text.startswith("@phdthesis{alpha_2020_first,\n")
    assert field(text, "author") == "Müller, A.-B. and {Institute of Salt and Glass}"
    assert field(text, "pages") == "12--19"
    assert field(text, "school") == "Journal"
    assert field(entry(pages="12–19"), "pages") == "12--19"


def hold_every_source_once_and_balanced(corpus):
    text = bibtex(works_of(corpus))
    assert re.findall(r"^@\w+{(.*),$", text, flags=re.M) == sorted(corpus.studies)
    for block in text.split("\n\n"):
        plain = re.sub(r"\\[{}]", "", block)
        assert plain.count("{") == plain.count("}")
    items = json.loads(csl_json(works_of(corpus)))
    assert [item["id"] for item in items] == sorted(corpus.studies)
    by_id = {item["id"]: item for item in items}
    for name, study in corpus.studies.items():
        assert by_id[name].get("DOI", "") == study.source.doi
        assert len(by_id[name]["author"]) == len(study.source.authors)


def test_every_source_is_there_once_and_balanced(frozen_corpus):
    hold_every_source_once_and_balanced(frozen_corpus)


@pytest.mark.data
def test_every_source_of_todays_data_is_there_once_and_balanced(todays_corpus):
    hold_every_source_once_and_balanced(todays_corpus)


def test_csl_splits_family_and_given_names():
    source = {"authors": ("Weiss, M.", "Unnamed"), "year": "undated"}
    (item,) = json.loads(csl_json(works_of(corpus_of(make_study(source=source)))))
    assert item["author"] == [{"family": "Weiss", "given": "M."}, {"literal": "Unnamed"}]
    assert "issued" not in item


def test_others_stay_the_word_that_bibtex_knows():
    authors = ("Weiss, M.", "others")
    assert field(entry(authors=authors), "author") == "Weiss, M. and others"
    (item,) = json.loads(csl_json(works_of(corpus_of(make_study(source={"authors": authors})))))
    assert item["author"][1] == {"literal": "others"}
    assert field(entry(authors=("Weiss, M.", "et al.")), "author") == "Weiss, M. and others"


def test_a_family_name_that_holds_and_is_one_name():
    assert field(entry(authors=("Salt and Glass, X.",)), "author") == "{Salt and Glass}, X."
    assert field(entry(authors=("Anderson, X.",)), "author") == "Anderson, X."


def test_a_suffix_stands_between_family_and_given_names():
    authors = ("King, Jr, M. L.",)
    assert field(entry(authors=authors), "author") == "King, Jr, M. L."
    (item,) = json.loads(csl_json(works_of(corpus_of(make_study(source={"authors": authors})))))
    assert item["author"] == [{"family": "King", "suffix": "Jr", "given": "M. L."}]


def test_a_dataset_cites_as_the_corpus_does(frozen, frozen_corpus):
    assert frozen.cite() == bibtex(works_of(frozen_corpus))
    assert frozen.cite(format="csl") == csl_json(works_of(frozen_corpus))


def test_a_part_of_the_dataset_cites_its_works_alone(frozen):
    part = frozen.subset(interface_class="SE/SE")
    keys = re.findall(r"^@\w+{(.*),$", part.cite(), flags=re.M)
    assert keys == sorted(part.studies["study_id"])
    assert 0 < len(keys) < len(frozen.studies)


def test_an_unknown_format_names_those_there_are(frozen):
    with pytest.raises(CitationError, match="named 'ris'; use one of bibtex, csl"):
        frozen.cite(format="ris")
