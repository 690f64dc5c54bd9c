"""The built tables, declared once: columns, types, units, meanings.

Parquet field metadata, the CSV headers, the SQLite columns, ``datapackage.json`` and the data
frames all follow these declarations.
"""

from __future__ import annotations

from dataclasses import dataclass

from metastudy.corpus.study import COLUMNS


@dataclass(frozen=True)
class Column:
    """One column: ``kind`` is text, number, integer or flag; ``unit`` is empty for text."""

    name: str
    kind: str
    unit: str
    meaning: str


@dataclass(frozen=True)
class TableForm:
    """One table: what a row is, its key, and its columns in order."""

    name: str
    meaning: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]


def _text(name: str, meaning: str) -> Column:
    return Column(name, "text", "", meaning)


def _number(name: str, unit: str, meaning: str) -> Column:
    return Column(name, "number", unit, meaning)


_IDENTITY = (
    _text("study_id", "The work."),
    _text("interface_class", "LE/SE, PE/SE or SE/SE."),
    _text("ion", "The ion that crosses."),
    _text("solid_electrolyte", "The solid electrolyte."),
    _text("family", "Class, ion, family of the solid electrolyte and class of the partner."),
    _text("material", "Class, ion, solid electrolyte and the partner's chemicals."),
    _text("system", "The material, the salt and its content: nominally the same thing."),
)

RECORDS = TableForm(
    "records",
    "One printed number, as printed and in canonical units; or one derived from printed numbers.",
    ("record_id",),
    (
        *(_text(name, "As typed by the curator.") for name in COLUMNS),
        _text("study_id", "The work."),
        _text("preparation_id", "The preparation of the specimen."),
        _text("arm", "Reference or treated arm of the preparation."),
        _text("series", "Series of the preparation, joined by blanks."),
        _text("treatments", "Words of its treatments, joined by blanks."),
        _text("state_kind", "Fresh, aged and so on; unknown where no state is named."),
        _text("reference_preparation_id", "The preparation of reference_sample."),
        _text("interface_class", "LE/SE, PE/SE or SE/SE; missing without a contact."),
        _text("family", "Class, ion, family and class of the partner; missing without a contact."),
        _text("system", "Nominally the same thing; missing without a contact."),
        _text(
            "area_text",
            "Area or diameter of the contact as printed, or why not; missing if not coded.",
        ),
        _number("area_cm2", "cm2", "Projected geometric area of the contact."),
        _text("age_text", "Age of the state as printed, or why it is missing."),
        _number("age_h", "h", "Age of the state."),
        _text("electrodes", "Electrodes of the cell; missing without a cell."),
        Column("n_in_circuit", "integer", "1", "Contacts in the circuit; missing if unknown."),
        _text("unit", "Canonical unit of value, lo, hi and sd."),
        _number("value", "see unit", "Canonical value; missing for a bound."),
        _number("lo", "see unit", "Smallest value that the print allows; missing where open."),
        _number("hi", "see unit", "Largest value that the print allows; missing where open."),
        _number("sd", "see unit", "Printed uncertainty."),
        _number("temperature_c", "degC", "Temperature; of a word, its stated reading."),
        _number("temperature_sd_k", "K", "Standard deviation of the temperature."),
        _number("asr_ohm_cm2", "ohm cm2", "Resistance of the circuit, times area where needed."),
        _number("log10_asr", "log10(ohm cm2)", "Its decadic logarithm."),
        _number("ea_ev", "eV", "Activation energy of a contact, as printed form."),
        _text("correction", "Correction that replaced a printed text."),
        _text("derived_from", "Printed records that it follows from; missing for a printed one."),
        _text("observation_id", "The observation that the row went into."),
        _text("excluded", "The reason word, where the row went into none."),
    ),
)

OBSERVATIONS = TableForm(
    "observations",
    "The resistance of one contact of one sample in one state at the reference temperature.",
    ("observation_id",),
    (
        _text("observation_id", "Study, sample and state."),
        *_IDENTITY,
        _text("lab", "Where the sample was made."),
        _text("preparation_id", "The preparation, unique across works."),
        _text("sample_id", "The specimen, unique across works."),
        _text("cell_id", "The cell design, unique across works."),
        _text("state_id", "The state, within the work."),
        _text("state_kind", "Fresh, aged and so on."),
        _text("arm", "Reference or treated."),
        _text("treatments", "Words of the treatments, joined by blanks."),
        _text("salt", "The salt."),
        _text("salt_content", "Salt content as printed."),
        _text("partner_class", "What the partner is."),
        _text("partner", "The partner's chemicals."),
        _text("censoring", "exact, left (at most), right (at least) or interval."),
        _number("y", "log10(ohm cm2)", "Response; missing for a bound."),
        _number("lo", "log10(ohm cm2)", "Lower end; missing where open."),
        _number("hi", "log10(ohm cm2)", "Upper end; missing where open."),
        _number("asr_ohm_cm2", "ohm cm2", "10**y: one contact at the reference temperature."),
        _number(
            "reference_c", "degC", "Temperature of y; of a row in the other phase the measured one."
        ),
        _number("measured_log10", "log10(ohm cm2)", "Circuit at the measured temperature."),
        _number("temperature_c", "degC", "Measured temperature."),
        Column("temperature_in_words", "flag", "", "The temperature is a word of the source."),
        _text("phase", "Phase of the polymer where it was measured."),
        _text("reference_phase", "Phase of the polymer at the reference temperature."),
        _text("ea_source", "line, own, two temperatures, same study and system, pooled; none."),
        _number("ea_ev", "eV", "Activation energy of the move."),
        Column("coverage_known", "flag", "", "The source says what the number covers."),
        _number("count_shift", "dex", "log10 of the count that may divide it; 0 where known."),
        Column("n_in_circuit", "integer", "1", "Contacts in the circuit; missing if unknown."),
        _text("component", "What the number contains."),
        Column("spread_reported", "flag", "", "A spread of samples or repeats is printed."),
        Column("n_samples", "integer", "1", "Samples behind a printed mean."),
        _number("sample_sd_dex", "dex", "Printed standard deviation between samples."),
        _text("read", "In which text the number was read."),
        _text("via", "The work in which a secondary number was read."),
        _text("records", "Ids of the rows behind it, joined by blanks."),
        _number("v", "dex2", "Known variance: the diagonal of V."),
        _number("v_temperature", "dex2", "The part of the temperature terms."),
        _number("v_interfaces", "dex2", "The part of unknown coverage."),
        _number("v_other", "dex2", "Area, reading error, repeats, line."),
        Column("headline", "flag", "", "In the headline set: reference arm, one state a sample."),
        _text("left_out", "All reason words, where it is not, joined by blanks."),
        _number("donor_number_mean", "kcal/mol", "Of the liquid, over mole fractions."),
        _text("strongest_solvent", "The solvent that holds the ion best."),
        _number("donor_number_strongest", "kcal/mol", "Its donor number."),
        _text("donor_number_scale", "By which definition."),
        _text("donor_number_source", "Sources of the donor numbers, joined by semicolons."),
        _text("electrodes", "Electrodes of the cell."),
        _text("evaluation", "How the number was read from the measurement."),
        _text("film_process", "How the polymer film was made, or why that is missing."),
        _text("residual_solvent", "Solvent left in the polymer, or why that is missing."),
        _text("surface_state", "Surface of the solid electrolyte, or why that is missing."),
        _text("joining_method", "How the two were brought into contact, or why that is missing."),
        _number("residual_content", "1", "Mass fraction of solvent left in the polymer."),
        _text("age_text", "Age of the state as printed, or why it is missing."),
        _number("age_h", "h", "Age of the state; of a range its middle."),
    ),
)

BUDGET = TableForm(
    "budget",
    "One unknown as it acts on one observation; equal term and key are the same unknown.",
    ("observation_id", "term", "key"),
    (
        _text("observation_id", "The observation."),
        _text("term", "The step that brought the unknown."),
        _text("scope", "What shares it: row, sample, cell design, study, class."),
        _text("key", "The sharing unit."),
        _number("loading", "dex", "Signed effect of one standard deviation on y."),
    ),
)

COVARIANCE = TableForm(
    "covariance",
    "Entries of V by term; V is their sum, symmetric, i <= j listed.",
    ("observation_i", "observation_j", "term"),
    (
        _text("observation_i", "Row of V."),
        _text("observation_j", "Column of V."),
        _text("term", "The shared step."),
        _text("scope", "What shares it."),
        _number("value", "dex2", "The contribution."),
    ),
)

EXCLUDED = TableForm(
    "excluded",
    "Every row that went into no observation, with its reason.",
    ("record_id",),
    (
        _text("record_id", "The row."),
        _text("study_id", "The work."),
        _text("quantity", "Its quantity."),
        _text("value_text", "As printed."),
        _text("unit_text", "As printed."),
        _text("stage", "record, or switch where the caller left it out."),
        _text("reason", "A word of vocabulary/reason.csv."),
        _text("detail", "More, such as the row that is used instead."),
    ),
)

HEADLINE = TableForm(
    "headline",
    "The observations of the headline set.",
    ("observation_id",),
    (
        _text("observation_id", "The observation."),
        *_IDENTITY,
        _text("censoring", "exact, left, right or interval."),
        _number("y", "log10(ohm cm2)", "Response; missing for a bound."),
        _number("v", "dex2", "Known variance."),
    ),
)

LEFT_OUT = TableForm(
    "left_out",
    "The observations outside the headline set: one row a reason.",
    ("observation_id", "reason"),
    (
        _text("observation_id", "The observation."),
        _text("study_id", "The work."),
        _text("reason", "A word of vocabulary/reason.csv."),
        _text("meaning", "Its sentence."),
    ),
)

STUDIES = TableForm(
    "studies",
    "One work.",
    ("study_id",),
    (
        _text("study_id", "The work."),
        _text("doi", "Its DOI."),
        _text("kind", "Article, preprint, ..., unidentified."),
        _text("authors", "Authors, joined by semicolons."),
        _text("year", "Year of publication."),
        _text("title", "Title."),
        _text("container", "Journal, institution or conference."),
        _text("volume", "Volume."),
        _text("issue", "Issue."),
        _text("pages", "Pages or article number."),
        _text("lab", "Where the samples were made."),
        _text("status", "Corrections and retractions."),
        _text("read", "The best text that was read."),
        Column("records", "integer", "1", "Printed numbers."),
        Column("observations", "integer", "1", "Observations."),
    ),
)

PREPARATIONS = TableForm(
    "preparations",
    "One coded condition of one preparation; a missing one is a row too, with the word why.",
    ("preparation_id", "axis"),
    (
        _text("preparation_id", "The preparation, unique across works."),
        _text("study_id", "The work."),
        _text("interface_class", "Classes of its contacts, joined by blanks; missing without one."),
        _text("arm", "Reference or treated."),
        _text("axis", "A word of vocabulary/axis.csv."),
        Column("required", "flag", "", "The check asks for it in a class of its contacts."),
        _text("word", "The coded word; missing for a number."),
        _text("value_text", "Number as printed."),
        _text("upper_text", "Upper end of a range, as printed."),
        _text("unit_text", "Unit as printed."),
        _text("qualifier", "exact, approx, lt, le, gt, ge, between; missing for a word."),
        _text("unit", "Canonical unit of value and upper."),
        _number("value", "see unit", "The number in the canonical unit."),
        _number("upper", "see unit", "The upper end in the canonical unit."),
        _text("missing", "not_reported, not_accessed, not_applicable or illegible."),
        _text("locator", "Its place in the source."),
    ),
)

SURFACE_STEPS = TableForm(
    "surface_steps",
    "One step on the surface of the solid electrolyte of one preparation, in the order done.",
    ("preparation_id", "position"),
    (
        _text("preparation_id", "The preparation, unique across works."),
        Column("position", "integer", "1", "1 for the first step."),
        _text("study_id", "The work."),
        _text("arm", "Reference or treated."),
        _text("step", "A word of vocabulary/surface_step.csv."),
        _text("medium", "Liquid, gas or material."),
        _text("atmosphere", "Surrounding gas, a word of vocabulary/atmosphere.csv."),
        _text("grit", "Abrasive as the source names it."),
        _text("duration_text", "Duration as printed; missing where none is."),
        _text("duration_qualifier", "exact, approx, lt, le, gt, ge, between."),
        _number("duration_s", "s", "Duration; of a range its lower end."),
        _text("temperature_text", "Temperature as printed; missing where none is."),
        _text("temperature_qualifier", "exact, approx, lt, le, gt, ge, between."),
        _number("temperature_c", "degC", "Temperature; of a range its lower end."),
        _text("pressure_text", "Pressure as printed; missing where none is."),
        _text("pressure_qualifier", "exact, approx, lt, le, gt, ge, between."),
        _number("pressure_pa", "Pa", "Pressure; of a range its lower end."),
        _text("note", "What a reader must know."),
    ),
)

PROPERTIES = TableForm(
    "properties",
    "One printed property of a substance; the first row of a word and property is preferred.",
    ("vocabulary", "word", "property", "scale", "temperature_c", "source"),
    (
        _text("vocabulary", "The table of the word: solvent, polymer, solid_electrolyte."),
        _text("word", "The substance."),
        _text("property", "A word of vocabulary/property.csv."),
        _text("value_text", "The number as printed."),
        _text("unit_text", "The unit as printed."),
        _text("unit", "Canonical unit of value."),
        _number("value", "see unit", "The number in the canonical unit."),
        _text("scale", "By which definition or method."),
        _text("temperature_c", "Temperature in degC as printed; missing where none is."),
        _text("source", "DOI of the source."),
        _text("locator", "Its place in the source."),
        _text("read", "In which text it was read."),
        _text("notes", "What a reader must know."),
    ),
)

VOCABULARY = TableForm(
    "vocabulary",
    "Every allowed word with one sentence of meaning.",
    ("vocabulary", "word"),
    (
        _text("vocabulary", "The table of the vocabulary."),
        _text("word", "The word."),
        _text("meaning", "One sentence."),
        _text("properties", "Further properties as JSON."),
    ),
)

FORMS = (
    RECORDS,
    OBSERVATIONS,
    BUDGET,
    COVARIANCE,
    EXCLUDED,
    HEADLINE,
    LEFT_OUT,
    STUDIES,
    PREPARATIONS,
    SURFACE_STEPS,
    PROPERTIES,
    VOCABULARY,
)
