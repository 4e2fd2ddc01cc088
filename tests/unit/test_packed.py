"""Packed gates and counts are the same when they are read, however many there are."""

import pickle
from dataclasses import fields

import pytest

from tregate.fixtures.tube import make_tube
from tregate.gating.count.coincidence import Coincidence
from tregate.gating.count.estimates import Estimate, PopulationCount
from tregate.gating.count.gate_terms import GateTerm
from tregate.gating.count.terms import Terms
from tregate.gating.strategy.load import load_strategy
from tregate.gating.tube import TubeResult, TubeTask, analyse
from tregate.gating.units import CellsPerMicrolitre, Microlitre, PopulationName
from tregate.pipelines.tabulate.flags import lineage
from tregate.pipelines.tubes.packed import COUNTS, GATES, ByPopulation, Packed, Recent, with_packed
from tregate.pipelines.tubes.packed import packed as packed_parts
from tregate.pipelines.tubes.records import TubeRecord
from tregate.pipelines.tubes.shared_parts import SharedParts

KIND = "tetrachrome_t"


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> list[TubeResult]:
    folder = tmp_path_factory.mktemp("tubes")
    found = []
    for seed in (1, 2, 3):
        path = folder / f"{seed}.fcs"
        make_tube(KIND, seed=seed, events=6_000).write(path)
        found.append(analyse(TubeTask(path, load_strategy(KIND), no_beads="bead_load_missing")))
    return found


def record(result: TubeResult) -> TubeRecord:
    return TubeRecord("S1", "D1", "T", "t.fcs", KIND, washed=False, result=result)


def test_parts_are_the_same_in_any_order_of_reading(results: list[TubeResult]) -> None:
    recent = Recent(2)
    packed = [packed_parts(result.gates, GATES, recent) for result in results]
    for at in (0, 1, 2, 0, 2, 1, 1, 0):
        assert tuple(packed[at]) == results[at].gates
        assert packed[at][0] == results[at].gates[0]
        last = results[at].gates[-1]
        assert packed[at].of(str(last.population)) == last
        assert len(recent.known) <= 2
    assert len(packed[0]) == len(results[0].gates)


def test_borrowed_gates_reach_another_process_as_a_dict(results: list[TubeResult]) -> None:
    view = ByPopulation(packed_parts(results[0].gates, GATES, Recent()))
    plain = {gate.population: gate for gate in results[0].gates}
    assert dict(view) == plain
    assert "no such population" not in view
    assert pickle.loads(pickle.dumps(view)) == plain
    assert type(pickle.loads(pickle.dumps(view))) is dict


def test_results_packed_in_a_worker_are_the_same(results: list[TubeResult]) -> None:
    received = pickle.loads(pickle.dumps(with_packed(results[0])))
    assert isinstance(received.gates, Packed)
    assert isinstance(received.counts, Packed)
    again = SharedParts().within(received, load_strategy(KIND))
    assert tuple(again.gates) == tuple(received.gates) == tuple(results[0].gates)
    assert tuple(again.counts) == tuple(received.counts) == tuple(results[0].counts)


def test_what_was_read_lately_is_not_unpacked_again(results: list[TubeResult]) -> None:
    packed = packed_parts(results[0].counts, COUNTS, Recent(1))
    assert packed[0] is packed[0]


def test_a_record_says_the_same_of_packed_results(results: list[TubeResult]) -> None:
    parts, strategy = SharedParts(), load_strategy(KIND)
    for result in results:
        plain, packed = record(result), record(parts.within(result, strategy))
        assert packed.positions == plain.positions
        assert packed.not_cells == plain.not_cells
        for count in result.counts:
            assert packed.count(str(count.population)) == count
        assert packed.count("no such population") is None
        assert lineage(packed, str(result.counts[-1].population)) == lineage(plain, str(result.counts[-1].population))


def test_counts_with_all_their_terms_survive_to_the_bit() -> None:
    """Also those that no strategy gives: every field has a value of its own."""
    number = iter(range(1, 100))
    estimates = [
        Estimate(*(1 / next(number) for _ in range(3)), Terms(*(1 / next(number) for _ in fields(Terms))))
        for _ in range(3)
    ]
    share, cells, counted = estimates
    one = PopulationCount(
        PopulationName("CD4+"), PopulationName("CD3+"), 7, 9, share, cells, 1000, Microlitre(0.1),
        CellsPerMicrolitre(0.3), ("wide_limits",), counted, Coincidence(1.1, 0.01, "batch", 3.0, applied=False),
        GateTerm(0.05, 0.07),
    )  # fmt: skip
    none = PopulationCount(PopulationName("NK"), PopulationName("all"), None, None, None, None, None, None, None)
    packed = packed_parts((one, none), COUNTS, Recent())
    assert repr(tuple(packed)) == repr((one, none))
