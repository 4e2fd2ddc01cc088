"""`tregate validate` from tubes to files."""

import json
from pathlib import Path

import pytest
from cli_running import rows, tregate

FILES = ("validation.csv", "validation_tubes.csv", "validation.html")
SMALL = ("--seeds", "2", "--events", "12000")


@pytest.fixture(scope="module")
def validated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("validated")
    done = tregate(
        "validate", "tetrachrome_t", "--conditions", "nominal,beads_few", *SMALL, "--workers", "1", "--out", out
    )
    assert done.code == 0, done.err
    assert done.out.startswith("condition")
    return out


def test_writes_its_files_and_they_agree(validated: Path) -> None:
    assert sorted(path.name for path in validated.iterdir()) == sorted(FILES)
    tubes = rows(validated / "validation_tubes.csv")
    cd4 = [r for r in tubes if r["population"] == "CD4+" and r["condition"] == "nominal"]
    assert len(cd4) == 2
    reported = next(
        r for r in rows(validated / "validation.csv") if (r["condition"], r["population"]) == ("nominal", "CD4+")
    )
    errors = [100 * (float(r["value"]) / float(r["truth"]) - 1) for r in cd4]
    assert float(reported["bias_percent"]) == pytest.approx(sum(errors) / 2, abs=1e-3)
    assert float(reported["f1"]) == pytest.approx(sum(float(r["f1"]) for r in cd4) / 2, abs=1e-5)


def test_gates_ordinary_tubes_well(validated: Path) -> None:
    reported = {(r["condition"], r["population"]): r for r in rows(validated / "validation.csv")}
    assert float(reported["nominal", "CD4+"]["f1"]) > 0.98
    assert float(reported["nominal", "beads"]["f1"]) > 0.99
    assert reported["beads_few", "CD4+"]["flagged"] == "2"
    assert reported["overall", "any figure"]["tubes"] == "4"


def test_the_series_are_of_every_step(validated: Path) -> None:
    steps = {(r["series"], r["condition"]) for r in rows(validated / "validation_tubes.csv")}
    assert {name for series, name in steps if series == "dilution"} == {f"blood 1:{d}" for d in (1, 2, 4, 8, 16, 32)}
    assert {name for series, name in steps if series == "numbers"} == {
        "1000 events", "2000 events", "5000 events", "10000 events",
    }  # fmt: skip


def test_the_same_bytes_over_several_processes(validated: Path, tmp_path: Path) -> None:
    done = tregate(
        "validate", "tetrachrome_t", "--conditions", "nominal,beads_few", *SMALL, "--workers", "2", "--out", tmp_path,
        "--quiet", "--json",
    )  # fmt: skip
    assert done.code == 0
    assert done.err == ""
    for name in FILES:
        assert (tmp_path / name).read_bytes() == (validated / name).read_bytes(), name
    answer = json.loads(done.out)
    assert [r["population"] for r in answer] == [r["population"] for r in rows(validated / "validation.csv")]


def test_a_washed_tube_is_reported_in_percent(tmp_path: Path) -> None:
    done = tregate(
        "validate", "treg", "--conditions", "treg_15pct", "--seeds", "1", "--events", "30000", "--no-series",
        "--workers", "1", "--out", tmp_path, "--quiet",
    )  # fmt: skip
    assert done.code == 0
    treg = next(r for r in rows(tmp_path / "validation_tubes.csv") if r["population"] == "Treg")
    assert (treg["figure"], float(treg["truth"])) == ("% of CD4+", pytest.approx(15.0))
    assert 10 < float(treg["value"]) < 20


def test_a_strategy_whose_gate_is_wrong_is_found_out(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(
        "strategy: mine\n"
        "panel: tetrachrome_t\n"
        "populations:\n"
        "  beads: {parent: all, axes: [CD45, CD4, CD8, CD3], gate: {kind: beads}}\n"
        "  cells: {none_of: [beads], parent: all}\n"
        "  CD4+: {parent: cells, axes: [CD4], gate: {kind: range, low: 0}}\n"
        "beads: {population: beads}\n",
        encoding="utf-8",
    )
    done = tregate(
        "validate", wrong, "--kind", "tetrachrome_t", "--conditions", "nominal", *SMALL, "--no-series",
        "--workers", "1", "--out", tmp_path / "out", "--quiet",
    )  # fmt: skip
    assert done.code == 0
    reported = {r["population"]: r for r in rows(tmp_path / "out" / "validation.csv")}
    assert reported["CD4+"]["misses"] == "f1;bias;coverage"
    assert float(reported["CD4+"]["recall"]) > 0.99
    assert float(reported["CD4+"]["precision"]) < 0.5
    assert reported["any figure"]["silent_percent"] == "100"
    assert reported["any figure"]["meets"] == "no"


@pytest.mark.parametrize(
    ("arguments", "reported"),
    [
        (("validate", "nosuch"), "the strategy does not exist"),
        (("validate", "treg", "--conditions", "nominal,rain"), "the condition rain does not exist"),
        (("validate", "treg", "--kind", "urine"), 'the synthetic tube "urine" does not exist'),
        (("validate", "treg", "--kind", "tetrachrome_nk", "--seeds", "0"), "0 is not a number of tubes"),
        (("validate", "treg", "--out", __file__), "not a folder"),
    ],
)
def test_what_is_asked_wrongly_is_reported_and_nothing_is_run(
    arguments: tuple[str, ...], reported: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = tregate(*arguments)
    assert done.code == 2
    assert reported in done.err
    assert list(tmp_path.iterdir()) == []


def test_a_strategy_that_shares_no_population_with_the_tube(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(
        "strategy: treg\npanel: treg\npopulations:\n  mine: {parent: all, axes: [CD4], gate: {kind: range, low: 1}}\n",
        encoding="utf-8",
    )
    done = tregate("validate", own, "--out", tmp_path / "out")
    assert done.code == 2
    assert "has none of the populations" in done.err
