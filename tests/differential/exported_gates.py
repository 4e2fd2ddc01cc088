"""Tubes with gates for the tests of exports: drawn ones, and synthetic blood with fixed gates."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from drawn_strategies import fixed_strategies, tubes
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from test_engine_against_flowkit import FIXED_TREG

from tregate.fixtures.tube import make_tube
from tregate.gating.engine import gate
from tregate.gating.events import Gated, Prepared
from tregate.gating.prepare import prepare
from tregate.gating.read.survey import read
from tregate.gating.strategy.schema import Strategy

QUICK = settings(
    max_examples=60, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
DRAWN = st.one_of(
    st.tuples(tubes(compensated=False), fixed_strategies(compensated=False)),
    st.tuples(tubes(compensated=True), fixed_strategies(compensated=True)),
)
"""(tube, strategy)."""
CONDITIONS = ("nominal", "top_2_18", "integer_10bit_log")


class GatedFile(NamedTuple):
    path: Path
    strategy: Strategy
    prepared: Prepared
    gated: Gated


def gated_file(path: Path, strategy: Strategy) -> GatedFile:
    prepared = prepare(read(path), strategy)
    return GatedFile(path, strategy, prepared, gate(prepared, strategy))


@contextmanager
def drawn_file(drawn: tuple[Any, Strategy]) -> Iterator[GatedFile]:
    """The drawn tube as a file, gated, while the context lasts."""
    tube, strategy = drawn
    with TemporaryDirectory() as folder:
        yield gated_file(tube.write(Path(folder) / "drawn.fcs"), strategy)


def synthetic_treg(folder: Path, condition: str, seed: int, events: int) -> GatedFile:
    path = make_tube("treg", condition, seed=seed, events=events).write(folder / "treg.fcs")
    return gated_file(path, Strategy.model_validate(FIXED_TREG))
