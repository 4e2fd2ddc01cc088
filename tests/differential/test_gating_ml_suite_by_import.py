"""The official compliance suite of Gating-ML 2.0 through `tregate import`: 51 truth vectors, event by event."""

import csv
from pathlib import Path

import numpy as np
import pytest
from cli_running import run_study, tregate
from real_data import REAL, needs_real

from tregate.gating.engine import gate
from tregate.gating.prepare import prepare
from tregate.gating.read.survey import read
from tregate.gating.strategy.load import load_strategy
from tregate.gating.units import PopulationName
from tregate.pipelines.interchange.imported import import_file

pytestmark = needs_real

FOLDER = REAL / "whitews+FlowKit" / "data" / "gate_ref"
NAMES = sorted(path.stem.removeprefix("Results_") for path in (FOLDER / "truth").glob("*.txt"))
OTHERWISE_NAMED = {"ParQuadRect": "ParRectangle1"}
NOT_IN_ALL = {"ParQuadRect", "Ellipsoid3D"}
"""Vectors of documents of their own, which `gml_all_gates.xml` does not repeat."""


def truth(name: str) -> np.ndarray:
    return np.loadtxt(FOLDER / "truth" / f"Results_{name}.txt", dtype=int).astype(bool)


def masks(document: Path, out: Path) -> dict[str, np.ndarray]:
    """Name of a gate -> its events, by the strategy that the import wrote, and by nothing else."""
    done = import_file(document, FOLDER, out)
    assert all(line.count is not None for line in done.lines), [(one.gate.path, one.why) for one in done.lines]
    assert done.only_by_gates == ()
    strategy = load_strategy(str(out / "strategy.yaml"))
    matrix = out / "matrix_1.csv"
    prepared = prepare(read(FOLDER / "data1.fcs"), strategy, matrix if matrix.exists() else None)
    gated = gate(prepared, strategy)
    assert {str(n): e for n, e in gated.events.items() if "not " not in n} == {
        line.gate.path: line.count for line in done.lines
    }
    return {line.gate.path.rpartition("/")[2]: gated.mask(PopulationName(line.gate.path)) for line in done.lines}


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> dict[str, np.ndarray]:
    """Gates of the documents that hold one or few."""
    found: dict[str, np.ndarray] = {}
    out = tmp_path_factory.mktemp("single")
    for document in sorted((FOLDER / "gml").glob("*.xml")):
        if document.name not in ("gml_all_gates.xml", "gml_range_gate_attr_testing.xml"):
            found.update(masks(document, out / document.stem))
    return found


@pytest.fixture(scope="module")
def together(tmp_path_factory: pytest.TempPathFactory) -> dict[str, np.ndarray]:
    """All gates of the one document that has them all: the file's compensation, another and none, and ratios."""
    return masks(FOLDER / "gml" / "gml_all_gates.xml", tmp_path_factory.mktemp("all") / "out")


def test_the_suite_is_whole() -> None:
    assert len(NAMES) == 51


@pytest.mark.parametrize("name", NAMES)
def test_membership_of_every_event_by_documents_of_one_gate(name: str, single: dict[str, np.ndarray]) -> None:
    assert np.flatnonzero(single[OTHERWISE_NAMED.get(name, name)] != truth(name)).tolist() == []


@pytest.mark.parametrize("name", [name for name in NAMES if name not in NOT_IN_ALL])
def test_membership_of_every_event_by_one_document(name: str, together: dict[str, np.ndarray]) -> None:
    assert np.flatnonzero(together[name] != truth(name)).tolist() == []


def test_the_command_takes_over_every_gate_and_a_run_replays_them(tmp_path: Path) -> None:
    document = FOLDER / "gml" / "gml_all_gates.xml"
    imported = tmp_path / "imported"
    done = tregate("import", document, "--fcs", FOLDER, "--out", imported)
    assert done.code == 0, done.err
    assert "0 not taken over" in done.out
    with (imported / "agreement.csv").open(encoding="utf-8", newline="") as lines:
        agreed = {row["population"]: row["count"] for row in csv.DictReader(lines)}
    assert run_study(imported / "study.yaml", tmp_path / "run", "--gates", imported / "gates.csv").code in (0, 1)
    with (tmp_path / "run" / "counts.csv").open(encoding="utf-8", newline="") as lines:
        counted = {row["population"]: row["events"] for row in csv.DictReader(lines)}
    assert {name: counted[name] for name in agreed} == agreed


def test_an_element_that_the_standard_does_not_have_is_refused(tmp_path: Path) -> None:
    document = FOLDER / "gml" / "gml_range_gate_attr_testing.xml"
    done = tregate("import", document, "--fcs", FOLDER, "--out", tmp_path / "out")
    assert done.code == 2
    assert "gate refused: sample is no gate of Gating-ML 2.0" in done.err
