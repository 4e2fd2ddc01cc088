"""`import tregate`: light, typed, and the same numbers as the command line."""

import csv
import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import tregate as tg
from tregate.fixtures.fcs import Encoding, Parameter, write_fcs
from tregate.fixtures.lmd import write_lmd
from tregate.fixtures.trial import make_trial
from tregate.fixtures.tube import Tube, make_tube
from tregate.gating.tube import TubeTask, analyse
from tregate.pipelines.files.csv_file import csv_of, write_csv
from tregate.pipelines.files.table import Table

PUBLIC = ["read", "load_strategy", "gate", "count", "load_study", "run", "validate", "__version__"]
BEADS = tg.CountingInput(lot="L1", blood_volume_ul=100.0, beads_per_ul=1000.0, bead_volume_ul=100.0)


@pytest.fixture(scope="module")
def tube() -> Tube:
    return make_tube("treg", seed=2, events=20_000)


@pytest.fixture(scope="module")
def path(tube: Tube, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tube.write(tmp_path_factory.mktemp("library") / "treg.fcs")


@pytest.fixture(scope="module")
def bead_tube(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tube("tetrachrome_t", seed=2, events=20_000).write(tmp_path_factory.mktemp("beads") / "t.fcs")


def test_the_names_are_there_and_importing_tregate_imports_nothing_else() -> None:
    code = (
        "import sys, tregate; loaded = sorted(m for m in sys.modules if m.startswith('tregate.') or m in "
        "('numpy', 'pandas', 'scipy', 'pydantic', 'typer')); print(loaded, set(dir(tregate)) >= set(tregate.__all__))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[] True\n"
    assert set(PUBLIC) <= set(tg.__all__)
    assert all(getattr(tg, name) is not None for name in tg.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'gates'"):
        tg.gates  # noqa: B018 - the access is what is tested


def test_gating_without_tables_imports_no_pandas(path: Path) -> None:
    code = f"import sys, tregate; tregate.gate({str(path)!r}, 'treg').mask('Treg'); print('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_type_checkers_see_the_names_that_are_loaded() -> None:
    from tregate import _HOME

    text = Path(str(tg.__file__)).read_text(encoding="utf-8")
    seen = text.partition("if TYPE_CHECKING:")[2].partition("__version__: str")[0]
    assert {name for name in _HOME if name in seen.replace(",", " ").split()} == set(_HOME)
    assert {*_HOME, "__version__"} == set(tg.__all__)


def test_events_by_channel_are_what_the_file_stores(tube: Tube, path: Path) -> None:
    sample = tg.read(path)
    assert sample.channels == tuple(channel.name for channel in tube.channels)
    for index, name in enumerate(sample.channels):
        events = sample.events(name)
        assert events.shape == (sample.n_events,)
        assert not events.flags.writeable
        made = tube.events[:, index] * (tube.timestep if name == "Time" else 1.0)
        np.testing.assert_allclose(events, made, rtol=1e-6, atol=1e-3)


def test_events_by_marker_are_those_of_its_channel_compensated_where_asked(path: Path) -> None:
    sample = tg.read(path)
    assert sample.compensation.startswith("$SPILL")
    np.testing.assert_array_equal(sample.events("CD25"), sample.events(sample.markers["CD25"]))
    names = [str(channel) for channel in sample.data_set.spillovers[0].channels]
    stored = np.stack([sample.events(name) for name in names], axis=1)
    expected = stored @ np.linalg.inv(sample.data_set.spillovers[0].matrix)
    for position, name in enumerate(names):
        np.testing.assert_allclose(sample.events(name, compensated=True), expected[:, position], rtol=1e-9, atol=1e-6)
    np.testing.assert_array_equal(sample.events("FSC-A", compensated=True), sample.events("FSC-A"))


def test_a_stain_outside_the_matrix_is_not_returned_as_if_it_were_compensated(tmp_path: Path) -> None:
    parameters = [Parameter(f"FL{i}-A", stain, 2.0**18) for i, stain in enumerate(("CD3", "CD4", "CD8"))]
    values = np.random.default_rng(1).uniform(10, 1000, (500, 3))
    spill = (("FL0-A", "FL1-A"), np.array([[1.0, 0.1], [0.05, 1.0]]))
    write_fcs(tmp_path / "a.fcs", values, parameters, Encoding(), spill)
    sample = tg.read(tmp_path / "a.fcs")
    assert sample.events("CD4", compensated=True).shape == (500,)
    with pytest.raises(tg.CompensationError, match="FL2-A"):
        sample.events("CD8", compensated=True)
    np.testing.assert_allclose(sample.events("CD8"), values[:, 2], rtol=1e-6)


def test_no_matrix_is_an_error_only_where_compensated_values_are_asked_for(tmp_path: Path) -> None:
    parameters = [Parameter(f"FL{i}-A", stain, 2.0**18) for i, stain in enumerate(("CD3", "CD4"))]
    write_fcs(tmp_path / "a.fcs", np.ones((10, 2)), parameters, Encoding())
    sample = tg.read(tmp_path / "a.fcs")
    assert sample.events("CD4").tolist() == [1.0] * 10
    with pytest.raises(tg.CompensationError, match="matrix"):
        sample.events("CD4", compensated=True)


@pytest.mark.parametrize("name", ["CD99", "FL99-A", ""])
def test_an_unknown_name_is_an_error_that_lists_what_there_is(name: str, path: Path) -> None:
    with pytest.raises(tg.PanelError, match="channels"):
        tg.read(path).events(name)


def test_errors_are_those_of_one_tree(tmp_path: Path) -> None:
    (tmp_path / "no.fcs").write_bytes(b"not an FCS file, and long enough to hold a header of 58 bytes or more")
    for kind in (tg.ReadError, tg.TubeError, tg.TregateError):
        with pytest.raises(kind):
            tg.read(tmp_path / "no.fcs")
    with pytest.raises(tg.ConfigurationError, match="none_of_this_name"):
        tg.load_strategy("none_of_this_name")
    with pytest.raises(tg.ReadError, match="opened"):
        tg.gate(tmp_path / "missing.fcs", "treg")


def test_the_compensated_data_set_of_an_lmd_file_is_named_as_such(tmp_path: Path) -> None:
    write_lmd(tmp_path / "a.lmd", make_tube("tetrachrome_t", seed=1, events=3000))
    first, second = tg.read(tmp_path / "a.lmd", 1), tg.read(tmp_path / "a.lmd", 2)
    assert first.compensation == "already compensated (data set 1)"
    assert second.data_set.number == 2


# ---------------------------------------------------------------- one tube


def as_text(frame: object, columns: tuple[str, ...]) -> list[dict[str, str]]:
    """A DataFrame's cells as the CSV writer prints them."""
    import pandas as pd

    assert isinstance(frame, pd.DataFrame)
    assert tuple(frame.columns) == columns
    rows = [
        tuple(None if cell is pd.NA or cell != cell else cell for cell in row)
        for row in frame.itertuples(index=False, name=None)
    ]
    return list(csv.DictReader(io.StringIO(csv_of(Table("x", columns, tuple(rows))))))


def test_counts_gates_and_findings_have_the_rows_of_the_csv_files(tmp_path: Path) -> None:
    """One tube gated here and in a study: the same numbers, but for what a study adds."""
    make_trial(tmp_path / "trial", seed=4, subjects=1, visits=("D1",), events=(9_000, 11_000), withdrawn=0)
    study = tg.load_study(tmp_path / "trial")
    result = tg.run(study, tmp_path / "out", report="none")
    for entry in study.used:
        gated = tg.gate(entry.path, study.strategies[entry.tube])
        for name, frame, numbers in (
            ("counts", gated.counts, ("population", "parent", "events", "parent_events", "percent_of_parent")),
            ("gates", gated.gates, ("population", "method", "shape", "geometry", "evidence", "fallback")),
        ):
            with (tmp_path / "out" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
                written = [row for row in csv.DictReader(file) if row["tube"] == entry.tube]
            here = as_text(frame, tuple(written[0]))
            assert [[row[n] for n in numbers] for row in here] == [[row[n] for n in numbers] for row in written]
        assert list(gated.findings.columns) == list(result.findings.columns)
    for name in ("counts", "gates", "findings", "failures", "summary"):
        write_csv(Table(name, tuple(result.tables[name].columns), ()), tmp_path / "columns.csv")
        with (tmp_path / "out" / f"{name}.csv").open(encoding="utf-8") as file:
            assert file.readline() == (tmp_path / "columns.csv").read_text(encoding="utf-8")
        assert getattr(result, name).equals(result.tables[name])
    assert set(result.tables) >= {"treg", "nk", "subsets", "summary", "counts", "gates", "findings", "failures"}


def test_membership_is_the_count(path: Path) -> None:
    gated = tg.gate(path, tg.load_strategy("treg"))
    events = gated.counts.set_index("population")["events"]
    for population in gated.populations:
        if population in events.dropna().index:
            mask = gated.mask(population)
            assert mask.shape == (gated.mask("all").size,)
            assert mask.sum() == events[population]
    with pytest.raises(KeyError, match="no population monocytes"):
        gated.mask("monocytes")


def test_events_of_a_population_are_its_rows_compensated(path: Path) -> None:
    gated, sample = tg.gate(path, "treg"), tg.read(path)
    mask = gated.mask("CD4+")
    np.testing.assert_allclose(
        gated.events("CD4+", "CD25"), sample.events("CD25", compensated=True)[mask], rtol=1e-9, atol=1e-6
    )
    assert gated.events("all", "FSC-A").shape == (sample.n_events,)
    with pytest.raises(KeyError, match="no marker CD99"):
        gated.events("CD4+", "CD99")


def test_counting_gives_what_gating_with_beads_gives(bead_tube: Path) -> None:
    strategy = tg.load_strategy("tetrachrome_t")
    gated = tg.gate(bead_tube, strategy)
    assert gated.counts["cells_per_ul"].isna().all()
    assert gated.counts["flags"].str.contains("bead_load_missing").any()
    counted = tg.count(gated, BEADS)
    assert counted.result.counts == analyse(TubeTask(bead_tube, strategy, counted_by=BEADS)).counts
    assert counted.result.gates == gated.result.gates
    row = counted.counts.set_index("population").loc["CD4+"]
    assert row["cells_per_ul_low"] < row["cells_per_ul"] < row["cells_per_ul_high"]
    twice = tg.count(gated, tg.CountingInput("L1", 50.0, beads_per_ul=1000.0, bead_volume_ul=100.0))
    doubled = twice.counts.set_index("population").loc["CD4+", "cells_per_ul"]
    assert doubled == pytest.approx(2 * row["cells_per_ul"])


def test_a_washed_tube_has_no_concentration(path: Path) -> None:
    with pytest.raises(tg.CountError, match="washed"):
        tg.count(tg.gate(path, "treg"), BEADS)


def test_validation_as_dataframes() -> None:
    found = tg.validate("treg", conditions=["nominal"], seeds=1, events=4_000, series=False)
    assert {"population", "precision", "recall", "f1"} <= set(found.measures.columns)
    assert found.tubes["seed"].unique().tolist() == [0]
    with pytest.raises(tg.ConfigurationError, match="no such"):
        tg.validate("treg", conditions=["no such"], seeds=1, events=100)
