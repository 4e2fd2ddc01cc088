"""Hashes that were begun ahead are those of the files as they are when they are asked for."""

import os
import time
from pathlib import Path

import pytest
from blake3 import blake3

from tregate.pipelines.tubes import file_hashes
from tregate.pipelines.tubes.file_hashes import found_ahead, hash_ahead, hashed


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    made = [tmp_path / f"{n}.fcs" for n in range(40)]
    long_ago = time.time() - 100.0
    for n, path in enumerate(made):
        path.write_bytes(bytes([n]) * (1000 + n))
        os.utime(path, (long_ago, long_ago))
    return made


def true_hashes(paths: list[Path]) -> list[tuple[Path, int, str]]:
    return [(path, path.stat().st_size, blake3(path.read_bytes()).hexdigest()) for path in paths]


def test_they_are_the_same_begun_or_not(paths: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    hash_ahead(paths)
    assert list(hashed(paths)) == true_hashes(paths)
    monkeypatch.setattr(file_hashes, "MOST_AHEAD", 5_000)
    hash_ahead([paths[0].with_name("absent.fcs"), *paths])
    assert list(hashed(paths)) == true_hashes(paths)


def test_a_file_that_changed_after_it_was_begun_is_hashed_again(paths: list[Path]) -> None:
    hash_ahead(paths)
    for future in list(file_hashes._BEGUN.values()):
        future.result()
    paths[3].write_bytes(b"changed")
    assert list(hashed(paths)) == true_hashes(paths)
    stat = paths[4].stat()
    known = (stat.st_size, stat.st_mtime_ns, stat.st_ino)
    assert found_ahead(paths[4], known) == true_hashes([paths[4]])[0][2]
    assert found_ahead(paths[4], (*known[:1], known[1] + 1, known[2])) == ""


def test_what_was_not_asked_for_is_forgotten(paths: list[Path]) -> None:
    hash_ahead(paths)
    some = hashed(paths)
    next(some)
    some.close()
    assert not file_hashes._BEGUN
