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
    return {name: figure.tube for name, figure in sources.figures.items()}


SEED = {
    "lymphocytes": "T", "cd3": "T", "cd4": "T", "cd8": "T", "b": "NK", "nk": "NK",
    "nk_bright": "NK", "nk_dim": "NK", "treg": "TREG",
}  # fmt: skip


def test_the_seed_trials_three_tubes() -> None:
    sources = shipped(T="tetrachrome_t", NK="tetrachrome_nk", TREG="treg")
    assert tubes_of(sources) == SEED
    assert sources.teff == "cd3_minus_treg"
    assert not sources.figures["treg"].by_beads
    assert sources.figures["treg"].bridge == "cd4"


def test_all_in_one_tube_with_beads() -> None:
    sources = shipped(X="treg_nk")
    assert set(tubes_of(sources).values()) == {"X"}
    assert sources.figures["treg"].by_beads


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
    told = [str(problem) for problem in caught.value.problems]
    assert len(told) == 4, "lymphocytes, CD3, CD4 and CD8"
    assert all("A (one lab), B (other lab)" in line and "prefer: [one lab]" in line for line in told)
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
    loaded = load_tables(written(tmp_path, "teff: cd3_minus_treg", "teff: cd4_non_treg"), tmp_path)
    assert loaded.definition.teff == "cd4_non_treg"


@pytest.mark.parametrize(
    ("change", "to", "told"),
    [
        ("teff: cd3_minus_treg", "", 'the key "teff" is missing'),
        ("teff: cd3_minus_treg", "teff: everything", "teff"),
        ("of: CD4+, bridge: CD4+", "of: CD4+, brigde: CD4+", "brigde"),
        ("of: CD4+, bridge: CD4+", "of: CD3+, bridge: CD4+", "must name the same population"),
        ("of: CD4+, bridge: CD4+", "of: CD2+, bridge: CD2+", "no measure counts CD2+ by beads"),
        ("population: Treg, of: CD4+, bridge: CD4+", "population: Treg", "needs its denominator"),
        ("population: Treg, of", "population: Treg, beads: true, of", "nothing to bridge"),
    ],
)
def test_what_is_wrong_is_told_with_its_file(tmp_path: Path, change: str, to: str, told: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_tables(written(tmp_path, change, to), tmp_path)
    assert told in str(caught.value)
    assert "own.yaml" in str(caught.value)


def test_a_name_that_is_no_definition_lists_those_there_are() -> None:
    with pytest.raises(ConfigurationError, match=r"Use a shipped one \(treg_nk\)"):
        load_tables("tregnk")
