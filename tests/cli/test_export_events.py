"""`tregate export --to fcs` and `--to anndata`: events of the run with their membership, read by other packages."""

from pathlib import Path
from typing import Any

import flowio
import numpy as np
import pytest
from cli_running import exported, rows, tregate

from tregate.gating.read.survey import read

DETAILS = ("subject", "visit", "tube", "population")


@pytest.fixture(scope="module")
def counted(tables: Path) -> dict[tuple[str, ...], int]:
    """Events of every measured population."""
    found = rows(tables / "counts.csv")
    return {tuple(row[name] for name in DETAILS): int(row["events"]) for row in found if row["events"]}


@pytest.fixture(scope="module")
def fcs(tables: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return exported(tables, "fcs", tmp_path_factory.mktemp("fcs"))


@pytest.fixture(scope="module")
def h5ad(tables: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("anndata", reason="needs the extra [anndata]")
    return exported(tables, "anndata", tmp_path_factory.mktemp("h5ad"))


def test_membership_parameters_have_the_counts_of_the_run(fcs: Path, counted: dict[tuple[str, ...], int]) -> None:
    reported = {}
    for row in rows(fcs / "export.csv"):
        data = flowio.FlowData(fcs / row["document"])
        events = np.reshape(data.events, (-1, data.channel_count))
        assert len(events) == int(row["events"])
        assert data.text["subject"] == row["subject"]
        assert data.text["visit"] == row["visit"]
        for name, column in zip(data.pnn_labels, events.T, strict=True):
            if name.startswith("in "):
                assert set(np.unique(column)) <= {0.0, 1.0}
                reported[row["subject"], row["visit"], row["tube"], name.removeprefix("in ")] = int(column.sum())
    assert reported == counted


def test_events_are_the_files_own_in_linear_intensity_with_the_matrix_of_the_run(fcs: Path, trial: Path) -> None:
    for row in rows(fcs / "export.csv")[:3]:
        ours, original = read(fcs / row["document"]), read(trial / row["file"])
        p = len(original.parameters)
        wanted = original.events(0, original.n_events).astype(np.float32)
        assert np.array_equal(ours.events(0, ours.n_events)[:, :p], wanted)
        assert ours.data_set.spillovers[0].channels == original.data_set.spillovers[0].channels
        assert np.array_equal(ours.data_set.spillovers[0].matrix, original.data_set.spillovers[0].matrix)


def test_one_population_alone(tables: Path, counted: dict[tuple[str, ...], int], tmp_path: Path) -> None:
    done = tregate("export", tables, "--to", "fcs", "--population", "CD4+", "--out", tmp_path / "cd4")
    assert done.code == 0, done.err
    listed = rows(tmp_path / "cd4" / "export.csv")
    assert {row["tube"] for row in listed if row["document"]} == {"T", "TREG"}
    for row in listed:
        if row["document"]:
            key = (row["subject"], row["visit"], row["tube"], "CD4+")
            assert read(tmp_path / "cd4" / row["document"]).n_events == counted[key]
        else:
            assert row["reason"] == "CD4+: the strategy of this tube does not have it"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("fcs", "--population", "CD99+"), 'the run has no population "CD99+". Known: '),
        (("xpt", "--population", "CD4+"), "xpt has no events. Leave it out, or give --to fcs or anndata."),
    ],
)
def test_a_wrong_population_is_refused(options: tuple[str, ...], said: str, tables: Path, tmp_path: Path) -> None:
    done = tregate("export", tables, "--to", *options, "--out", tmp_path / "wrong")
    assert done.code == 2
    assert said in done.err


def held(path: Path) -> Any:
    import anndata

    return anndata.read_h5ad(path)


def test_anndata_has_membership_per_event_and_markers_per_channel(
    h5ad: Path, counted: dict[tuple[str, ...], int], trial: Path
) -> None:
    reported = {}
    for row in rows(h5ad / "export.csv"):
        data = held(h5ad / row["document"])
        assert data.n_obs == int(row["events"])
        key = tuple(row[name] for name in DETAILS[:3])
        assert set(map(tuple, data.obs[["subject", "visit", "tube"]].astype(str).to_numpy())) == {key}
        reported.update({(*key, name): int(data.obs[name].sum()) for name in data.uns["populations"]})
        assert dict(zip(data.var["channel"], data.var["marker"], strict=True))["FL1-A"]
    assert reported == counted


def test_anndata_values_are_compensated(h5ad: Path, trial: Path) -> None:
    row = rows(h5ad / "export.csv")[0]
    data, original = held(h5ad / row["document"]), read(trial / row["file"])
    spillover = original.data_set.spillovers[0]
    names = [str(parameter.name) for parameter in original.parameters]
    mixed = [names.index(str(channel)) for channel in spillover.channels]
    events = original.events(0, original.n_events)
    events[:, mixed] = np.linalg.solve(spillover.matrix.T, events[:, mixed].T).T
    np.testing.assert_allclose(data.X, events, rtol=1e-5, atol=1e-2)
    assert list(data.var["compensated"]) == [i in mixed for i in range(len(names))]


def test_the_same_run_gives_the_same_bytes(fcs: Path, h5ad: Path, tables: Path, tmp_path: Path) -> None:
    for target, first in (("fcs", fcs), ("anndata", h5ad)):
        assert tregate("export", tables, "--to", target, "--out", tmp_path / target).code == 0
        for path in first.iterdir():
            assert (tmp_path / target / path.name).read_bytes() == path.read_bytes(), path.name
