"""Rules of bytes and shape, held by the readers themselves while they read."""

from __future__ import annotations

from metastudy.corpus.rules.rule import Rule, error

RULES: tuple[Rule, ...] = (
    error(
        "study-symlink",
        reason="A link can lead out of the data folder, and does not travel with it.",
        good="data/studies/noi_2018_nasicon/ is a folder with plain files",
        bad="data/studies/noi_2018_nasicon is a link to another place",
    ),
    error(
        "study-file",
        reason="What is not read is not data; what is read must be there.",
        good="study.yaml, measurements.csv and spectra/",
        bad="notes.docx in a study folder, or no measurements.csv",
    ),
    error(
        "study-name",
        reason="The folder name is the study's id in records, links and pages.",
        good="data/studies/noi_2018_nasicon/",
        bad="data/studies/Noi 2018/",
    ),
    error(
        "file-id",
        reason="A decision or correction is found by its file.",
        good="decisions/noi_2018_ea_form.yaml holds id: noi_2018_ea_form",
        bad="decisions/noi_2018_ea_form.yaml holds id: noi_form",
    ),
    error(
        "file-size",
        reason="A file of this size is no table of printed numbers.",
        good="measurements.csv of 200 kB",
        bad="measurements.csv of 30 MB",
    ),
    error(
        "encoding",
        reason="A micro sign read in the wrong encoding is another unit.",
        good="UTF-8 without byte order mark",
        bad="Latin-1, UTF-16, or UTF-8 with a byte order mark",
    ),
    error(
        "line-ending",
        reason="One line end everywhere keeps differences readable and files equal byte by byte.",
        good="Lines end with LF",
        bad="Lines end with CR LF",
    ),
    error(
        "control-character",
        reason="Invisible characters make two equal words differ, or text read backwards.",
        good="heated_disc",
        bad="heated_disc with a zero-width space",
    ),
    error(
        "csv-header",
        reason="Cells are read by column.",
        good="The header of schemas/measurement.schema.json, in its order",
        bad="A missing or renamed column, or semicolons between the cells",
    ),
    error(
        "csv-ragged",
        reason="A row with a cell too many or too few shifts its numbers into other columns.",
        good="As many cells as the header",
        bad="An unquoted comma in notes",
    ),
    error(
        "csv-quote",
        reason="A quote that is not closed swallows the rows after it.",
        good='"Section 3.1, after equation 1"',
        bad='"Section 3.1, after equation 1',
    ),
    error(
        "csv-cut",
        reason="A file that was cut off ends in a shortened number as easily as in a whole one.",
        good="The last row ends with a line end",
        bad="The file ends within a row",
    ),
    error(
        "csv-formula",
        reason="Spreadsheets run such a cell as a formula.",
        good="after 3 d",
        bad='=HYPERLINK("...")',
    ),
    error(
        "csv-space",
        reason="Blanks at the ends make two equal words differ.",
        good="Table 2",
        bad="Table 2 with a blank behind it, or with a line break or tab inside",
    ),
    error(
        "csv-long",
        reason="A cell of this length is a lost quote or a text that belongs elsewhere.",
        good="A note of one sentence",
        bad="A note of 5,000 characters",
    ),
    error(
        "cell-pattern",
        reason="Ids, counts and levels have one form each.",
        good="n 3",
        bad="n three",
    ),
    error(
        "unknown-word",
        reason="Words are grouped by; two spellings are two groups.",
        good="qualifier exact",
        bad="qualifier exactly",
    ),
    error(
        "unknown-unit",
        reason="A unit that nobody declared has no factor.",
        good="ohm cm2",
        bad="ohm/cm2",
    ),
    error(
        "missing-locator",
        reason="Nobody can verify a number without its place.",
        good="Table 2, row 3",
        bad="An empty locator",
    ),
    error(
        "not-a-number",
        reason="The number is read from the printed text.",
        good="0.40, 1.2e-7 or 1.5 10^-7",
        bad="about 64",
    ),
    error(
        "decimal-comma",
        reason="A comma is a decimal point in some countries and a thousands separator in others.",
        good="0.40",
        bad="0,40",
    ),
    error(
        "not-finite",
        reason="Infinity is no measurement; a bound has a qualifier.",
        good="gt 1000",
        bad="inf",
    ),
    error(
        "bad-doi",
        reason="Links and BibTeX are made from the DOI.",
        good="10.1021/acsami.8b02427",
        bad="https://doi.org/10.1021/acsami.8b02427",
    ),
    error(
        "yaml-size",
        reason="No study needs a million characters; a bomb does.",
        good="study.yaml of 10 kB",
        bad="study.yaml of 2 MB",
    ),
    error(
        "yaml-alias",
        reason="Aliases multiply, anchors and tags give text another meaning.",
        good="The value written out",
        bad="*other, &name or !!python/object",
    ),
    error(
        "yaml-depth",
        reason="Deep nesting is a bomb or a stray bracket.",
        good="source: {kind: article}",
        bad="Three thousand opening brackets",
    ),
    error(
        "yaml-syntax",
        reason="What cannot be read cannot be checked.",
        good="kind: article",
        bad="kind: [article",
    ),
    error(
        "yaml-equal-key",
        reason="A second value would silently replace the first.",
        good="One doi in source",
        bad="Two doi in source",
    ),
    error(
        "yaml-equal-id",
        reason="A row that names the id would mean either part.",
        good="samples plain and heated",
        bad="Two samples called heated",
    ),
    error(
        "yaml-unknown-key",
        reason="A misspelt key would be a lost value.",
        good="polymer: PEO",
        bad="polimer: PEO",
    ),
    error(
        "yaml-missing-key",
        reason="What is not known is said in a word, not left out.",
        good="salt: not_reported",
        bad="A contact without salt",
    ),
    error(
        "yaml-pattern",
        reason="Ids, dates, years and numbers have one form each.",
        good="date: 2026-11-25",
        bad="date: 25.11.2026",
    ),
    error(
        "yaml-type",
        reason="A list where text belongs has no meaning.",
        good="treatments: [heat]",
        bad="treatments: heat",
    ),
    error(
        "yaml-shape",
        reason="An empty text or an empty list says nothing.",
        good="title: with text",
        bad="title: with empty text",
    ),
    error(
        "vocabulary",
        reason="Every word is explained once, and every table is read by all studies.",
        good="heat,The ceramic was heated before assembly.",
        bad="heat,",
    ),
)
