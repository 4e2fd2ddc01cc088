"""The store: what is kept, what is taken, and what counts as absent."""

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tregate.fixtures.tube import make_tube
from tregate.gating.count.estimates import CountingInput
from tregate.gating.events import PlacedGate, Spillover
from tregate.gating.geometry.scales import AsinhScale, LogScale
from tregate.gating.geometry.shapes import Axis, Range
from tregate.gating.reference_gates import ControlTube, ReferenceGates
from tregate.gating.strategy.load import load_strategy
from tregate.gating.tube import TubeTask, analyse, counted, measure
from tregate.gating.units import BeadsPerMicrolitre, Channel, Marker, Microlitre, PopulationName
from tregate.pipelines.store import outcome_store
from tregate.pipelines.store.measured_codec import measured_codec
from tregate.pipelines.store.outcome_key import outcome_key
from tregate.pipelines.store.outcome_store import OutcomeStore
from tregate.pipelines.store.plain import NotPlainError
from tregate.pipelines.tubes.one_tube import analyse_tube

LOAD = CountingInput("A", Microlitre(100.0), BeadsPerMicrolitre(1007.0), Microlitre(100.0))


@pytest.fixture(scope="module")
def task(tmp_path_factory: pytest.TempPathFactory) -> TubeTask:
    path = tmp_path_factory.mktemp("tube") / "t.fcs"
    make_tube("tetrachrome_t", seed=3, events=12_000).write(path)
    return TubeTask(path, load_strategy("tetrachrome_t"), counted_by=LOAD)


def store_in(folder: Path, **options: object) -> OutcomeStore:
    return OutcomeStore(folder, "program", **options)  # type: ignore[arg-type]


def key_of(task: TubeTask, file: str = "f" * 64, program: str = "p") -> str:
    return outcome_key(task, file, program).sha256


def test_what_is_measured_survives_its_text_to_the_bit(task: TubeTask) -> None:
    measured = measure(task)
    again = measured_codec().decoded(measured_codec().encoded(measured))
    assert again == measured
    assert counted(again, task) == counted(measured, task) == analyse(task)


def test_floats_arrays_and_types_survive(task: TubeTask) -> None:
    values = (0.1 + 0.2, -0.0, 5e-324, float("inf"), 1, 1.0, True, None, "ä")
    codec = measured_codec()
    again = codec.decoded(codec.encoded(values))
    assert [repr(value) for value in again] == [repr(value) for value in values]
    assert np.isnan(codec.decoded(codec.encoded(float("nan"))))
    matrix = np.random.default_rng(1).normal(size=(7, 7))
    spillover = codec.decoded(codec.encoded(Spillover("$SPILLOVER", (Channel("FL1"),), matrix)))
    assert spillover.matrix.tobytes() == matrix.tobytes()
    shapes = [Range(Axis(Marker("CD3"), scale), 1.0, None) for scale in (LogScale(9.0, 4.0), AsinhScale(9.0, 4.0))]
    assert codec.decoded(codec.encoded(shapes)) == tuple(shapes)


@pytest.mark.parametrize(
    "text", ["", "[", '{"!": "Path"}', '{"!": "Range", "low": 1}', '{"!": "Severity", "value": "x"}', "[" * 9000]
)
def test_other_text_builds_nothing(text: str) -> None:
    with pytest.raises(NotPlainError):
        measured_codec().decoded(text)


def test_what_is_no_plain_value_is_refused() -> None:
    with pytest.raises(NotPlainError):
        measured_codec().encoded({"path": Path("a")})


def test_a_tube_is_gated_once(task: TubeTask, tmp_path: Path) -> None:
    first = analyse_tube(task, store=store_in(tmp_path))
    second = analyse_tube(task, store=store_in(tmp_path))
    assert (first.reused, second.reused) == (False, True)
    assert first.result == second.result
    assert first.result is not None
    assert first.source == second.source
    assert not analyse_tube(task, store=store_in(tmp_path, fresh=True)).reused


def test_other_beads_names_and_folders_are_counted_not_gated(task: TubeTask, tmp_path: Path) -> None:
    analyse_tube(task, store=store_in(tmp_path / "store"))
    elsewhere = tmp_path / "elsewhere.fcs"
    elsewhere.write_bytes(task.path.read_bytes())
    for other in (
        replace(task, path=elsewhere),
        replace(task, counted_by=replace(LOAD, lot="B", blood_volume_ul=Microlitre(50.0))),
        replace(task, counted_by=None, no_beads="bead_lot_unknown"),
        replace(task, coincidence="report"),
        replace(task, declared_pairs=0.03),
    ):
        outcome = analyse_tube(other, store=store_in(tmp_path / "store"))
        assert outcome.reused
        assert outcome.result == analyse(other)


def test_the_key_is_of_all_that_gating_depends_on(task: TubeTask, tmp_path: Path) -> None:
    matrix, control = tmp_path / "m.csv", tmp_path / "c.fcs"
    matrix.write_text("a,b\n1,0\n0,1\n")
    control.write_bytes(b"FCS3.1")
    axis = Axis(Marker("CD3"), LogScale(9.0, 4.0))
    gate = PlacedGate(PopulationName("CD3+"), PopulationName("all"), "fixed", Range(axis, 1.0, None))
    moved = replace(gate, shape=Range(axis, 1.0000000000000002, None))
    a, b = {gate.population: gate}, {gate.population: moved}

    def elsewhere(**known: object) -> TubeTask:
        return replace(task, elsewhere=ReferenceGates(**known))  # type: ignore[arg-type]

    others = [
        replace(task, data_set=1),
        replace(task, strategy=load_strategy("tetrachrome_nk")),
        replace(task, limits=replace(task.limits, bead_cv_percent=9.0)),
        replace(task, matrix_csv=matrix),
        replace(task, replay={}),
        replace(task, replay=a),
        replace(task, replay=b),
        replace(task, coincidence="none"),
        replace(task, second_opinion=True),
        elsewhere(baseline=a),
        elsewhere(baseline=b),
        elsewhere(batch=a),
        elsewhere(tubes={"T": a}),
        elsewhere(is_baseline=True),
        elsewhere(controls={"FMO": ControlTube(control)}),
        elsewhere(controls={"FMO": ControlTube(control, 2)}),
        elsewhere(controls={"FMO": ControlTube(control, None, matrix)}),
    ]
    keys = [key_of(task), key_of(task, "0" * 64), key_of(task, program="q"), *(key_of(other) for other in others)]
    assert len(set(keys)) == len(keys)
    matrix.write_text("a,b\n1,0.1\n0,1\n")
    assert key_of(replace(task, matrix_csv=matrix)) not in keys
    control.write_bytes(b"FCS3.0")
    assert key_of(elsewhere(controls={"FMO": ControlTube(control)})) not in keys


def _cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def _flipped(data: bytes) -> bytes:
    return data.replace(b'"n_events":', b'"n_evEnts":', 1)


def _other_number(data: bytes) -> bytes:
    return data.replace(b'"n_events":1', b'"n_events":9', 1)


@pytest.mark.parametrize("harm", [_cut, _flipped, _other_number, lambda _: b"", lambda _: b"\xff\n\xff"])
def test_an_entry_that_is_not_what_was_written_is_absent(task: TubeTask, tmp_path: Path, harm: object) -> None:
    good = analyse_tube(task, store=store_in(tmp_path))
    (path,) = tmp_path.glob("*/*.json")
    path.write_bytes(harm(path.read_bytes()))  # type: ignore[operator]
    outcome = analyse_tube(task, store=store_in(tmp_path))
    assert not outcome.reused
    assert outcome.result == good.result
    assert analyse_tube(task, store=store_in(tmp_path)).reused, "it was written again"


def test_an_entry_under_another_name_is_absent(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    store.write("a" * 64, "measured", "{}")
    (tmp_path / "aa" / f"{'a' * 64}.measured.json").rename(tmp_path / "aa" / f"{'aa' + 'b' * 62}.measured.json")
    assert store.read("aa" + "b" * 62, "measured") is None


def test_a_drawing_is_kept_with_its_tube(task: TubeTask, tmp_path: Path) -> None:
    from tregate.pipelines.report.draw import KeptDrawing

    drawing, store = KeptDrawing(), store_in(tmp_path)
    plotted = replace(task, densities=True)
    assert not analyse_tube(task, store=store).reused
    first = analyse_tube(plotted, drawing, store)
    second = analyse_tube(plotted, drawing, store)
    assert (first.reused, second.reused) == (False, True), "the first run had no drawing"
    assert first.drawn == second.drawn is not None
    assert first.result == second.result


def test_a_store_that_cannot_be_written_costs_no_result(task: TubeTask, tmp_path: Path) -> None:
    (tmp_path / "store").write_text("a file where the folder should be")
    outcome = analyse_tube(task, store=store_in(tmp_path / "store"))
    assert outcome.result is not None
    assert outcome.not_kept


def test_a_missing_matrix_is_reported_by_gating(task: TubeTask, tmp_path: Path) -> None:
    other = replace(task, matrix_csv=tmp_path / "none.csv")
    kept, plain = analyse_tube(other, store=store_in(tmp_path)), analyse_tube(other)
    assert kept.fault == plain.fault is not None


def test_the_store_is_bounded_by_last_use(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    keys = [f"{i:064x}" for i in range(10)]
    for age, key in enumerate(keys):
        store.write(key, "measured", json.dumps("x" * 1000))
        (path,) = tmp_path.glob(f"*/{key}.*")
        os.utime(path, ns=(age, age))
    assert store.read(keys[0], "measured") is not None
    size = sum(entry.size for entry in outcome_store.entries(tmp_path))
    assert outcome_store.bound(tmp_path, size) == 0
    assert outcome_store.bound(tmp_path, size // 2) > 0
    left = [key for key in keys if store.read(key, "measured") is not None]
    assert left == [keys[0], *keys[-len(left) + 1 :]], "the first was used last"
    (tmp_path / "mine.txt").write_text("not an entry")
    assert outcome_store.clear(tmp_path) == len(left)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_the_name_that_the_instrument_wrote_is_compared_and_not_kept(tmp_path: Path) -> None:
    """`$FIL` and its like may hold a person's name."""
    path = tmp_path / "t.fcs"
    make_tube("tetrachrome_t", seed=3, events=3_000).write(path)
    data = path.read_bytes()
    named = TubeTask(path, load_strategy("tetrachrome_t"), no_beads="bead_lot_unknown")
    first = analyse_tube(named, store=store_in(tmp_path / "store"))
    second = analyse_tube(named, store=store_in(tmp_path / "store"))
    assert first.result is not None
    assert second.reused
    assert second.result == first.result
    labels = first.result.data_set.labels
    assert all(label.encode() in data for label in labels)
    (entry,) = (tmp_path / "store").glob("*/*.json")
    assert '"labels":[]' in entry.read_text(encoding="utf-8")


def test_no_check_takes_not_kept_for_not_measured(task: TubeTask) -> None:
    gated = measure(task).gated
    for ask in (lambda: gated.mask(PopulationName("lymphocytes")), lambda: "lymphocytes" in gated.members):
        with pytest.raises(RuntimeError, match="no longer there"):
            ask()
