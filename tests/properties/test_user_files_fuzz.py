"""Files that a user writes, spoiled in every way: the answer is a result or words, never a traceback, never a hang.

The suite tries 80, `make test-all` 240 more, and `make fuzz` for FUZZ_SECONDS (600) with seeds that were never tried.
"""

import io
import os
import random
import shutil
import time
from collections import Counter
from pathlib import Path

import pytest
from hangs import guarded
from hostile_study import WRITTEN, make_study, spoiled, spoiled_workbook

from tregate.gating.errors import ConfigurationError
from tregate.pipelines.commands.check import as_lines, check_study
from tregate.pipelines.console import Console
from tregate.pipelines.rebuild import Changes, rebuild
from tregate.pipelines.review.review_file import read_review
from tregate.pipelines.run import run
from tregate.pipelines.runs.options import RunOptions
from tregate.pipelines.study.load_study import load_study
from tregate.pipelines.tubes import one_tube
from tregate.pipelines.tubes.outcomes import Failure

SUITE_INPUTS, MORE_INPUTS = 80, 240
HANG_SECONDS = 30
"""A check of this study takes a tenth of a second, a run half a second."""


def unexpected(error: Exception, trace: str) -> Failure:
    """What a run reports as an error of the program is a failure of this test."""
    raise error


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The study before it is spoiled, with the gates.csv of a run and that run's folder."""
    folder = tmp_path_factory.mktemp("sound")
    make_study(folder / "study")
    gated(folder / "study", folder / "out")
    shutil.copy(folder / "out" / "gates.csv", folder / "study" / "gates.csv")
    return folder


def gated(study: Path, out: Path, gates: Path | None = None) -> None:
    console = Console(quiet=True, stream=io.StringIO())
    options = RunOptions(pages="none", gates=gates)
    run(load_study(study), out, options, console)


def use(folder: Path, name: str, out: Path) -> str:
    """Everything that commands do with the file; how it ended."""
    with guarded(HANG_SECONDS, "tregate hangs"):
        found = check_study(folder)
        as_lines(found)
        if found.exit_code == 2:
            return "refused"
        try:
            if name == "review.csv":
                read_review(folder / name)
                rebuild(out, Changes(review=folder / name))
            else:
                gated(folder, out, folder / name if name == "gates.csv" else None)
        except ConfigurationError as error:
            str(error)
            return "refused"
        return "used"


def tried(sound: Path, place: Path, seed: int) -> str:
    rng = random.Random(seed)
    name = rng.choice(WRITTEN)
    folder, out = place / "study", place / "out"
    for made in (folder, out):
        shutil.rmtree(made, ignore_errors=True)
    shutil.copytree(sound / "study", folder)
    if name == "review.csv":
        shutil.copytree(sound / "out", out)
    spoil = spoiled_workbook if name.endswith(".xlsx") else spoiled
    (folder / name).write_bytes(spoil((folder / name).read_bytes(), rng))
    if name == "samples.xlsx":
        study = folder / "study.yaml"
        study.write_text(study.read_text(encoding="utf-8").replace("samples.csv", name), encoding="utf-8")
    try:
        return f"{name} {use(folder, name, out)}"
    except Exception as error:
        shutil.copy(folder / name, place / f"seed{seed}-{name}")
        pytest.fail(f"seed {seed}, {name}: {type(error).__name__}: {error}"[:600])


@pytest.mark.parametrize(
    "seeds",
    [
        range(SUITE_INPUTS),
        pytest.param(range(SUITE_INPUTS, SUITE_INPUTS + MORE_INPUTS), marks=pytest.mark.slow),
    ],
    ids=["first", "more"],
)
def test_a_spoiled_file_is_refused_or_used(
    sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seeds: range
) -> None:
    monkeypatch.setattr(one_tube, "_unexpected", unexpected)
    ended = Counter(tried(sound, tmp_path, seed) for seed in seeds)
    assert {key.split()[1] for key in ended} == {"refused", "used"}
    assert {key.split()[0] for key in ended} == set(WRITTEN)


@pytest.mark.fuzz
def test_spoiled_files_for_long(sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seeds of this minute; FUZZ_SECONDS says how long."""
    monkeypatch.setattr(one_tube, "_unexpected", unexpected)
    until = time.monotonic() + float(os.environ.get("FUZZ_SECONDS", "600"))
    first = int(time.time()) * 1_000
    ended: Counter[str] = Counter()
    while time.monotonic() < until:
        ended[tried(sound, tmp_path, first + sum(ended.values()))] += 1
    print(f"\nseeds from {first}: {sum(ended.values())} files, {dict(sorted(ended.items()))}")
    assert ended
