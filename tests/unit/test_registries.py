"""Each registry takes a new member by one function and one line, and everything after it uses the member.

A new member is added here as its line would add it, and found again where a user would see it.
"""

import csv
import json
import subprocess
import sys
from collections.abc import Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from cli_running import rows, run_study, tregate
from placed_cells import cells, gated_cells, linear
from pydantic import ValidationError
from shipped_tables import summarise

from tregate.fixtures.trial import make_trial
from tregate.gating import placement
from tregate.gating.engine import parent_view
from tregate.gating.errors import ConfigurationError
from tregate.gating.findings import Finding, Severity
from tregate.gating.geometry.shapes import Axis, Range
from tregate.gating.placement import Placed, View, place
from tregate.gating.qc.inspected import Inspected
from tregate.gating.qc.registry import CHECKS
from tregate.gating.strategy.model import Model
from tregate.gating.strategy.schema import Strategy
from tregate.gating.tube import TubeTask
from tregate.gating.units import Marker, PopulationName
from tregate.pipelines import crosschecks, datasets, interchange, plausible
from tregate.pipelines.commands import cli
from tregate.pipelines.console import Console
from tregate.pipelines.crosschecks.per_tube import at_tube
from tregate.pipelines.export import formats
from tregate.pipelines.files.atomic import write_text
from tregate.pipelines.files.table import Table
from tregate.pipelines.interchange import programs
from tregate.pipelines.interchange.drawn import Drawn
from tregate.pipelines.interchange.gates_file import Gates, TubeKey, read_gates
from tregate.pipelines.run import run
from tregate.pipelines.runs.options import RunOptions
from tregate.pipelines.statistics.preload import preloaded
from tregate.pipelines.study.analysis import Analysis
from tregate.pipelines.study.crosscheck_limits import StudyLimits
from tregate.pipelines.study.load_study import load_study
from tregate.pipelines.tabulate import Results
from tregate.pipelines.time_tests.registry import TIME_TESTS
from tregate.pipelines.tubes import executors
from tregate.pipelines.tubes.executors.this_process import in_this_process
from tregate.pipelines.tubes.one_tube import Work
from tregate.pipelines.tubes.outcomes import TubeOutcome
from tregate.pipelines.tubes.records import TubeFinding
from tregate.pipelines.visit_tests.course import Course
from tregate.pipelines.visit_tests.outcome import Outcome
from tregate.pipelines.visit_tests.registry import TESTS
from tregate.pipelines.visit_tests.visit_test import VisitTest, each_visit


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trial")
    make_trial(folder, seed=4, subjects=1, visits=("D1",), events=(9_000, 11_000), withdrawn=0)
    return folder


class HalfwayGate(Model):
    """A gate at the median of its parent."""

    kind: Literal["halfway"] = "halfway"


def place_halfway(gate: HalfwayGate, view: View, axes: tuple[Axis, ...]) -> Placed:
    return Placed(Range(axes[0], float(np.median(view.linear(axes[0].marker))), None), {"events": len(view)})


def test_a_placement(monkeypatch: pytest.MonkeyPatch) -> None:
    tube = gated_cells(
        {"CD3": cells(1, (1001, 0.6, 0.05))},
        "  T: {parent: all, axes: [CD3], gate: {kind: range, low: 3000}}",
    )
    view = parent_view(tube.prepared, tube.strategy, PopulationName("T"))
    monkeypatch.setitem(placement.PLACES, "halfway", place_halfway)
    placed = place(HalfwayGate(), view, (tube.prepared.axis(Marker("CD3")),))  # type: ignore[arg-type]
    assert placed.method == "halfway"
    assert isinstance(placed.shape, Range)
    assert placed.shape.low == pytest.approx(linear(0.6), rel=0.05)
    assert placed.evidence == {"events": 1001}


def test_a_check_on_one_tube(trial: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def odd_number(tube: Inspected) -> Iterator[Finding]:
        yield Finding("odd_number", Severity.WARN, "A new check of a tube.", value=float(tube.gated.n_events % 2))

    monkeypatch.setitem(CHECKS, "odd_number", odd_number)
    assert run_study(trial, tmp_path / "out").code == 0
    found = [row for row in rows(tmp_path / "out" / "findings.csv") if row["check"] == "odd_number"]
    assert len(found) == len(load_study(trial).used)
    assert all("odd_number" in row["flags"] for row in rows(tmp_path / "out" / "counts.csv"))


def test_a_check_between_tubes(trial: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def first_tube(results: Results, limits: StudyLimits) -> Iterator[TubeFinding]:
        yield at_tube(results.records[0], "first_tube", Severity.WARN, "A new check between tubes.")

    monkeypatch.setitem(crosschecks.CHECKS, "first_tube", first_tube)
    assert run_study(trial, tmp_path / "out").code == 0
    assert [row["tube"] for row in rows(tmp_path / "out" / "findings.csv") if row["check"] == "first_tube"] == ["T"]


def write_json(table: Table, path: Path) -> None:
    write_text(path, json.dumps(list(table.records())))


def test_a_format_of_the_tables(trial: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    unknown = run_study(trial, out, "--format", "json")
    assert (unknown.code, out.exists()) == (2, False)
    assert 'there is no table format "json". Known: csv, parquet.' in unknown.err
    monkeypatch.setitem(formats.FORMATS, "json", write_json)
    assert run_study(trial, out, "--format", "json").code == 0
    for name in ("treg", "nk", "subsets", "summary", "cp"):
        written = json.loads((out / f"{name}.json").read_text(encoding="utf-8"))
        assert len(written) == len(rows(out / f"{name}.csv"))
    assert "treg.json" in json.loads((out / "run.json").read_text(encoding="utf-8"))["files"]
    assert tregate("tables", out, "--format", "json", "--quiet").code == 0


def backwards(orders: Sequence[TubeTask], workers: int, work: Work) -> Generator[tuple[int, TubeOutcome], None, None]:
    for position in reversed(range(len(orders))):
        yield position, work(orders[position])


def test_an_executor(trial: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    used: list[int] = []

    def counting(
        orders: Sequence[TubeTask], workers: int, work: Work
    ) -> Generator[tuple[int, TubeOutcome], None, None]:
        used.append(len(orders))
        yield from backwards(orders, workers, work)

    monkeypatch.setitem(executors.EXECUTORS, "backwards", counting)
    study = load_study(trial)
    for name in ("", "backwards"):
        run(study, tmp_path / (name or "ordinary"), RunOptions(pages="none", executor=name), Console(quiet=True))
    assert used[0] == len(study.used)
    for table in ("counts", "gates", "findings", "treg", "summary"):
        here, there = (tmp_path / folder / f"{table}.csv" for folder in ("ordinary", "backwards"))
        assert here.read_bytes() == there.read_bytes()


def test_an_importer_of_gates(trial: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run_study(trial, tmp_path / "first").code == 0
    moved = tmp_path / "gates.tsv"
    with (tmp_path / "first" / "gates.csv").open(encoding="utf-8", newline="") as file, moved.open("w") as other:
        csv.writer(other, delimiter="\t").writerows(csv.reader(file))
    unknown = run_study(trial, tmp_path / "again", "--gates", moved)
    assert unknown.code == 2
    assert 'ends in ".tsv"' in unknown.err

    def read_tsv(path: Path, strategies: Mapping[str, Strategy] | None = None) -> dict[TubeKey, Gates]:
        with path.open(encoding="utf-8", newline="") as file, (tmp_path / "as.csv").open("w", newline="") as other:
            csv.writer(other).writerows(csv.reader(file, delimiter="\t"))
        return read_gates(tmp_path / "as.csv", strategies)

    monkeypatch.setitem(interchange.GATES_READERS, ".tsv", read_tsv)
    assert run_study(trial, tmp_path / "again", "--gates", moved).code == 0
    first, again = (rows(tmp_path / name / "counts.csv") for name in ("first", "again"))
    assert [row["events"] for row in first] == [row["events"] for row in again]


def sign_test(course: Course, visit: str) -> Outcome:
    rose = sum(change > 0 for change in course.changes(visit))
    pairs = len(course.pairs(visit))
    return Outcome("sign test", pairs, 1.0, f"exact; {rose} of {pairs} rose")


def test_a_statistical_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """Name in study.yaml, outcome in the summary, words in the notes and libraries that are loaded: all of one line."""
    with pytest.raises(ValidationError, match=r'there is no test "sign_test"\. Known: wilcoxon'):
        Analysis(primary_test="sign_test")
    added = VisitTest(each_visit(sign_test), "a sign test of the pairs", ("colorsys",))
    monkeypatch.setitem(TESTS, "sign_test", added)
    analysis = Analysis(primary_test="sign_test", later_test="none")
    rows = [(f"S{i}", visit, i + day, None) for i in range(4) for visit, day in (("D1", 1.0), ("D8", 2.0))]
    table = Table("treg", ("subject", "visit", "treg_per_ul", "flags"), tuple(rows))
    summary = summarise([table], ("D1", "D8"), "D1", analysis)
    assert [row["p_method"] for row in summary.table.records()] == [None, "exact; 4 of 4 rose"]
    assert "D8 against D1: a sign test of the pairs." in " ".join(summary.notes)
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    with preloaded(analysis, [("D1", "D8")] * 2, "D1"):
        pass
    assert "colorsys" in sys.modules


NEW_KIND = """
import sys
from collections.abc import Iterator
from tregate.gating.findings import Finding, Severity
from tregate.pipelines.plausible import KINDS
from tregate.pipelines.plausible.relation import AtVisit, Called, Limit, LimitOf, Relation

class Smallest(Relation):
    MEASURES = ("smallest",)
    LIMITS = ("at_least",)
    smallest: str
    at_least: Limit
    def broken_by(self, at: AtVisit, limit: LimitOf, called: Called) -> Iterator[Finding]:
        if self.smallest in at and at[self.smallest].mean < limit(self.at_least):
            yield Finding("too_small", Severity.FAIL, "A new kind of relation.", limit="at least 9000")

KINDS["smallest"] = Smallest
from tregate.pipelines.commands.cli import main
main()
"""


def test_a_kind_of_plausibility_relation(tmp_path: Path) -> None:
    """An entry of `plausible:` may have its key, its names are looked up, and a printed table is judged by it."""
    printed = "measure,unit,visit,mean,sd,stars\nCD3-CD56+ NK cells,cells/mm3,D1,178,66,\n"
    (tmp_path / "table.csv").write_text(printed, "utf-8")
    (tmp_path / "new_kind.py").write_text(NEW_KIND, "utf-8")
    definition = tmp_path / "own.yaml"

    def judged(relation: str) -> subprocess.CompletedProcess[str]:
        definition.write_text(
            f"tables: own\nextends: treg_nk\nlimits: {{low: 9000}}\nplausible: [{relation}]\n", "utf-8"
        )
        command = [sys.executable, "new_kind.py", "plausible", "table.csv", "--tables", str(definition)]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    found = judged("{smallest: nk_per_ul, at_least: low}")
    assert (found.returncode, "D1: fail: A new kind of relation. Limit: at least 9000." in found.stdout) == (1, True)
    misspelt = judged("{smallest: nk_per_ml, at_least: lo}")
    assert misspelt.returncode == 2
    assert 'there is no measure "nk_per_ml" (at plausible, smallest)' in misspelt.stderr
    assert 'there is no limit "lo" (at plausible, at_least)' in misspelt.stderr
    assert "one of the keys parts, sum" in judged("{tallest: nk_per_ul}").stderr


@pytest.mark.parametrize(
    ("folder", "registry"),
    [
        ("gating/placement", placement.PLACES),
        ("gating/qc", CHECKS),
        ("pipelines/crosschecks", crosschecks.CHECKS),
        ("pipelines/export", formats.FORMATS),
        ("pipelines/tubes/executors", executors.EXECUTORS),
        ("pipelines/interchange", interchange.GATES_READERS),
        ("pipelines/interchange", {root: program.reader for root, program in programs.PROGRAMS.items()}),
        ("pipelines/datasets", datasets.TARGETS),
        ("pipelines/commands", {command.__name__: command for command in cli.COMMANDS}),
        ("pipelines/plausible", plausible.KINDS),
        ("pipelines/time_tests", {name: test.run for name, test in TIME_TESTS.items()}),
        ("pipelines/visit_tests", {name: test.run for name, test in TESTS.items()}),
    ],
)
def test_the_members_of_a_registry_are_files_of_its_folder(folder: str, registry: dict[str, object]) -> None:
    inside = "tregate." + folder.replace("/", ".") + "."
    assert registry
    assert [name for name, one in registry.items() if not getattr(one, "__module__", "").startswith(inside)] == []


def test_an_importer_of_another_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its root element is known, and each finished part of a file is handed to it."""

    class Plates:
        def __init__(self, path: Path) -> None:
            self.wells: list[str] = []

        def add(self, element: Any) -> None:
            self.wells.append(element.get("name"))

        def drawn(self, root: Any) -> Drawn:
            return Drawn(f"plates of {'+'.join(self.wells)}", ())

    file = tmp_path / "gates.xml"
    file.write_text('<plates><well name="A1"/><well name="A2"/></plates>')
    with pytest.raises(ConfigurationError, match="its root is"):
        programs.drawn_of(file)
    monkeypatch.setitem(programs.PROGRAMS, "plates", programs.Program("plates", "well", Plates))
    assert programs.drawn_of(file).program == "plates of A1+A2"


def test_an_executor_is_chosen_by_its_name(trial: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = run_study(trial, tmp_path / "out", "--executor", "abacus")
    assert refused.code == 2
    assert '"abacus" is none of this process, local processes, dask ADDRESS.' in refused.err
    used: list[int] = []

    def abacus(tasks: Sequence[TubeTask], workers: int, work: Work) -> Generator[tuple[int, TubeOutcome], None, None]:
        used.append(len(tasks))
        yield from in_this_process(tasks, workers, work)

    monkeypatch.setitem(executors.EXECUTORS, "abacus", abacus)
    assert run_study(trial, tmp_path / "out", "--executor", "abacus").code == 0
    assert used[0] == 3
