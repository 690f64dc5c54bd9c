"""The frozen dataset is what its script writes, is marked as made up, and holds every kind."""

from pathlib import Path

from tests.corpus.seeding import FROZEN
from tests.frozen import make


def test_the_script_writes_what_is_tracked(tmp_path):
    make.write(tmp_path, with_spectra=False)
    written = {p.relative_to(tmp_path): p for p in tmp_path.rglob("*") if p.is_file()}
    for name, path in written.items():
        kept = FROZEN / "data" / name
        assert path.read_bytes() == kept.read_bytes(), f"{name}: run python -m tests.frozen.make"
    tracked = {
        path.relative_to(FROZEN / "data")
        for part in ("studies", "decisions", "corrections")
        for path in (FROZEN / "data" / part).rglob("simulated_*")
        if path.suffix == ".yaml" and "spectra" not in path.parts
    }
    assert tracked <= written.keys()
    assert {p.name for p in (FROZEN / "data" / "studies").glob("simulated_*")} == {
        name.parts[1] for name in written if name.parts[0] == "studies"
    }


def test_every_study_says_that_it_is_made_up(frozen_corpus):
    for study in frozen_corpus.studies.values():
        words = study.source.title.casefold()
        assert "simulated" in words or "invented" in words, study.id
        assert study.id.startswith(("simulated_", "probe_"))
        assert not study.source.doi or study.source.doi.startswith("10.1000/")
    for path in Path(FROZEN / "data" / "studies").glob("*/spectra/*"):
        assert path.read_text(encoding="utf-8").startswith("# SIMULATED")


def test_it_holds_every_kind_of_number(frozen, frozen_corpus):
    observations, records = frozen.observations, frozen.records
    assert set(observations["interface_class"]) == {"LE/SE", "PE/SE", "SE/SE"}
    assert set(observations["censoring"]) == {"exact", "left", "right", "interval"}
    assert set(observations["arm"]) == {"reference", "treated"}
    assert {"treated", "other_state", "other_phase"} <= set(frozen.left_out["reason"])
    assert set(observations["coverage_known"]) == {True, False}
    assert {"secondary", "refit"} <= set(records["basis"])
    assert {"abstract", "full_text", "secondary"} <= set(records["read"])
    assert {"activation_energy", "relative_resistance"} <= set(records["quantity"])
    assert {"unidentified", "article"} <= set(frozen.studies["kind"])
    assert records["correction"].notna().any()
    assert frozen_corpus.decisions
    series = observations.loc[observations["study_id"] == "simulated_2006_membranes", "records"]
    assert all(len(cell.split()) == len((60, 70, 80, 90)) for cell in series)
