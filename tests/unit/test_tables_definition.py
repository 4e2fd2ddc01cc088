"""The table definition, and which tube of a study gives which figure."""

from pathlib import Path

import pytest

from tregate.gating.errors import ConfigurationError
from tregate.gating.strategy.load import load_strategy
from tregate.gating.strategy.schema import Strategy
from tregate.pipelines.study.tables_definition import load_tables
from tregate.pipelines.tabulate import TableSources, resolve


def shipped(**tubes: str) -> TableSources:
    return resolve(load_tables("treg_nk"), {tube: load_strategy(name) for tube, name in tubes.items()})


def tubes_of(sources: TableSources) -> dict[str, str | None]:
    return {name: cells.tube for name, cells in sources.cells.items()}


SEED = {
    "lymphocytes": "T", "cd3": "T", "cd4": "T", "cd8": "T", "b": "NK", "nk": "NK",
    "nk_bright": "NK", "nk_dim": "NK", "treg": "TREG", "t_in_nk_tube": "NK"}  # fmt: skip


def test_the_seed_trials_three_tubes() -> None:
    sources = shipped(T="tetrachrome_t", NK="tetrachrome_nk", TREG="treg")
    assert tubes_of(sources) == SEED
    assert sources.declared.choices["teff"] == "cd3_minus_treg"
    assert not sources.cells["treg"].by_beads
    assert sources.cells["treg"].bridge == "cd4"


def test_all_in_one_tube_with_beads() -> None:
    sources = shipped(X="treg_nk")
    assert set(tubes_of(sources).values()) == {"X"}
    assert sources.cells["treg"].by_beads


def renamed(name: str, called: str) -> Strategy:
    return load_strategy(name).model_copy(update={"strategy": called})


def test_a_laboratorys_own_strategies_are_chosen_by_what_they_hold() -> None:
    """Names that no preference knows: the T tube is the one that also holds CD4+ and CD8+."""
    own = {"A": renamed("tetrachrome_nk", "nk lab"), "B": renamed("tetrachrome_t", "t lab"), "C": renamed("treg", "r")}
    chosen = tubes_of(resolve(load_tables("treg_nk"), own))
    assert chosen == {name: {"T": "B", "NK": "A", "TREG": "C"}[tube] for name, tube in SEED.items()}


def test_a_figure_that_no_tube_gives_stays_empty() -> None:
    assert tubes_of(shipped(TREG="treg"))["cd4"] is None, "a washed tube counts nothing by beads"
    assert tubes_of(shipped(T="tetrachrome_t"))["treg"] is None


def test_two_tubes_and_no_preference_is_an_error_with_line_and_remedy() -> None:
    two = {"A": renamed("tetrachrome_t", "one lab"), "B": renamed("tetrachrome_t", "other lab")}
    with pytest.raises(ConfigurationError) as caught:
        resolve(load_tables("treg_nk"), two)
    reported = [str(problem) for problem in caught.value.problems]
    assert len(reported) == 5, "lymphocytes, CD3, CD4, CD8 and CD3 for the lymphosum"
    assert all("A (one lab), B (other lab)" in line and "prefer: [one lab]" in line for line in reported)
    assert all(problem.line for problem in caught.value.problems)


def test_the_same_strategy_for_two_tubes_is_an_error_too() -> None:
    with pytest.raises(ConfigurationError, match="several tubes"):
        shipped(T1="tetrachrome_t", T2="tetrachrome_t")


# ---------------------------------------------------------------- what a user writes


def written(folder: Path, change: str = "", to: str = "") -> str:
    text = (Path(load_tables("treg_nk").path)).read_text(encoding="utf-8")
    assert change in text
    (folder / "own.yaml").write_text(text.replace(change, to), encoding="utf-8")
    return "own"


def test_a_definition_beside_the_study(tmp_path: Path) -> None:
    loaded = load_tables(written(tmp_path, "  teff: cd3_minus_treg", "  teff: cd4_non_treg"), tmp_path)
    assert loaded.definition.choices == {"teff": "cd4_non_treg"}


@pytest.mark.parametrize(
    ("change", "to", "reported"),
    [
        ("  teff: cd3_minus_treg", "  {}", "choices"),
        ("choices:\n  teff: cd3_minus_treg", "", 'the choice "teff" is not made'),
        ("  teff: cd3_minus_treg", "  teff: everything", '"everything" is no option of the choice "teff"'),
        ("bridge: cd4,", "brigde: cd4,", 'unknown key "brigde"'),
        ("bridge: cd4,", "bridge: cd2,", 'there are no cells "cd2" to bridge by'),
        ("bridge: cd4,", "bridge: cd4, beads: true,", "nothing to bridge"),
        ("cells: nk_dim, per: ul", "cells: nk_dmi, per: ul", 'Did you mean "nk_dim"?'),
        ("cells: nk_dim, per: ul", "cells: nk_dim", "no formula"),
        ("cells: nk_dim, per: ul", "cells: nk_dim, per: ul, percent_of: NK", "give exactly one of"),
        ("cells: nk_dim, per: ul", "ratio: [nk_per_ul, nk_dim_per_ul]", "nk_dim_per_ul is made of itself"),
        ("cells: nk_dim, per: ul", "ratio: [nk_per_ul, nkbright]", 'there is no measure "nkbright"'),
        ("subset: CD56mid}", "subset: CD56hi}", "the code NKS is the one of nk_bright_per_ul"),
        (
            "test: NK Cells Sub, subset: CD56mid}",
            "test: NK Cells Sub, subset: CD56hi}",
            'the test "NK Cells Sub" is that of',
        ),
        ("test: TLym Help,", "test: TLym Hélp,", "test"),
        ("    - nk_dim_per_ul", "    - nk_dim_per_lu", 'nk: there is no measure "nk_dim_per_lu"'),
        ("    - nk_dim_per_ul", "    - nk_per_ul", "two columns have the name nk_per_ul"),
        ("  subsets: [lym", "  summary: [lym", "the name of another file of a run"),
        ("panels: [nk.nk_per_ul,", "panels: [treg.nk_per_ul,", 'no sheet has the measure "treg.nk_per_ul"'),
        ("at_most: treg_fold}", "at_most: treg_flod}", 'there is no limit "treg_flod"'),
        ("{range: treg_percent_of_cd4,", "{rnge: treg_percent_of_cd4,", "this is no relation"),
        ("    Treg: [0.7, 4.0]", "    Treg: [4.0, 0.7]", "no range of odds ratios"),
    ],
)
def test_what_is_wrong_is_reported_with_its_file(tmp_path: Path, change: str, to: str, reported: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_tables(written(tmp_path, change, to), tmp_path)
    assert reported in str(caught.value)
    assert "own.yaml" in str(caught.value)


def test_a_name_that_is_no_definition_lists_those_there_are() -> None:
    with pytest.raises(ConfigurationError, match=r"Use a shipped one \(tbnk, treg_extended, treg_nk\)"):
        load_tables("tregnk")
