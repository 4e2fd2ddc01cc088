"""The README's library example runs as it is printed."""

from pathlib import Path

import numpy as np
import pytest
from readme_library import example, make_files


def test_the_library_example_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    make_files(tmp_path)
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(compile(example(), "README.md", "exec"), names)
    printed = capsys.readouterr().out
    assert "cells_per_ul_low" in printed
    assert (tmp_path / "RESULTS" / "treg.csv").is_file()
    mask, foxp3, cd25 = (names[name] for name in ("is_treg", "foxp3", "cd25"))
    assert isinstance(mask, np.ndarray)
    assert isinstance(foxp3, np.ndarray)
    assert isinstance(cd25, np.ndarray)
    assert foxp3.size == mask.sum() > 0
    assert cd25.shape == mask.shape
