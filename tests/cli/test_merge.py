"""Parts of a study, gated apart, give the tables of one run; what does not belong together is refused by name."""

from pathlib import Path

import pytest
from cli_running import run_study, tregate

TABLES = ("counts.csv", "gates.csv", "findings.csv", "treg.csv", "nk.csv", "subsets.csv", "summary.csv")


def merged(study: Path, *arguments: str | Path):
    return tregate("merge", study, *arguments, "--workers", "1", "--report", "none")


@pytest.fixture
def parts(spoiled: Path, tmp_path: Path) -> tuple[Path, list[Path]]:
    """A study and the folders of its two parts."""
    outs = [tmp_path / "one", tmp_path / "two"]
    for number, out in enumerate(outs, start=1):
        assert run_study(spoiled, out, "--shard", f"{number}/2").code == 0
    return spoiled, outs


def test_parts_with_folders_of_their_own_give_the_tables_of_one_run(
    parts: tuple[Path, list[Path]], tables: Path
) -> None:
    study, outs = parts
    done = merged(study, *outs)
    assert done.code == 0, done.err
    assert "brought into the store" in done.err
    for name in TABLES:
        assert (outs[0] / name).read_bytes() == (tables / name).read_bytes()
    assert '"reused": false' not in (outs[0] / "run.json").read_text(encoding="utf-8")
    assert not (outs[1] / "counts.csv").exists()


def test_a_missing_part_is_named_and_can_be_gated(parts: tuple[Path, list[Path]], tables: Path) -> None:
    study, outs = parts
    done = merged(study, outs[1])
    assert done.code == 2
    assert "(part 1/2)" in done.err
    assert "--gate-missing" in done.err
    assert not (outs[1] / "counts.csv").exists()
    assert merged(study, outs[1], "--gate-missing").code == 0
    for name in TABLES:
        assert (outs[1] / name).read_bytes() == (tables / name).read_bytes()


def test_a_part_of_another_study_is_refused_by_its_file(parts: tuple[Path, list[Path]]) -> None:
    study, outs = parts
    with (study / "samples.csv").open("a", encoding="utf-8") as file:
        file.write("\n")
    done = merged(study, *outs)
    assert done.code == 2
    assert "part 1/2 differs from this study in samples.csv" in done.err
    assert "part 2/2 differs from this study in samples.csv" in done.err


def test_other_options_and_folders_without_a_part_are_refused(
    parts: tuple[Path, list[Path]], tables: Path, tmp_path: Path
) -> None:
    study, outs = parts
    done = tregate("merge", study, *outs, "--workers", "1")
    assert done.code == 2
    assert "differs from this study in --report" in done.err
    done = merged(study, outs[0], tmp_path / "none")
    assert done.code == 2
    assert "no part of a study was gated here" in done.err


def test_a_torn_entry_is_gated_again(parts: tuple[Path, list[Path]], tables: Path) -> None:
    study, outs = parts
    entry = next(outs[1].glob(".tubes/*/*.measured.json"))
    entry.write_bytes(entry.read_bytes()[:-5])
    assert merged(study, *outs).code == 0
    for name in TABLES:
        assert (outs[0] / name).read_bytes() == (tables / name).read_bytes()


def test_a_cleared_store_has_no_parts(parts: tuple[Path, list[Path]]) -> None:
    _, outs = parts
    assert tregate("cache", outs[0], "--clear").code == 0
    assert not (outs[0] / ".tubes").exists()
