"""Hostile files: the reader answers with values or with a refusal of ours; it never crashes, hangs or swells.

The suite tries some seconds long, `make test-all` the same and twice as many more, and `make fuzz` for an hour with
seeds that were never tried before; it says how many.
"""

import os
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from fcs_bytes import Fcs, words
from hangs import guarded
from hostile_fcs import BASES, mutated
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tregate.gating.errors import CompensationError, ReadError
from tregate.gating.prepare.compensation import choose
from tregate.gating.prepare.matrix_csv import read_matrix
from tregate.gating.read.matrix import matrix
from tregate.gating.read.survey import read, survey

PART = 3_000
"""Inputs of a part, the same every time."""
HANG_SECONDS = 20
"""An input of at most 200 kB that takes so long is a hang; the ordinary one takes a millisecond."""


def use(path: Path, data: bytes) -> int:
    """Everything a run would do with a file before gating; how many data sets gave values."""
    path.write_bytes(data)
    with guarded(HANG_SECONDS, "the reader hangs"):
        try:
            found = survey(path)
        except ReadError:
            return 0
        assert found.data_sets
        given = 0
        for data_set in found.data_sets[:6]:
            try:
                sample = read(path, data_set.number)
            except ReadError:
                continue
            given += 1
            parameters = len(sample.parameters)
            assert sample.n_events * parameters <= 8 * len(data)
            whole = matrix(sample)
            assert whole.shape == (sample.n_events, parameters)
            if sample.data_set.datatype != "I" and not any(p.decades for p in sample.parameters):
                stored = [sample.stored.column(i, 0, sample.n_events) for i in range(parameters)]
                assert all(np.isfinite(column).all() for column in stored)
            middle = sample.n_events // 2
            assert np.array_equal(sample.linear(parameters - 1, middle), whole[middle:, -1], equal_nan=True)
            with suppress(CompensationError):
                choose(sample.data_set, None, "file", tuple(range(parameters)))
        return given


def hostile(tmp_path: Path, seeds: Iterator[int]) -> tuple[int, int]:
    """Try every seed; inputs and how many of them still gave values."""
    path = tmp_path / "hostile.fcs"
    tried = readable = 0
    for seed in seeds:
        try:
            with np.errstate(over="ignore"):
                readable += use(path, mutated(seed)) > 0
        except Exception as error:
            raise AssertionError(f"seed {seed}: {type(error).__name__}: {error}") from error
        tried += 1
    return tried, readable


@pytest.mark.parametrize("number", range(len(BASES)))
def test_the_unchanged_files_read(tmp_path: Path, number: int) -> None:
    assert use(tmp_path / "tube.fcs", BASES[number]) > 0


@pytest.mark.parametrize("part", [0, 1, *(pytest.param(part, marks=pytest.mark.slow) for part in range(2, 6))])
def test_mutations(tmp_path: Path, part: int, record_property: Callable[[str, object], None]) -> None:
    tried, readable = hostile(tmp_path, iter(range(part * PART, (part + 1) * PART)))
    record_property("hostile inputs", tried)
    assert tried / 20 < readable < tried, "mutations must neither all be refused nor all be harmless"


@settings(max_examples=750, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(
    base=st.sampled_from(BASES),
    changes=st.lists(
        st.tuples(st.integers(0, 1500), st.integers(0, 12), st.binary(max_size=12)), min_size=1, max_size=6
    ),
)
def test_mutations_that_hypothesis_draws(tmp_path: Path, base: bytes, changes: list[tuple[int, int, bytes]]) -> None:
    data = bytearray(base)
    for at, length, replacement in changes:
        data[at : at + length] = replacement
    with np.errstate(over="ignore"):
        use(tmp_path / "tube.fcs", bytes(data))


@settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.binary(max_size=400) | st.binary(max_size=200).map(lambda tail: b"FCS3.1    " + tail))
def test_any_bytes(tmp_path: Path, data: bytes) -> None:
    with np.errstate(over="ignore"):
        use(tmp_path / "tube.fcs", data)


@settings(max_examples=750, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(
    st.binary(max_size=300)
    | st.lists(
        st.sampled_from(["FITC-A", "PE-A", ",", ";", "\t", "\n", "\r", '"', "1", "0.2", "nan", "1e999", "#", "%", " "])
    )
    .map("".join)
    .map(str.encode)
)
def test_any_csv_matrix(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "matrix.csv"
    path.write_bytes(data)
    try:
        written = read_matrix(path)
    except CompensationError:
        return
    assert written.matrix.shape == (len(written.names),) * 2
    assert np.isfinite(written.matrix).all()


@pytest.mark.parametrize(
    "claims",
    [
        {"$TOT": "99999999999999999999"},
        {"$TOT": "1000000000000", "$ENDDATA": "999999999999999"},
        {"$PAR": "1000000000"},
        {"$P1B": "64", "$TOT": "4611686018427387904"},
        {"$SPILLOVER": "100000,A,B"},
        {"$BEGINSTEXT": "1", "$ENDSTEXT": "99999999999"},
        {"$NEXTDATA": "58"},
        {"$P1R": "9" * 300},
        {"$P1E": "1e300,1e300"},
    ],
    ids=lambda claims: next(iter(claims)),
)
def test_memory_is_bounded_by_the_file_whatever_it_claims(tmp_path: Path, claims: dict[str, str | None]) -> None:
    values = np.ones((20_000, 4))
    fcs = Fcs(words(values, "<f4"), 20_000, [32] * 4, [1024] * 4, "F", keywords=claims)
    data = fcs.build()
    tracemalloc.start()
    try:
        use(tmp_path / "tube.fcs", data)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # matrix() holds float64 for float32; nothing else is as large as the file.
    assert peak < 6 * len(data) + 2**20


def test_mutations_do_not_swell(tmp_path: Path) -> None:
    tracemalloc.start()
    try:
        for seed in range(10**7, 10**7 + 400):
            data = mutated(seed)
            tracemalloc.reset_peak()
            begun = tracemalloc.get_traced_memory()[0]
            with np.errstate(over="ignore"):
                use(tmp_path / "tube.fcs", data)
            assert tracemalloc.get_traced_memory()[1] - begun < 200 * len(data) + 2**21, f"seed {seed}"
    finally:
        tracemalloc.stop()


@pytest.mark.fuzz
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("part", range(2))
def test_an_hour_of_mutations(tmp_path: Path, part: int, record_property: Callable[[str, object], None]) -> None:
    """FUZZ_SECONDS sets another length. Seeds begin at the clock, so that every hour is another."""
    end = time.monotonic() + float(os.environ.get("FUZZ_SECONDS", "3600"))
    first = time.time_ns() // 1000 * 2 + part

    def seeds() -> Iterator[int]:
        seed = first
        while time.monotonic() < end:
            yield seed
            seed += 2

    tried, readable = hostile(tmp_path, seeds())
    record_property("hostile inputs", tried)
    assert readable < tried
