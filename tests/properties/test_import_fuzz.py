"""Files of gates, spoiled in every way: `tregate import` takes over or refuses with words, never with a traceback.

The suite tries 25 of each program, `make test-all` 300 more, and `make fuzz` for FUZZ_SECONDS (600) with new seeds.
"""

import csv
import os
import random
import shutil
import time
from collections import Counter
from pathlib import Path

import pytest
from hangs import guarded
from hostile_gates import DOCUMENTS, fcs_file, spoiled
from lxml import etree

from tregate.gating.errors import ConfigurationError
from tregate.pipelines.interchange.gates_file import read_gates
from tregate.pipelines.interchange.imported import import_file
from tregate.pipelines.study.load_study import load_study

SUITE_INPUTS, MORE_INPUTS = 25, 300
HANG_SECONDS = 60
"""An import of these takes less than a tenth of a second."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("imported") / "fcs"
    fcs_file(made)
    return made


def use(path: Path, folder: Path, out: Path) -> str:
    """Import the file, and read again what was written; how it ended."""
    try:
        done = import_file(path, folder, out)
    except ConfigurationError as error:
        str(error)
        return "refused"
    assert all(line.count is not None or line.why for line in done.lines), "a gate without count and reason"
    with (out / "agreement.csv").open(encoding="utf-8", newline="") as rows:
        assert len(list(csv.reader(rows))) == len(done.lines) + 1
    if not (out / "gates.csv").exists():
        return "refused"
    written = load_study(out / "study.yaml")
    read_gates(out / "gates.csv", written.strategies)
    return "used"


def tried(kind: str, folder: Path, place: Path, seed: int) -> str:
    out = place / "out"
    shutil.rmtree(out, ignore_errors=True)
    root = etree.fromstring(DOCUMENTS[kind]().encode())
    if seed:
        spoiled(root, random.Random(f"{kind} {seed}"))
    path = place / "gates.xml"
    path.write_bytes(etree.tostring(root))
    try:
        with guarded(HANG_SECONDS, "tregate import hangs"):
            return use(path, folder, out)
    except Exception as error:
        shutil.copy(path, place / f"seed{seed}-{kind}.xml")
        pytest.fail(f"seed {seed}, {kind}: {type(error).__name__}: {error}"[:600])


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_a_sound_file_is_taken_over_whole(kind: str, folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "gates.xml"
    path.write_text(DOCUMENTS[kind](), encoding="utf-8")
    lines = import_file(path, folder, tmp_path / "out").lines
    assert len(lines) >= 5
    assert [line.why for line in lines if line.count is None] == []


@pytest.mark.parametrize("kind", DOCUMENTS)
@pytest.mark.parametrize(
    "seeds",
    [
        range(1, SUITE_INPUTS + 1),
        pytest.param(range(SUITE_INPUTS + 1, SUITE_INPUTS + MORE_INPUTS + 1), marks=pytest.mark.slow),
    ],
    ids=["first", "more"],
)
def test_a_spoiled_file_of_gates_is_refused_or_taken_over(
    kind: str, seeds: range, folder: Path, tmp_path: Path
) -> None:
    ended = Counter(tried(kind, folder, tmp_path, seed) for seed in seeds)
    assert ended["used"] > len(seeds) / 2


@pytest.mark.fuzz
@pytest.mark.parametrize("kind", DOCUMENTS)
def test_spoiled_files_of_gates_for_long(kind: str, folder: Path, tmp_path: Path) -> None:
    """Seeds of this minute; FUZZ_SECONDS says how long, for all programs together."""
    until = time.monotonic() + float(os.environ.get("FUZZ_SECONDS", "600")) / len(DOCUMENTS)
    first = int(time.time()) * 1_000
    ended: Counter[str] = Counter()
    while time.monotonic() < until:
        ended[tried(kind, folder, tmp_path, first + sum(ended.values()))] += 1
    print(f"\n{kind}, seeds from {first}: {sum(ended.values())} files, {dict(sorted(ended.items()))}")
    assert ended
